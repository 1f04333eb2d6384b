"""The tables, as the newest migration leaves them (a test compares the two)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from engine.store.column_types import Instant, JsonText, SafeText

# Named constraints, so that later migrations can speak of them on both databases.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# SQLite numbers rows by itself only in a column declared INTEGER.
SEQ = BigInteger().with_variant(Integer(), "sqlite")

mentions = Table(
    "mentions",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("source", SafeText, nullable=False),
    Column("external_id", SafeText, nullable=False),
    Column("id", SafeText, nullable=False, unique=True),
    Column("brand", SafeText),
    Column("language", SafeText),
    Column("kind", SafeText, nullable=False),
    Column("author_id", SafeText),
    Column("author_handle", SafeText),
    Column("published_at", Instant, nullable=False),
    Column("observed_at", Instant, nullable=False),
    Column("text_hash", Text, nullable=False),
    Column("folded_text", SafeText, nullable=False),
    Column("body", JsonText, nullable=False),
    UniqueConstraint("source", "external_id"),
    Index(None, "published_at"),
    Index(None, "brand", "published_at"),
    # Without it SQLite gives the number of a deleted last row out again.
    sqlite_autoincrement=True,
)

classifications = Table(
    "classifications",
    metadata,
    Column("mention_seq", SEQ, ForeignKey(mentions.c.seq), primary_key=True, autoincrement=False),
    Column("task", SafeText, primary_key=True),
    Column("label", SafeText, nullable=False),
    Column("score", Double, nullable=False),
    Column("scores", JsonText, nullable=False),
    Column("classifier", SafeText, nullable=False),
    Column("version", SafeText, nullable=False),
    Index(None, "task", "label"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("mention_seq", SEQ, ForeignKey(mentions.c.seq), nullable=False, index=True),
    Column("mention", SafeText, nullable=False),
    Column("policy", SafeText, nullable=False),
    Column("policy_revision", SafeText, nullable=False),
    Column("rule", SafeText, nullable=False, index=True),
    Column("rule_revision", SafeText, nullable=False),
    Column("severity", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("trace", JsonText),
    Column("firing", JsonText),
    sqlite_autoincrement=True,
)

held_back = Table(
    "held_back",
    metadata,
    Column("mention_seq", SEQ, ForeignKey(mentions.c.seq), primary_key=True, autoincrement=False),
    Column("policy", SafeText, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("rule", SafeText, nullable=False, index=True),
    Column("action", SafeText, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", SafeText, nullable=False),
    Column("at", Instant, nullable=False),
)

actions = Table(
    "actions",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("id", SafeText, nullable=False, unique=True),
    Column("decision_id", Text, ForeignKey(decisions.c.id), nullable=False, index=True),
    Column("kind", SafeText, nullable=False),
    Column("idx", Integer, nullable=False),
    Column("params", JsonText, nullable=False),
    Column("mode", Text, nullable=False),
    Column("severity_rank", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("detail", SafeText, nullable=False),
    Column("not_before", Instant),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("receipt", JsonText, nullable=False),
    Column("is_in_doubt", Integer, nullable=False, server_default="0"),
    Column("risk", Double),
    Column("expires_at", Instant, index=True),
    Index(None, "state", "not_before"),
    Index(None, "state", "severity_rank", "created_at"),
    sqlite_autoincrement=True,
)

attempts = Table(
    "attempts",
    metadata,
    Column("action_id", SafeText, ForeignKey(actions.c.id), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("result", Text),
    Column("detail", SafeText, nullable=False),
)

# No foreign keys: the log outlives what it speaks of.
outcomes = Table(
    "outcomes",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("action_id", SafeText, nullable=False, index=True),
    Column("mention", SafeText, nullable=False, index=True),
    Column("policy", SafeText, nullable=False),
    Column("rule", SafeText, nullable=False, index=True),
    Column("action", SafeText, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("detail", SafeText, nullable=False),
    Column("payload", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    # Of rows whose words can be erased: a salted digest of each, by which the hash goes.
    Column("seals", Text),
    Column("erased", Integer, nullable=False, server_default="0"),
)

chain_head = Table(
    "chain_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", SEQ, nullable=False),
    Column("hash", Text, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

source_cursors = Table(
    "source_cursors",
    metadata,
    Column("source", SafeText, primary_key=True),
    Column("cursor", JsonText, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("identity", Text, nullable=False, unique=True),
    Column("source", SafeText, nullable=False),
    Column("place", SafeText, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("raw", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

# Keyed by hash: a key may hold a long author id, longer than an index entry of PostgreSQL.
window_snapshots = Table(
    "window_snapshots",
    metadata,
    Column("key_hash", Text, primary_key=True),
    Column("key", JsonText, nullable=False),
    Column("state", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
)

decide_cursor = Table(
    "decide_cursor",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", SEQ, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

# By hash, so that a revision that changes one file of fifty stores one text.
policy_texts = Table(
    "policy_texts",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("text", JsonText, nullable=False),
)

# A revision is a hash of what policies do; texts that differ in a comment share it.
policy_revisions = Table(
    "policy_revisions",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("revision", Text, nullable=False),
    Column("texts", Text, nullable=False),
    Column("files", JsonText, nullable=False),
    Column("policies", JsonText, nullable=False),
    Column("modes", JsonText, nullable=False),
    Column("held", JsonText, nullable=False),
    Column("rules", Integer, nullable=False),
    Column("stored_at", Instant, nullable=False),
    UniqueConstraint("revision", "texts"),
    Index(None, "texts"),
    sqlite_autoincrement=True,
)

policy_events = Table(
    "policy_events",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False, index=True),
    Column("revision", Text),
    Column("texts", Text, nullable=False),
    Column("by", SafeText),
    Column("reason", SafeText),
    Column("detail", JsonText, nullable=False),
    sqlite_autoincrement=True,
)

# As the engine last knew it, with what people did since: `operator_acts` has that in full.
incidents = Table(
    "incidents",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False, index=True),
    Column("severity", Text, nullable=False),
    Column("title", SafeText, nullable=False),
    Column("policy", SafeText, nullable=False),
    Column("rule", SafeText, nullable=False),
    Column("brand", SafeText, index=True),
    Column("key", JsonText, nullable=False),
    Column("playbook", SafeText),
    Column("opened_at", Instant, nullable=False, index=True),
    Column("acknowledged_at", Instant),
    Column("resolved_at", Instant),
    Column("updated_at", Instant, nullable=False),
    Column("body", JsonText, nullable=False),
    Column("cause", JsonText),
    sqlite_autoincrement=True,
)

operator_acts = Table(
    "operator_acts",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("incident", SafeText, nullable=False, index=True),
    Column("act", Text, nullable=False),
    Column("by", SafeText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("note", SafeText, nullable=False),
    sqlite_autoincrement=True,
)

silences = Table(
    "silences",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("rule", SafeText, nullable=False),
    Column("author", SafeText, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", SafeText),
    sqlite_autoincrement=True,
)
