"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _seq() -> sa.Column[int]:
    return sa.Column("seq", _SEQ, autoincrement=True, nullable=False)


def _mention_seq() -> sa.Column[int]:
    return sa.Column("mention_seq", _SEQ, autoincrement=False, nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{columns[0]}")


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def upgrade() -> None:
    """Create everything; the two single rows start at nothing decided, nothing logged."""
    _create_mentions()
    _create_decisions()
    _create_progress()
    _create_actions()
    _create_outcomes()
    _create_intake()


def _create_mentions() -> None:
    op.create_table(
        "mentions",
        _seq(),
        _text("source"),
        _text("external_id"),
        _text("id"),
        _text("brand", null=True),
        _text("language", null=True),
        _text("kind"),
        _text("author_id", null=True),
        _text("author_handle", null=True),
        _text("published_at"),
        _text("observed_at"),
        _text("text_hash"),
        _text("folded_text"),
        _text("body"),
        _key("mentions", "seq"),
        _unique("mentions", "source", "external_id"),
        _unique("mentions", "id"),
        sqlite_autoincrement=True,
    )
    _index("mentions", "published_at")
    _index("mentions", "brand", "published_at")
    op.create_table(
        "classifications",
        _mention_seq(),
        _text("task"),
        _text("label"),
        sa.Column("score", sa.Double(), nullable=False),
        _text("scores"),
        _text("classifier"),
        _text("version"),
        _key("classifications", "mention_seq", "task"),
        _refers("classifications", "mention_seq", "mentions.seq"),
    )
    _index("classifications", "task", "label")


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        _seq(),
        _text("id"),
        _mention_seq(),
        _text("mention"),
        _text("policy"),
        _text("policy_revision"),
        _text("rule"),
        _text("rule_revision"),
        _text("severity"),
        _text("mode"),
        _text("at"),
        _text("trace", null=True),
        _key("decisions", "seq"),
        _unique("decisions", "id"),
        _refers("decisions", "mention_seq", "mentions.seq"),
        sqlite_autoincrement=True,
    )
    for column in ("mention_seq", "rule", "at"):
        _index("decisions", column)
    op.create_table(
        "held_back",
        _mention_seq(),
        _text("policy"),
        _number("place"),
        _text("rule"),
        _text("action"),
        _text("reason"),
        _text("detail"),
        _text("at"),
        _key("held_back", "mention_seq", "policy", "place"),
        _refers("held_back", "mention_seq", "mentions.seq"),
    )
    _index("held_back", "rule")


def _create_progress() -> None:
    _create_single("decide_cursor")
    op.execute("INSERT INTO decide_cursor (id, seq) VALUES (1, 0)")
    op.create_table(
        "window_snapshots",
        _text("key_hash"),
        _text("key"),
        _text("state"),
        _text("at"),
        _key("window_snapshots", "key_hash"),
    )


def _create_actions() -> None:
    op.create_table(
        "actions",
        _seq(),
        _text("id"),
        _text("decision_id"),
        _text("kind"),
        _number("idx"),
        _text("params"),
        _text("mode"),
        _number("severity_rank"),
        _text("state"),
        _text("reason", null=True),
        _text("detail"),
        _text("not_before", null=True),
        _number("attempts"),
        _text("created_at"),
        _text("updated_at"),
        _text("receipt"),
        _key("actions", "seq"),
        _unique("actions", "id"),
        _refers("actions", "decision_id", "decisions.id"),
        sqlite_autoincrement=True,
    )
    _index("actions", "decision_id")
    _index("actions", "state", "not_before")
    _index("actions", "state", "severity_rank", "created_at")
    op.create_table(
        "attempts",
        _text("action_id"),
        _number("number"),
        _text("started_at"),
        _text("ended_at", null=True),
        _text("result", null=True),
        _text("detail"),
        _key("attempts", "action_id", "number"),
        _refers("attempts", "action_id", "actions.id"),
    )


def _create_outcomes() -> None:
    op.create_table(
        "outcomes",
        sa.Column("seq", _SEQ, autoincrement=False, nullable=False),
        _text("at"),
        _text("kind"),
        _text("action_id"),
        _text("mention"),
        _text("policy"),
        _text("rule"),
        _text("action"),
        _text("state"),
        _text("reason", null=True),
        _text("detail"),
        _text("payload"),
        _text("previous"),
        _text("hash"),
        _key("outcomes", "seq"),
    )
    for column in ("at", "action_id", "mention", "rule"):
        _index("outcomes", column)
    _create_single("chain_head", _text("hash"))
    # The hash before the first row: engine.store.chain.GENESIS.
    op.execute(f"INSERT INTO chain_head (id, seq, hash) VALUES (1, 0, '{'0' * 64}')")  # noqa: S608


def _create_intake() -> None:
    op.create_table(
        "source_cursors",
        _text("source"),
        _text("cursor"),
        _text("updated_at"),
        _key("source_cursors", "source"),
    )
    op.create_table(
        "dead_letters",
        _seq(),
        _text("identity"),
        _text("source"),
        _text("place"),
        _text("reason"),
        _text("raw"),
        _text("at"),
        _key("dead_letters", "seq"),
        _unique("dead_letters", "identity"),
        sqlite_autoincrement=True,
    )


def _create_single(table: str, *columns: sa.Column[str]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", _SEQ, nullable=False),
        *columns,
        _key(table, "id"),
        sa.CheckConstraint("id = 1", name=f"ck_{table}_single"),
    )
