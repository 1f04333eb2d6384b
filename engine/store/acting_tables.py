"""Tables of acting safely: halts, verdicts, sends, cases, changes, who is forgotten."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint

from engine.store.column_types import Instant, JsonText, SafeText
from engine.store.tables import SEQ, metadata

halts = Table(
    "halts",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("scope", SafeText, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("by", SafeText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("lifted_at", Instant, index=True),
    Column("lifted_by", SafeText),
    sqlite_autoincrement=True,
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("action_id", SafeText, nullable=False, index=True),
    Column("judgement", Text, nullable=False),
    Column("by", SafeText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("text", SafeText),
    sqlite_autoincrement=True,
)

# Where drafts are shown elsewhere: a message whose buttons are taken off once they are judged.
cards = Table(
    "cards",
    metadata,
    Column("action_id", SafeText, primary_key=True),
    Column("channel", SafeText, nullable=False),
    Column("receipt", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("settled_at", Instant, index=True),
)

# One row an action that was, may have been, or is about to be sent; given back where it was not.
sends = Table(
    "sends",
    metadata,
    Column("action_id", SafeText, primary_key=True),
    Column("kind", SafeText, nullable=False),
    Column("account", SafeText, nullable=False),
    Column("source", SafeText, nullable=False),
    Column("brand", SafeText),
    Column("author", SafeText),
    Column("thread", SafeText, nullable=False),
    Column("mention", SafeText, nullable=False),
    Column("policy", SafeText, nullable=False),
    Column("rule", SafeText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("fingerprint", JsonText, nullable=False),
    # A hash of the fingerprint, to find the same text by; none where there are no words.
    Column("gist", Text),
    Column("remote_id", SafeText),
    # With the id, counting a cap reads the index alone.
    Index(None, "account", "at", "action_id"),
    Index(None, "policy", "rule", "at", "action_id"),
    Index(None, "account", "gist", "at"),
    Index(None, "author", "at"),
    Index(None, "thread", "at"),
    Index(None, "mention", "at"),
    Index(None, "remote_id"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("source", SafeText, nullable=False),
    Column("author", SafeText, index=True),
    Column("handle", SafeText, index=True),
    Column("mention", SafeText, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("by", SafeText, nullable=False),
    Column("lifted_at", Instant),
    Column("lifted_by", SafeText),
    sqlite_autoincrement=True,
)

upstream_changes = Table(
    "upstream_changes",
    metadata,
    Column("source", SafeText, primary_key=True),
    Column("external_id", SafeText, primary_key=True),
    Column("change", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("followed_at", Instant, index=True),
)

cases = Table(
    "cases",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("action_id", SafeText, nullable=False, unique=True),
    Column("mention", SafeText, nullable=False, index=True),
    Column("thread", SafeText, nullable=False),
    Column("brand", SafeText, index=True),
    Column("author", SafeText, index=True),
    Column("policy", SafeText, nullable=False),
    Column("rule", SafeText, nullable=False),
    Column("severity", Text, nullable=False),
    Column("target", SafeText, nullable=False),
    Column("queue", SafeText, index=True),
    Column("person", SafeText, index=True),
    Column("state", Text, nullable=False, index=True),
    Column("opened_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("resolved_at", Instant),
    Column("clocks", JsonText, nullable=False),
    Column("due_at", Instant, index=True),
    # When somebody is to be told next that time runs out, or has run out.
    Column("next_due", Instant, index=True),
    Column("updated_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

# Which mentions a case is about, by what answers to them call them and by their thread.
case_mentions = Table(
    "case_mentions",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("mention", SafeText, primary_key=True),
    Column("named", SafeText, nullable=False, index=True),
    Column("thread", SafeText, nullable=False, index=True),
    Column("at", Instant, nullable=False),
)

# Which mentions need no further answer, in the order it became known: rules that wait read it.
answers = Table(
    "answers",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("mention", SafeText, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

case_acts = Table(
    "case_acts",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("case_id", Text, nullable=False, index=True),
    Column("act", Text, nullable=False),
    Column("by", SafeText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("note", SafeText, nullable=False),
    sqlite_autoincrement=True,
)

# What an action found before it changed it, durable before the change: what undoing goes by.
changes = Table(
    "changes",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("action_id", SafeText, nullable=False, index=True),
    Column("account", SafeText, nullable=False),
    Column("object", SafeText, nullable=False),
    Column("field", Text, nullable=False),
    Column("before", SafeText, nullable=False),
    Column("after", SafeText, nullable=False),
    Column("name", SafeText, nullable=False),
    Column("restore", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("at", Instant, nullable=False, index=True),
    Column("restored_at", Instant),
    Column("restored_by", SafeText),
    UniqueConstraint("action_id", "account", "object", "field"),
    Index(None, "account", "object"),
    sqlite_autoincrement=True,
)

suspensions = Table(
    "suspensions",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("scope", SafeText, nullable=False),
    Column("action_id", SafeText, nullable=False, index=True),
    Column("by", SafeText, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("lifted_at", Instant, index=True),
    Column("lifted_by", SafeText),
    sqlite_autoincrement=True,
)

# Keyed digests alone: nothing here says who was forgotten to one who does not know it already.
forgotten = Table(
    "forgotten",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("seq", SEQ, primary_key=True, autoincrement=True),
    Column("rows", SEQ, nullable=False, unique=True),
    Column("hash", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("key", Text, nullable=False),
    Column("signature", Text, nullable=False),
    sqlite_autoincrement=True,
)

# Made once, at random, by the database's first engine: ``forget`` for the digests of the forgotten.
peppers = Table(
    "peppers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# When work that is due from time to time was last done: retention, checkpoints.
chores = Table(
    "chores",
    metadata,
    Column("name", Text, primary_key=True),
    Column("done_at", Instant, nullable=False),
    Column("detail", JsonText, nullable=False),
)
