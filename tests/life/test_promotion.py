"""Acting without a person has to be earned: by examples that pass and drafts that were judged."""

from datetime import timedelta

import pytest

from engine.decision import Action, ActionState, Decision, Match, Mode, Severity
from engine.life.loader import Basis, judged, revision_of
from engine.life.modes import Held, hold, modes_of
from engine.life.places import Places
from engine.life.promotion import judge as judge_promotions
from engine.life.promotion import promotions
from engine.life.teacher import Teacher
from engine.policy import load_text
from engine.ports import Decided, Settled, SourceBatch
from engine.proving.coverage import Coverage
from engine.proving.report import TestReport
from engine.settings import PromotionSettings
from engine.store.policies import EventKind, PolicyEvent
from engine.testing import NOON, ManualClock, ScriptedClassifier, mention
from models.hub import Hub
from tests.life.house import NoIdentifier

HEAD = """
policy: care
templates: {sorry: {en: "We are sorry"}}
rules:
"""
RULE = """
  - id: angry
    mode: MODE
    when: {sentiment: negative}
    cooldown: {per: author, for: 24h}
    then:
      - reply: {template: sorry, approval: required}
      - tag: [angry]
    examples:
      fires: [{text: this is awful, language: en}]
      quiet: [{text: QUIET, language: en}]
"""


def policies(mode="enforce", *, quiet="all fine", more="", change=("", "")):
    text = HEAD + RULE.replace("MODE", mode).replace("QUIET", quiet).replace(*change) + more
    made, problems = load_text(text, now=NOON)
    assert made is not None, problems
    return made


async def judge(store, made, configure, **settings):
    places = Places.of(configure())
    basis = Basis(places, store.policies, PromotionSettings(**settings), ManualClock())
    hub = Hub([ScriptedClassifier({"awful": ("sentiment", "negative", 0.95)})])
    taught = Teacher(places.configuration, NoIdentifier(), hub=hub).teach(made)
    return await judged(made, basis, prove=taught.prove)


@pytest.fixture
def ran(store, configure):
    """Stores policies as those that a live engine ran last."""

    async def keep(made, kind=EventKind.STARTUP):
        revision = revision_of(made, Places.of(configure()))
        event = PolicyEvent(kind, revision.texts, revision.revision)
        await store.policies.keep(revision, event, at=NOON)

    return keep


@pytest.fixture
def draft(store):
    """Stores drafts of the rule, each with what became of it."""

    async def record(*ends, kind="reply", params=None):
        known = (await store.queries.counts())["mentions"]
        for number, end in enumerate(ends, start=known + 1):
            said = mention(f"awful {number}", external_id=str(number))
            await store.log.append(SourceBatch("feed", (said,)), observed_at=NOON)
            (entry,) = await store.log.undecided(limit=1)
            waits = ActionState.AWAITING_APPROVAL
            action = Action(f"a{number}", kind, 0, params or {}, Mode.DRAFT, waits)
            match = Match("angry", "r1", Severity.MINOR, Mode.DRAFT, (action,))
            decision = Decision("care", "p1", said.id, NOON, (match,))
            one = Decided(entry.seq, said, (), (decision,))
            await store.log.record([one], state={}, at=NOON)
            await come_to(store, f"a{number}", end)

    return record


async def come_to(store, action, end):
    """Bring a draft to an end; ``sent alone`` and ``cancelled alone`` are without a person."""
    if end in ("approved", "sent"):
        await store.verdicts.approve(action, by="zoe", at=NOON)
    if end == "rejected":
        await store.verdicts.reject(action, by="zoe", reason="not our tone", at=NOON)
    if end == "expired":
        await store.verdicts.expire(NOON + timedelta(days=8))
    if end == "sent alone":
        await store.outbox.settle([Settled(action, ActionState.APPROVED)], at=NOON)
    if end == "cancelled alone":
        await store.outbox.settle([Settled(action, ActionState.CANCELLED)], at=NOON)
    if end in ("sent", "sent alone"):
        await store.outbox.claim(now=NOON, limit=1)
        await store.outbox.settle([Settled(action, ActionState.SENT)], at=NOON)


def modes(loaded):
    (rule,) = [one for one in loaded.policies.policies[0].rules if one.id == "angry"]
    return [rule.mode.value, *(action.mode.value for action in rule.actions)]


async def test_the_first_start_on_a_database_takes_the_files_at_their_word(store, configure):
    loaded = await judge(store, policies(), configure)

    assert (modes(loaded), loaded.held) == (["enforce", "enforce", "enforce"], ())


async def test_what_is_not_earned_runs_as_draft_and_says_what_it_needs(
    store, configure, ran, draft
):
    await ran(policies("draft"))
    await draft("sent", "rejected", "waits")

    loaded = await judge(store, policies(), configure, reviewed_drafts=3)

    assert modes(loaded) == ["draft", "draft", "draft"]
    assert loaded.held == (Held("care", "angry", "needs 3 reviewed drafts, has 2"),)
    assert loaded.policies.revision != policies().revision


async def test_what_is_earned_runs_as_its_file_says(store, configure, ran, draft):
    await ran(policies("draft"))
    await draft("sent", "rejected")

    loaded = await judge(store, policies(), configure, reviewed_drafts=2)

    assert (modes(loaded), loaded.held) == (["enforce", "enforce", "enforce"], ())
    assert loaded.policies.revision == policies().revision


