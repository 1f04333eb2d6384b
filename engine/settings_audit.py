"""Settings of the outcome log's proof."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from engine.settings_base import Duration, Section


class AuditSettings(Section):
    """Signed checkpoints of the outcome log: docs/audit.md."""

    key: str | None = Field(
        default=None,
        description="File of the Ed25519 private key that signs (PEM), relative to the settings "
        "file; made, for its owner alone, where there is none. Or a secret: `${file:/path}` or "
        "`${NAME}`, which is never made. Left out: beside a SQLite database, `tocsin.db.key.pem`; "
        "with PostgreSQL `var/audit.key.pem`.",
    )
    earlier: tuple[str, ...] = Field(
        default=(),
        description="Files of public keys that signed before `key` did: their checkpoints are "
        "believed too. In the environment separated by commas.",
    )
    every: int = Field(
        default=1000, ge=1, description="Rows of the log after which the next checkpoint is due."
    )
    within: Duration = Field(
        default=timedelta(days=1),
        description="Span after which the next checkpoint is due, however few rows are new.",
    )
