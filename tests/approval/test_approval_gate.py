"""The approval gate: the state of an action proves nothing, the verdicts do."""

import pytest

from engine.approving import approvals_needed, person_key, standing
from engine.decision import Mode
from engine.dispatch.gates.approval import ApprovalGate
from engine.reasons import Reason
from engine.testing import NOON, planned
from engine.verdict import Judgement, Verdict

TEXT = "We are sorry"


def said(*verdicts):
    """Verdicts as ``zoe+`` (approved), ``zoe-`` (rejected), ``zoe!`` (edited), ``zoe=`` (both)."""
    kinds = {"+": "approved", "-": "rejected", "!": "edited", "=": "approved"}
    return [
        Verdict(
            "a1", Judgement(kinds[one[-1]]), one[:-1], NOON, text=TEXT if one[-1] in "!=" else None
        )
        for one in verdicts
    ]


async def judged(verdicts, needed, **params):
    async def of(_action_id):
        return verdicts

    item = planned("reply", params={"text": TEXT, **params}, mode=Mode.DRAFT)
    return await ApprovalGate(of, lambda _: needed)([item], now=NOON)


@pytest.mark.parametrize(
    ("verdicts", "needed", "missing"),
    [
        pytest.param([], 0, None, id="nobody is needed"),
        pytest.param([], 1, "1 people have to approve it, 0 did", id="one is needed, none did"),
        pytest.param(["zoe+"], 1, None, id="one approved"),
        pytest.param(["zoe+"], 2, "2 people have to approve it, 1 did", id="the risk rose since"),
        pytest.param(["zoe+", "Zoe+"], 2, "2 people have to approve it, 1 did", id="one twice"),
        pytest.param(["zoe+", "tom+"], 2, None, id="two approved"),
        pytest.param(["zoe+", "tom!"], 1, "1 people have to approve it, 0 did", id="edited since"),
        pytest.param(
            ["tom!", "tom+"], 1, "nobody but the author of its text approved it", id="its author"
        ),
        pytest.param(["tom!", "zoe+"], 1, None, id="written by one, approved by another"),
        pytest.param(["tom="], 1, None, id="the machine's text, rewritten and approved in one"),
        pytest.param(
            ["zoe!", "tom="],
            1,
            "nobody but the author of its text approved it",
            id="another's text, rewritten and approved in one",
        ),
        pytest.param(["tom=", "zoe+"], 2, None, id="four eyes, one of them wrote it"),
        pytest.param(["zoe+", "tom-"], 1, "1 people have to approve it, 0 did", id="rejected"),
    ],
)
async def test_who_has_to_have_approved(verdicts, needed, missing):
    passage = await judged(said(*verdicts), needed)
    assert bool(passage.kept) is (missing is None)
    assert [(one.by, one.detail, one.for_person) for one in passage.held] == (
        [] if missing is None else [(Reason.APPROVAL, missing, True)]
    )


async def test_a_text_changed_after_it_was_approved_is_held():
    passage = await judged(said("tom!", "zoe+"), 1, text="Buy our kettles")
    [held] = passage.held
    assert held.detail == "its text is not the one that was approved"
    assert not held.for_person


@pytest.mark.parametrize(
    ("kind", "approval", "modes", "risk", "needed"),
    [
        pytest.param("reply", "none", [Mode.ENFORCE], 0.79, 0, id="free"),
        pytest.param("reply", "none", [Mode.ENFORCE], 0.8, 2, id="free but delicate"),
        pytest.param("reply", "none", [Mode.DRAFT], 0.1, 1, id="a draft"),
        pytest.param("reply", "required", [Mode.ENFORCE], 0.1, 1, id="asked for"),
        pytest.param("reply", None, [Mode.ENFORCE], 0.1, 1, id="asked for where nothing is said"),
        pytest.param("reply", "required", [Mode.ENFORCE], 0.8, 2, id="asked for and delicate"),
        pytest.param("reply", "four_eyes", [Mode.ENFORCE], 0.0, 2, id="four eyes"),
        pytest.param("reply", "none", [Mode.ENFORCE, Mode.DRAFT], 0.0, 1, id="its rule is draft"),
        pytest.param("ads", None, [Mode.DRAFT], 0.1, 1, id="a draft of ads"),
        pytest.param("ads", None, [Mode.DRAFT], 0.9, 2, id="a delicate draft of ads"),
        pytest.param("ads", None, [Mode.ENFORCE], 0.9, 0, id="ads that may act alone"),
        pytest.param("escalate", None, [Mode.ENFORCE], 1.0, 0, id="an escalation never waits"),
        pytest.param("escalate", None, [Mode.DRAFT], 1.0, 1, id="nor for a second person"),
        pytest.param("hide", None, [Mode.ENFORCE], 0.9, 2, id="hiding what is delicate"),
        pytest.param("notify", None, [Mode.DRAFT], 1.0, 0, id="inward actions need nobody"),
    ],
)
def test_how_many_people_are_needed(kind, approval, modes, *, risk, needed):
    params = {} if approval is None else {"approval": approval}
    found = approvals_needed(kind, params, modes, risk=risk, four_eyes_above=0.8)
    assert found == needed


def test_notices_of_a_chain_in_draft_wait_for_one_person():
    def needed(mode, **params):
        return approvals_needed("notify", params, [mode], risk=1.0, four_eyes_above=0.8)

    assert needed(Mode.DRAFT, chain="on-call") == 1
    assert needed(Mode.ENFORCE, chain="on-call") == 0
    assert needed(Mode.DRAFT, channel="team") == 0


def test_nobody_is_two_people():
    names = ["Zoe", " zoe", "ZOE ", "zoe"]
    assert {person_key(name) for name in names} == {"zoe"}
    assert standing(said(*(f"{name}+" for name in names))).approvers == ("zoe",)
