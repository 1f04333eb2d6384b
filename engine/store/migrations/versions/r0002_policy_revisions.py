"""What policies ran, in their own words, and how they came to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _seq() -> sa.Column[int]:
    return sa.Column("seq", _SEQ, autoincrement=True, nullable=False)


def _index(table: str, column: str) -> None:
    op.create_index(f"ix_{table}_{column}", table, [column])


def upgrade() -> None:
    """Create the tables empty: what ran before this version was not kept."""
    op.create_table(
        "policy_texts",
        _text("hash"),
        _text("text"),
        sa.PrimaryKeyConstraint("hash", name="pk_policy_texts"),
    )
    op.create_table(
        "policy_revisions",
        _seq(),
        _text("revision"),
        _text("texts"),
        _text("files"),
        _text("policies"),
        _text("modes"),
        _text("held"),
        sa.Column("rules", sa.Integer(), nullable=False),
        _text("stored_at"),
        sa.PrimaryKeyConstraint("seq", name="pk_policy_revisions"),
        sa.UniqueConstraint("revision", "texts", name="uq_policy_revisions_revision"),
        sqlite_autoincrement=True,
    )
    _index("policy_revisions", "texts")
    op.create_table(
        "policy_events",
        _seq(),
        _text("at"),
        _text("kind"),
        _text("revision", null=True),
        _text("texts"),
        _text("by", null=True),
        _text("reason", null=True),
        _text("detail"),
        sa.PrimaryKeyConstraint("seq", name="pk_policy_events"),
        sqlite_autoincrement=True,
    )
    _index("policy_events", "kind")
