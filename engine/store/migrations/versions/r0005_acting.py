"""What acting safely needs: halts, verdicts, sends, cases, changes, forgetting, checkpoints."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COLUMN = sa.Column[str]


def _text(name: str, *, null: bool = False) -> _COLUMN:
    return sa.Column(name, sa.Text(), nullable=null)


def _texts(*names: str, null: bool = False) -> list[_COLUMN]:
    return [_text(name, null=null) for name in names]


def _numbered(
    name: str, *columns: sa.Column[Any] | sa.Constraint, unique: tuple[str, ...] = ()
) -> None:
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint("seq", name=f"pk_{name}")]
    if unique:
        constraints.append(sa.UniqueConstraint(*unique, name=f"uq_{name}_{unique[0]}"))
    seq = sa.Column("seq", _SEQ, autoincrement=True, nullable=False)
    op.create_table(name, seq, *columns, *constraints, sqlite_autoincrement=True)


def _keyed(name: str, *columns: sa.Column[str], keys: tuple[str, ...]) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*keys, name=f"pk_{name}"))


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def upgrade() -> None:
    """Create the tables empty; what was logged before keeps its form."""
    doubt = sa.Column("is_in_doubt", sa.Integer(), nullable=False, server_default="0")
    op.add_column("actions", doubt)
    op.add_column("actions", sa.Column("risk", sa.Double(), nullable=True))
    op.add_column("actions", _text("expires_at", null=True))
    _index("actions", "expires_at")
    op.add_column("outcomes", _text("seals", null=True))
    erased = sa.Column("erased", sa.Integer(), nullable=False, server_default="0")
    op.add_column("outcomes", erased)
    _people()
    _sent()
    _cases()
    _changed()
    _private()


def _people() -> None:
    by = _texts("reason", "by", "at")
    lifted = _texts("lifted_at", "lifted_by", null=True)
    _numbered("halts", *_texts("id", "scope"), *by, *lifted, unique=("id",))
    _index("halts", "lifted_at")
    judged = _texts("action_id", "judgement", "by", "at", "reason")
    _numbered("verdicts", *judged, _text("text", null=True))
    _index("verdicts", "action_id")
    shown = [*_texts("action_id", "channel", "receipt", "at"), _text("settled_at", null=True)]
    _keyed("cards", *shown, keys=("action_id",))
    _index("cards", "settled_at")


def _sent() -> None:
    _keyed(
        "sends",
        *_texts("action_id", "kind", "account", "source"),
        *_texts("brand", "author", null=True),
        *_texts("thread", "mention", "policy", "rule", "at", "fingerprint"),
        *_texts("gist", "remote_id", null=True),
        keys=("action_id",),
    )
    for columns in (
        ("account", "at", "action_id"),
        ("policy", "rule", "at", "action_id"),
        ("account", "gist", "at"),
        ("author", "at"),
        ("thread", "at"),
        ("mention", "at"),
    ):
        op.create_index(f"ix_sends_{'_'.join(columns)}", "sends", columns)
    _index("sends", "remote_id")
    _numbered(
        "opt_outs",
        _text("source"),
        *_texts("author", "handle", null=True),
        *_texts("mention", "at", "by"),
        *_texts("lifted_at", "lifted_by", null=True),
    )
    _index("opt_outs", "author", "handle", "mention")
    changed = [*_texts("source", "external_id", "change", "at"), _text("followed_at", null=True)]
    _keyed("upstream_changes", *changed, keys=("source", "external_id"))
    _index("upstream_changes", "followed_at")


def _cases() -> None:
    _numbered(
        "cases",
        *_texts("id", "action_id", "mention", "thread"),
        *_texts("brand", "author", null=True),
        *_texts("policy", "rule", "severity", "target"),
        *_texts("queue", "person", null=True),
        *_texts("state", "opened_at"),
        *_texts("answered_at", "resolved_at", null=True),
        _text("clocks"),
        *_texts("due_at", "next_due", null=True),
        _text("updated_at"),
        sa.UniqueConstraint("action_id", name="uq_cases_action_id"),
        unique=("id",),
    )
    named = ("mention", "brand", "author", "queue", "person", "state", "due_at", "next_due")
    _index("cases", *named)
    _keyed(
        "case_mentions",
        *_texts("case_id", "mention", "named", "thread", "at"),
        keys=("case_id", "mention"),
    )
    _index("case_mentions", "named", "thread")
    _numbered("answers", *_texts("key", "mention", "at"), unique=("key",))
    _index("answers", "mention")
    _numbered("case_acts", *_texts("case_id", "act", "by", "at", "note"))
    _index("case_acts", "case_id")


def _changed() -> None:
    _numbered(
        "changes",
        *_texts("action_id", "account", "object", "field", "before", "after"),
        *_texts("name", "restore", "state", "at"),
        *_texts("restored_at", "restored_by", null=True),
        unique=("action_id", "account", "object", "field"),
    )
    _index("changes", "action_id", "state", "at")
    op.create_index("ix_changes_account_object", "changes", ["account", "object"])
    _numbered(
        "suspensions",
        *_texts("id", "scope", "action_id", "by", "reason", "at"),
        *_texts("lifted_at", "lifted_by", null=True),
        unique=("id",),
    )
    _index("suspensions", "action_id", "lifted_at")


def _private() -> None:
    _keyed("forgotten", *_texts("digest", "at"), keys=("digest",))
    _keyed("peppers", *_texts("name", "value"), keys=("name",))
    _keyed("chores", *_texts("name", "done_at", "detail"), keys=("name",))
    _numbered(
        "checkpoints",
        sa.Column[int]("rows", _SEQ, nullable=False),
        *_texts("hash", "at", "key", "signature"),
        unique=("rows",),
    )