@pytest.mark.parametrize(
    ("end", "counts"),
    [
        ("waits", 0),
        ("approved", 1),
        ("sent", 1),
        ("rejected", 1),
        ("expired", 0),
        ("sent alone", 0),
        ("cancelled alone", 0),
    ],
)
async def test_a_draft_counts_once_a_person_has_judged_it(store, draft, end, counts):
    await draft(end)

    found = await store.policies.reviewed_drafts()

    assert found.get(("care", "angry", "reply"), 0) == counts


async def test_the_first_of_two_approvals_is_not_enough_to_count(store, draft):
    await draft("approved", params={"approval": "four_eyes"})
    before = await store.policies.reviewed_drafts()
    await store.verdicts.approve("a1", by="tom", at=NOON)

    assert before == {}
    assert await store.policies.reviewed_drafts() == {("care", "angry", "reply"): 1}


async def test_drafts_of_another_kind_of_action_are_no_evidence(store, configure, ran, draft):
    await ran(policies("draft"))
    await draft("sent", kind="webhook")

    loaded = await judge(store, policies(), configure, reviewed_drafts=1)

    assert loaded.held[0].why == "needs 1 reviewed drafts, has 0"


@pytest.mark.parametrize(
    ("made", "why"),
    [
        pytest.param(policies(quiet="awful too"), "1 of 2 examples fail", id="one fails"),
        pytest.param(
            policies(change=(RULE[RULE.index("    examples") :].replace("QUIET", "all fine"), "")),
            "has no examples, and no test in which it fires",
            id="none",
        ),
    ],
)
async def test_examples_have_to_pass(store, configure, ran, *, made, why):
    await ran(policies("draft"))

    loaded = await judge(store, made, configure, reviewed_drafts=0)

    assert [one.why for one in loaded.held] == [why]
    asked_for_less = await judge(store, made, configure, reviewed_drafts=0, require_tests=False)
    assert asked_for_less.held == ()


def test_the_tests_documents_run_once_for_all_that_is_promoted():
    second = RULE.replace("MODE", "enforce").replace("angry", "furious")
    made = policies(
        more=f"{second}---\ntests: [{{name: x, given: [], expect: [{{never: hide}}]}}]\n"
    )
    asked = []

    def prove(one):
        asked.append((one.rules, len(one.tests)))
        return TestReport(Coverage.of(one))

    found = promotions(made, modes_of(policies("draft")))
    settings = PromotionSettings(reviewed_drafts=0)
    verdicts = judge_promotions(found, made, settings=settings, reviewed={}, prove=prove)

    assert [one.is_earned for one in verdicts] == [True, True]
    assert asked == [(1, 0), (2, 1), (1, 0)]


async def test_a_rule_that_acts_inward_only_needs_no_drafts(store, configure, ran):
    inward = policies(change=("      - reply: {template: sorry, approval: required}\n", ""))
    await ran(policies("draft"))

    loaded = await judge(store, inward, configure)

    assert loaded.held == ()


async def test_a_new_rule_at_enforce_is_held(store, configure, ran):
    await ran(load_text(HEAD.replace("rules:", "owner: x"), now=NOON)[0])

    loaded = await judge(store, policies(), configure)

    assert modes(loaded)[0] == "draft"


async def test_one_action_let_loose_in_an_enforced_rule_is_held_alone(store, configure, ran):
    action = "- reply: {template: sorry, approval: required}"
    await ran(policies(change=(action, f"{action}\n        mode: shadow")))

    loaded = await judge(store, policies(), configure)

    assert modes(loaded) == ["enforce", "draft", "enforce"]
    assert [one.action for one in loaded.held] == [("reply", 0)]


async def test_what_was_held_is_held_again_until_it_is_earned(store, configure, ran, draft):
    await ran(policies("draft"))
    held = await judge(store, policies(), configure, reviewed_drafts=1)
    await ran(held.policies, EventKind.RELOAD)

    again = await judge(store, policies(), configure, reviewed_drafts=1)
    await draft("sent")
    earned = await judge(store, policies(), configure, reviewed_drafts=1)

    assert again.policies.revision == held.policies.revision
    assert (len(again.held), len(earned.held)) == (1, 0)


async def test_what_is_enforced_already_needs_nothing_for_another_edit(store, configure, ran):
    await ran(policies())

    loaded = await judge(store, policies(change=("awful", "terrible")), configure)

    assert loaded.held == ()


async def test_a_replay_is_no_measure_for_what_may_act(store, configure, ran):
    await ran(policies("draft"))
    await ran(policies(), EventKind.REPLAY)

    assert len((await judge(store, policies(), configure)).held) == 1


async def test_a_running_engine_holds_an_edit_and_lets_it_go_once_earned(open_house, draft):
    text = HEAD + RULE.replace("QUIET", "all fine")
    settings = PromotionSettings(reviewed_drafts=1)
    async with open_house(text.replace("MODE", "draft"), promotion=settings) as house:
        house.write(text.replace("MODE", "enforce"))
        assert await house.reloader.reload()
        assert [one.why for one in house.status.held] == ["needs 1 reviewed drafts, has 0"]
        rows = await house.store.policies.history()
        assert rows[0]["held"][0]["rule"] == "angry"

        await house.decide("awful")
        (action,) = [
            one for one in await house.store.queries.actions(limit=5) if one["kind"] == "reply"
        ]
        assert (action["mode"], action["state"]) == ("draft", "awaiting_approval")


def test_held_modes_survive_the_way_through_the_store():
    made = policies()
    held = [Held("care", "angry", "why", ("reply", 0))]

    assert [Held.from_json(one.as_json()) for one in held] == held
    assert hold(made, held).policies[0].rules[0].actions[0].mode is Mode.DRAFT
    assert promotions(made, modes_of(made)) == []
    assert len(promotions(made, modes_of(hold(made, held)))) == 1
