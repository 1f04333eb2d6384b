"""Whom not to talk to: ourselves, machines, and those who asked to be left alone."""

import pytest

from engine.account import Account
from engine.dispatch.gates.own_account import OwnAccountGate
from engine.reasons import Reason
from engine.sending import OptOut, Standing, UpstreamChange
from engine.testing import NOON, mention
from tests.dispatch.answers import DAY, MINUTE, THANKS, answer, gates, sent, verdict
from tests.dispatch.ledger import MemoryLedger

ACME = Account("acme", "mastodon", "import", "https://x.example", handle="@Acme", account_id="7")


def talk(rounds, *, apart=MINUTE, answered=True, **fields):
    """Our replies and the mentions they answered, oldest first, and the mention that waits now.

    Each mention is written a little after the reply before it, or all of them before any reply.
    """
    first = NOON - (rounds + 1) * apart
    items, sends = [], []
    for number in range(1, rounds + 2):
        replied_at = first + number * apart
        written_at = replied_at - apart / 2 if answered else first - DAY
        about = mention(
            external_id=str(number), published_at=written_at, **{"author_id": "zoe", **fields}
        )
        items.append(answer(number, about=about, text=THANKS))
        sends.append(sent(items[-1], NOON - replied_at))
    return MemoryLedger(*sends[:-1]), [item.mention for item in items], items[-1]


@pytest.mark.parametrize(
    ("rounds", "apart", "goes"),
    [
        pytest.param(2, MINUTE, True, id="two rounds"),
        pytest.param(3, MINUTE, False, id="three rounds in three minutes"),
        pytest.param(3, 9 * MINUTE, False, id="three rounds in 27 minutes"),
        pytest.param(3, 10 * MINUTE, True, id="the first of three rounds is 30 minutes old"),
    ],
)
async def test_a_talk_of_machines_ends(rounds, apart, goes):
    ledger, known, item = talk(rounds, apart=apart)
    held = await verdict(gates(ledger, known=known).bot_loop, item)
    assert (held is None) is goes
    if held:
        assert held.by is Reason.BOT_LOOP
        assert held.detail == "3 replies in 30m were answered each"


async def test_complaints_written_before_we_replied_are_no_talk():
    ledger, known, item = talk(4, answered=False)
    assert await verdict(gates(ledger, known=known).bot_loop, item) is None


async def test_one_reply_that_was_not_answered_breaks_the_talk():
    ledger, known, item = talk(3)
    known[1] = mention(external_id="2", author_id="zoe", published_at=NOON - DAY)
    assert await verdict(gates(ledger, known=known).bot_loop, item) is None


async def test_an_answer_is_known_by_what_it_answers_whatever_its_clock_says():
    ledger, known, item = talk(3, answered=False)
    for number, one in enumerate(sorted(ledger.sends), start=1):
        reply = ledger.sends[one]
        ledger.sends[one] = sent(
            answer(number, about=known[number - 1]), NOON - reply.at, remote_id=f"r{number}"
        )
        known[number] = mention(
            external_id=str(number + 1),
            author_id="zoe",
            published_at=NOON - DAY,
            in_reply_to=f"r{number}",
        )
    item = answer(4, about=known[3], text=THANKS)
    held = await verdict(gates(ledger, known=known).bot_loop, item)
    assert held.by is Reason.BOT_LOOP


async def test_a_talk_with_several_people_in_one_thread_is_none():
    ledger, known, _ = talk(3, in_reply_to="post")
    other = answer(9, author_id="tom", in_reply_to="post", published_at=NOON)
    assert await verdict(gates(ledger, known=known).bot_loop, other) is None


async def test_where_nobody_is_named_the_thread_is_judged():
    ledger, known, item = talk(3, author_id=None, handle=None, in_reply_to="post")
    held = await verdict(gates(ledger, known=known).bot_loop, item)
    assert held.by is Reason.BOT_LOOP


