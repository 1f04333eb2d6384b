"""One rule against mentions that follow each other, worked out from the language's page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.decide import decide
from engine.decision import ActionState
from engine.mention_json import read_mention
from engine.policy import load_text
from engine.testing import NOON
from engine.windows import WindowState

HEAD = """policy: p
brands: [acme, beta]
templates: {t: {en: "Hi", fr: "Salut"}}
rules:
"""
# Ends at midnight, twelve hours after noon.
STAFF = "except: [{name: s, when: {author.handle: '@staff'}, owner: o, expires: 2026-03-03}]"
MIDNIGHT = 12 * 3600
ZOE, TOM = {"author": {"id": "1", "handle": "@zoe"}}, {"author": {"id": "2", "handle": "@tom"}}
NO_ID = {"author": {"handle": "@Zoe"}}
OWN = {"author": {"handle": "staff"}}


def per(what, *, more=""):
    return f"cooldown: {{per: {what}, for: 1h}}, {more}then: [{{tag: [a]}}]"


# what it says, the rule, (seconds after noon, mention)…, and for each: a(cts), h(eld back), - (no match)
ROWS = [
    ("no cooldown", "then: [{tag: [a]}]", [(0, ZOE), (0, ZOE), (1, ZOE)], "aaa"),
    ("a cooldown holds the author", per("author"), [(0, ZOE), (3599, ZOE)], "ah"),
    ("a cooldown ends to the second", per("author"), [(0, ZOE), (3600, ZOE)], "aa"),
    ("what was held back extends nothing", per("author"), [(0, ZOE), (3000, ZOE), (3600, ZOE), (4000, ZOE)], "ahah"),
    ("another author is free", per("author"), [(0, ZOE), (1, TOM), (2, ZOE)], "aah"),
    ("an author of another source is another", per("author"), [(0, ZOE), (1, {**ZOE, "source": "x"})], "aa"),
    ("a handle serves where there is no id", per("author"), [(0, NO_ID), (1, {"author": {"handle": "@zoe"}})], "ah"),
    ("an unknown author has no cooldown", per("author"), [(0, {}), (1, {})], "aa"),
    ("a thread is its first post and the answers", per("thread"), [(0, {"id": "m1", "external_id": "r"}), (1, {"in_reply_to": "r"}), (2, {"in_reply_to": "q"})], "aha"),
    ("posts that answer nothing are threads apart", per("thread"), [(0, {"external_id": "a"}), (1, {"external_id": "b"})], "aa"),
    ("a cooldown of the brand", per("brand"), [(0, ZOE), (1, TOM), (2, {"brand": "beta"})], "aha"),
    ("a cooldown of the rule", per("rule"), [(0, ZOE), (1, {"brand": "beta"})], "ah"),
    ("a cooldown of a field", per("language"), [(0, {}), (1, {"language": "fr"}), (2, {})], "aah"),
    ("a field that is absent has no cooldown", per("place.country"), [(0, {}), (1, {})], "aa"),
    ("a shadow rule starts none", per("rule", more="mode: shadow, "), [(0, {}), (4000, {})], "hh"),
    ("off is not evaluated", per("rule", more="mode: off, "), [(0, {})], "-"),
    ("an action in shadow is held back alone", "then: [{reply: {template: t}, mode: shadow}, {tag: [a]}]", [(0, {})], "a"),
    ("a rule whose every action is in shadow starts no cooldown", "cooldown: {per: rule, for: 1h}, then: [{tag: [a], mode: shadow}]", [(0, {}), (1, {})], "hh"),
    ("a mention held by an exception starts no cooldown", per("rule", more=f"{STAFF}, "), [(0, OWN), (1, ZOE), (2, OWN)], "-a-"),
    ("an exception holds until the day begins", f"{STAFF}, then: [{{tag: [a]}}]", [(0, OWN), (MIDNIGHT - 1, OWN), (MIDNIGHT, OWN)], "--a"),
    ("an exception that is undecided holds nothing", "except: [{name: s, when: {author.verified: true}, owner: o, expires: 2027-01-01}], then: [{tag: [a]}]", [(0, ZOE)], "a"),
    ("a mention of no brand is no policy's with brands", "then: [{tag: [a]}]", [(0, {"brand": None}), (1, {"brand": "gamma"}), (2, {"brand": "beta"})], "--a"),
    ("a reply without the language falls back to English", "cooldown: {per: rule, for: 1s}, then: [{reply: {template: t}}]", [(0, {"language": "de"}), (9, {"language": "fr-CA"})], "aa"),
    ("a rule without actions is a decision all the same", "cooldown: {per: rule, for: 1h}, mode: draft", [(0, {}), (1, {})], "ah"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rest", "events", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_mentions_that_follow_each_other(rest, events, expected):
    made, problems = load_text(f"{HEAD}  - {{id: r, when: {{text: late}}, {rest}}}\n", now=NOON)
    assert made is not None, [one.as_text() for one in problems]
    windows, found = WindowState(), ""

    for after, fields in events:
        decision = ask(made.policies[0], windows, after, fields)
        windows.apply(decision)
        found += letter(decision)

    assert found == expected


def ask(policy, windows, after, fields):
    at = NOON + timedelta(seconds=after)
    usual = {"text": "late", "brand": "acme", "language": "en", "published_at": at.isoformat()}
    return decide(policy, read_mention({**usual, **fields}), (), windows, now=at)


def letter(decision):
    if not decision.matches:
        return "-"
    (match,) = decision.matches
    acts = any(one.state is not ActionState.SUPPRESSED for one in match.actions)
    is_whole = not decision.held_back and not match.actions
    return "a" if acts or is_whole else "h"
