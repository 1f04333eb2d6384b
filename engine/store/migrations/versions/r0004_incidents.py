"""Incidents, what people did to them, and silences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _table(name: str, *columns: sa.Column[str], unique: str | None = None) -> None:
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint("seq", name=f"pk_{name}")]
    if unique is not None:
        constraints.append(sa.UniqueConstraint(unique, name=f"uq_{name}_{unique}"))
    seq = sa.Column("seq", _SEQ, autoincrement=True, nullable=False)
    op.create_table(name, seq, *columns, *constraints, sqlite_autoincrement=True)


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def upgrade() -> None:
    """Create the tables empty: earlier versions knew no incidents."""
    _table(
        "incidents",
        *(_text(name) for name in ("id", "state", "severity", "title", "policy", "rule")),
        _text("brand", null=True),
        _text("key"),
        _text("playbook", null=True),
        _text("opened_at"),
        _text("acknowledged_at", null=True),
        _text("resolved_at", null=True),
        _text("updated_at"),
        _text("body"),
        _text("cause", null=True),
        unique="id",
    )
    _index("incidents", "state", "brand", "opened_at")
    _table(
        "operator_acts",
        *(_text(name) for name in ("incident", "act", "by", "at", "note")),
    )
    _index("operator_acts", "incident")
    _table(
        "silences",
        *(
            _text(name)
            for name in ("id", "rule", "author", "reason", "since", "until", "created_at")
        ),
        _text("ended_at", null=True),
        _text("ended_by", null=True),
        unique="id",
    )
    _index("silences", "until")