@pytest.mark.parametrize(
    ("fields", "goes"),
    [
        pytest.param({"author_id": "7"}, False, id="our account by its id"),
        pytest.param({"author_id": "8", "handle": "@ACME"}, False, id="our account by its handle"),
        pytest.param({"author_id": "7", "source": "x"}, True, id="that id on another source"),
        pytest.param(
            {"author_id": "8", "handle": "@acme", "source": "x"}, True, id="that handle elsewhere"
        ),
        pytest.param(
            {"author_id": "8", "handle": "AcmeCare", "source": "x"}, False, id="a brand's handle"
        ),
        pytest.param({"author_id": "8", "handle": None}, True, id="somebody"),
        pytest.param({"author_id": None, "handle": None}, True, id="nobody"),
    ],
)
@pytest.mark.parametrize("kind", ["reply", "hide"])
async def test_we_do_not_answer_ourselves(fields, goes, kind):
    gate = OwnAccountGate([ACME, Account("bare", "x", "x", "")], lambda: ["@acmecare"])
    held = await verdict(gate, answer(1, kind=kind, **fields))
    assert (held is None) is goes
    assert held is None or held.by is Reason.OWN_ACCOUNT


@pytest.mark.parametrize(
    ("wish", "detail"),
    [
        pytest.param(
            OptOut("x", "x:77", "zoe", NOON, mention="x:1"),
            "on x at 2026-03-02T12:00:00Z, in x:1",
            id="said in a mention",
        ),
        pytest.param(
            OptOut("", None, "zoe", NOON, by="tom"),
            "at 2026-03-02T12:00:00Z, recorded by tom",
            id="told by a person",
        ),
    ],
)
async def test_who_asked_to_be_left_alone_is_not_replied_to(wish, detail):
    gate = gates(MemoryLedger(opt_out=wish)).opt_out
    held = await verdict(gate, answer(1))
    assert (held.by, held.detail) == (Reason.OPT_OUT, detail)
    assert await verdict(gate, answer(1, kind="hide")) is None


async def test_a_wish_of_nobody_who_is_named_is_not_replied_to():
    gate = gates(MemoryLedger(), own_handles=("acme",)).opt_out
    for text, kind in (("STOP", "message"), ("@Acme please stop messaging me", "post")):
        item = answer(1, about=mention(text, author_id=None, handle=None, kind=kind))
        held = await verdict(gate, item)
        assert held is not None, text
        assert held.by is Reason.OPT_OUT
    other = mention("hello", author_id=None, handle=None, kind="message")
    assert await verdict(gate, answer(1, about=other)) is None


async def test_who_asked_for_nothing_is_replied_to():
    assert await verdict(gates(MemoryLedger()).opt_out, answer(1)) is None


@pytest.mark.parametrize(
    ("standing", "by", "detail"),
    [
        pytest.param(Standing(is_stored=True), None, "", id="as it was"),
        pytest.param(
            Standing(is_stored=True, change=UpstreamChange("import", "1", "edited", NOON)),
            Reason.MENTION_EDITED,
            "edited, as was heard at 2026-03-02T12:00:00Z",
            id="edited",
        ),
        pytest.param(
            Standing(is_stored=True, change=UpstreamChange("import", "1", "deleted", NOON)),
            Reason.MENTION_GONE,
            "deleted, as was heard at 2026-03-02T12:00:00Z",
            id="deleted",
        ),
        pytest.param(
            Standing(is_stored=False), Reason.MENTION_GONE, "it is no longer stored", id="erased"
        ),
    ],
)
@pytest.mark.parametrize("kind", ["reply", "hide"])
async def test_a_mention_must_stand_as_it_was(standing, by, detail, kind):
    gate = gates(MemoryLedger(standing=standing)).mention_changed
    held = await verdict(gate, answer(1, kind=kind))
    assert (held and held.by, held.detail if held else "") == (by, detail)
    assert await verdict(gate, answer(1, kind="notify")) is None
