"""Cooldowns at the moment of sending: two late approvals for one key do not both go."""

import pytest

from engine.dispatch.gates.cooldown import CooldownGate, Cooling, cooling
from engine.policy import load_text
from engine.reasons import Reason
from engine.sending import author_key
from engine.testing import NOON
from tests.dispatch.answers import DAY, MINUTE, answer, sent, verdict
from tests.dispatch.ledger import MemoryLedger


def by_language(of):
    return of.language


def gate(ledger, *known, per="author", key=author_key, cooled=("angry",)):
    by_id = {one.mention.id: one.mention for one in known}

    async def mentions(ids):
        return {one: by_id[one] for one in ids if one in by_id}

    def cooldown_of(item):
        return Cooling(per, DAY, key) if item.rule in cooled else None

    return CooldownGate(ledger, cooldown_of, mentions)


@pytest.mark.parametrize(
    ("ago", "goes"),
    [
        pytest.param(DAY - MINUTE, False, id="23 h 59 after the last"),
        pytest.param(DAY, True, id="24 h after the last"),
        pytest.param(DAY + MINUTE, True, id="24 h 01 after the last"),
    ],
)
async def test_the_second_for_a_key_waits_for_nobody(ago, goes):
    before = answer(1, author_id="zoe")
    found = gate(MemoryLedger(sent(before, ago)), before)
    held = await verdict(found, answer(2, author_id="zoe"))
    assert (held is None) is goes
    if held:
        assert (held.by, held.until) == (Reason.COOLDOWN, None)
        assert held.detail.startswith("per author every 1d: the last was sent at 2026-03-01T12:01")


async def test_another_key_another_rule_and_a_rule_without_cooldown_go():
    before = answer(1, author_id="zoe")
    found = gate(MemoryLedger(sent(before, MINUTE)), before, cooled=("angry", "calm"))
    assert await verdict(found, answer(2, author_id="tom")) is None
    assert await verdict(found, answer(2, author_id="zoe", rule="calm")) is None
    free = gate(MemoryLedger(sent(before, MINUTE)), before, cooled=())
    assert await verdict(free, answer(2, author_id="zoe")) is None


async def test_a_field_is_a_key_as_well():
    before = answer(1, language="fr")
    found = gate(MemoryLedger(sent(before, MINUTE)), before, per="language", key=by_language)
    assert (await verdict(found, answer(2, language="fr"))).by is Reason.COOLDOWN
    assert await verdict(found, answer(2, language="en")) is None
    assert await verdict(found, answer(2)) is None


async def test_per_rule_needs_no_mention():
    before = answer(1, author_id="zoe")
    found = gate(MemoryLedger(sent(before, MINUTE)), per="rule", key=lambda _: "rule")
    assert (await verdict(found, answer(2, author_id="tom"))).by is Reason.COOLDOWN


async def test_the_several_actions_of_a_mention_do_not_stop_one_another():
    before = answer(1, author_id="zoe", kind="hide")
    found = gate(MemoryLedger(sent(before, MINUTE)), before)
    assert await verdict(found, answer(2, about=before.mention)) is None


@pytest.mark.parametrize("kind", ["ads", "notify", "publishing"])
async def test_what_answers_nobody_is_not_cooled_here(kind):
    before = answer(1, author_id="zoe")
    found = gate(MemoryLedger(sent(before, MINUTE)), before)
    assert await verdict(found, answer(2, author_id="zoe", kind=kind)) is None


POLICY = """
policy: care
brands: [acme]
rules:
  - {id: angry, when: {language: en}, then: [{tag: [a]}], cooldown: {per: language, for: 24h}}
  - {id: calm, when: {language: en}, then: [{tag: [a]}]}
"""


def test_the_cooldown_of_a_rule_is_the_one_it_is_loaded_with():
    made, problems = load_text(POLICY, now=NOON)
    assert made is not None, problems
    angry, calm = made.policies[0].rules
    found = cooling(angry)
    assert (found.per, found.every) == ("language", DAY)
    assert found.key(answer(1, language="fr").mention) == "language=fr"
    assert cooling(calm) is None
    assert cooling(None) is None
