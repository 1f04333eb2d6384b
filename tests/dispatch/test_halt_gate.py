"""The halt switch at the moment of sending: what it covers, and what goes on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dispatch.gates.halt import INWARD_KINDS, HaltGate
from engine.halt import KINDS, SCOPES, Halt, Scope
from engine.plan import OUTWARD_KINDS
from engine.reasons import Reason
from engine.testing import NOON, mention, planned


def gate(*scopes):
    async def holding():
        return [Halt("halt-1", Scope.parse(one), "storm", "ann", NOON) for one in scopes]

    return HaltGate(holding)


REPLY = planned("reply", mention=mention(brand="acme", source="mastodon"))


@pytest.mark.parametrize(
    ("scope", "is_held"),
    [
        ("all", True),
        ("brand:acme", True),
        ("brand:Acme", True),
        ("brand:other", False),
        ("source:mastodon", True),
        ("source:x", False),
        ("rule:angry", True),
        ("rule:care/angry", True),
        ("rule:other/angry", False),
        ("action:reply", True),
        ("action:Reply", True),
        ("action:ads", False),
    ],
)
async def test_a_scope_covers_what_it_names(scope, is_held):
    passage = await gate(scope)([REPLY], now=NOON)
    assert [one.by for one in passage.held] == [Reason.HALTED] * is_held
    assert all(one.until is None and "ann: storm" in one.detail for one in passage.held)


@pytest.mark.parametrize("kind", sorted(INWARD_KINDS))
async def test_what_stays_inside_goes_on_under_all(kind):
    assert (await gate("all", "brand:acme")([planned(kind)], now=NOON)).held == ()


@pytest.mark.parametrize("scope", ["action:tag", "rule:angry"])
async def test_what_stays_inside_is_held_where_it_is_named(scope):
    assert (await gate(scope)([planned("tag")], now=NOON)).kept == ()


def test_every_kind_of_action_can_be_halted():
    assert OUTWARD_KINDS | INWARD_KINDS | {"notify"} == KINDS


async def test_a_playbooks_halt_is_never_held_by_a_halt():
    item = planned("halt", params={"do": "halt", "scope": "all"})
    assert (await gate("all", "action:halt")([item], now=NOON)).held == ()


async def test_what_puts_changes_back_waits_instead_of_being_lost():
    restore = planned("ads", params={"do": "restore", "action": "x"})
    [held] = (await gate("all")([restore], now=NOON)).held
    assert held.until > NOON


@pytest.mark.parametrize(
    "text", ["", "everything", "all:x", "brand:", "brand", "user:x", "rule: "], ids=repr
)
def test_what_is_no_scope_says_what_would_be(text):
    with pytest.raises(ValueError, match="write all, brand:NAME, source:NAME, rule:ID or action"):
        Scope.parse(text)


@given(kind=st.sampled_from(SCOPES[1:]), value=st.text(min_size=1).filter(lambda v: v.strip()))
def test_a_scope_is_written_as_it_is_read(kind, value):
    scope = Scope(kind, value.strip())
    assert Scope.parse(str(scope)) == scope
