"""Whatever three people do in whatever order: nothing is approved without those it needs."""

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.decision import ActionState, Mode
from engine.dispatch.gates.approval import ApprovalGate
from engine.errors import VerdictError
from engine.testing import NOON, planned
from tests.approval.people import drafted, reply
from tests.store.samples import states

PEOPLE = ("zoe", "tom", "lea")
TEXTS = ("We are sorry", "So sorry", "Sorry")
# Whether each of a mention's three drafts needs two people.
NEEDS = st.tuples(st.booleans(), st.booleans(), st.booleans())
DRAFT = st.integers(0, 2)
PERSON = st.sampled_from(PEOPLE)
ACTS = st.one_of(
    st.tuples(st.just("approve"), DRAFT, PERSON, st.none() | st.sampled_from(TEXTS)),
    st.tuples(st.just("edit"), DRAFT, PERSON, st.sampled_from(TEXTS)),
    st.tuples(st.just("reject"), DRAFT, PERSON, st.none()),
)
RUNS = itertools.count()


class Told:
    """What the people who acted would say of one draft: kept apart from how the store counts."""

    def __init__(self):
        self.text, self.author, self.hands, self.seen_by = TEXTS[0], None, 0, set()
        self.is_one_step = False

    def hear(self, what, by, text):
        if text is not None and text != self.text:
            self.text, self.author, self.seen_by = text, by, set()
            self.hands += 1
            self.is_one_step = what == "approve" and self.hands == 1
        if what == "approve":
            self.seen_by.add(by)

    def may_go(self, needed):
        if len(self.seen_by) < needed:
            return False
        return (needed == 1 and self.is_one_step) or bool(self.seen_by - {self.author})


async def act(store, named, what, *, by, text):
    calls = {
        "approve": lambda: store.verdicts.approve(named, by=by, text=text, at=NOON),
        "edit": lambda: store.verdicts.edit(named, by=by, text=text, at=NOON),
        "reject": lambda: store.verdicts.reject(named, by=by, reason="no", at=NOON),
    }
    try:
        return await calls[what]()
    except VerdictError:
        return None


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(needs=NEEDS, acts=st.lists(ACTS, max_size=12))
async def test_nothing_is_approved_without_enough_people_who_did_not_write_it(store, needs, acts):
    run = next(RUNS)
    names = [f"{run}-{place}" for place in range(3)]
    asked = ["four_eyes" if two else "required" for two in needs]
    drafts = [reply(name, approval=one) for name, one in zip(names, asked, strict=True)]
    await drafted(store, *drafts)
    tales = [Told() for _ in names]

    for what, place, by, text in acts:
        told = await act(store, f"action-{names[place]}", what, by=by, text=text)
        if told is not None and told.is_changed:
            tales[place].hear(what, by, text)

    now = await states(store)
    mine = [now[f"action-{name}"] for name in names]
    assert mine.count("approved") <= 1
    for place, state in enumerate(mine):
        assert (state == "approved") <= tales[place].may_go(1 + needs[place])
        if "approved" in mine:
            assert state in ("approved", "cancelled")
        await check_gate(store, names[place], tales[place], needed=1 + needs[place], state=state)


async def check_gate(store, name, tale, *, needed, state):
    """Sent as if its state were approved, a draft passes only where its people agree."""
    item = planned(
        "reply",
        id=f"action-{name}",
        params={"text": tale.text},
        mode=Mode.DRAFT,
        state=ActionState.APPROVED,
    )
    gate = ApprovalGate(store.verdicts.of, lambda _: needed)
    passage = await gate([item], now=NOON)
    if passage.kept:
        assert tale.may_go(needed)
    if state == "approved":
        assert passage.kept
