"""Replies on Mastodon against an imitation of its server."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.actions.reply import ReplyReceivers
from engine.actions.reply.mastodon import MastodonReply
from engine.actions.reply.mastodon_api import MastodonApi, read_status
from engine.actions.reply.mastodon_text import addressed, counted_length, without_address
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError
from engine.reasons import Reason
from engine.receiving import Allowance, LookedUp, ReadsBack
from engine.testing import NOON, mention, planned

POST = "POST /api/v1/statuses"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def receivers(care, client, book):
    return ReplyReceivers([care], client, book=book)


@pytest.fixture
def reply(care, client, book):
    return MastodonReply(
        MastodonApi(care, client, book=book), prepare=lambda item, _: item.action.params["text"]
    )


def answering(named, text="We are sorry.", **fields):
    asked = mention("@acme hello", source="mastodon", external_id=named, language="en")
    return planned("reply", mention=asked, params={"text": text, "language": "en"}, **fields)


async def test_a_reply_names_its_reader_and_is_seen_by_who_saw_the_mention(mastodon, receivers):
    named = mastodon.do_add_status(by="bob@far.example", visibility="unlisted", spoiler_text="food")
    item = answering(named)
    receipt = await receivers.for_item(item).send(item, now=NOON)
    status = mastodon.statuses[receipt["remote_id"]]
    assert receipt["url"] == f"{mastodon.url}/@acme/{status['id']}"
    assert (status["text"], status["in_reply_to_id"]) == ("@bob@far.example We are sorry.", named)
    assert (status["visibility"], status["spoiler_text"]) == ("unlisted", "food")
    assert status["language"] == "en"
    assert [one["count"] for one in mastodon.seen("reply")] == [1]


async def test_a_mention_of_unheard_visibility_is_answered_quietly(mastodon, reply):
    named = mastodon.do_add_status(visibility="limited")
    await reply.send(answering(named), now=NOON)
    assert [one["visibility"] for one in mastodon.statuses.values()][1] == "unlisted"


async def test_a_direct_mention_is_answered_directly(mastodon, reply):
    named = mastodon.do_add_status(visibility="direct")
    receipt = await reply.send(answering(named), now=NOON)
    assert receipt["visibility"] == "direct"


@pytest.mark.parametrize(
    ("text", "posted"),
    [
        pytest.param("@bob sorry", "@bob sorry", id="named already"),
        pytest.param("sorry @BOB!", "sorry @BOB!", id="named elsewhere, in capitals"),
        pytest.param("ask @bobby", "@bob ask @bobby", id="another is named"),
        pytest.param(" sorry \n", "@bob sorry", id="space around it"),
    ],
)
async def test_the_reader_is_named_once(mastodon, reply, text, posted):
    named = mastodon.do_add_status()
    await reply.send(answering(named, text), now=NOON)
    assert [one["text"] for one in mastodon.seen("reply")] == [posted]


async def test_what_the_server_says_of_its_limit_is_told(mastodon, reply, book):
    named = mastodon.do_add_status()
    await reply.send(answering(named), now=NOON)
    assert book.said == {"account:care": Allowance(297, NOON + 5 * MINUTE)}


async def test_repeating_within_the_hour_has_no_second_effect(mastodon, reply):
    item = answering(mastodon.do_add_status())
    mastodon.fault("cut_after", at=POST)
    with pytest.raises(UnconfirmedActionError):
        await reply.send(item, now=NOON)
    first = await reply.send(item, now=NOON)
    assert first["remote_id"] in mastodon.statuses
    [seen] = mastodon.seen("reply")
    assert (seen["count"], seen["deliveries"]) == (1, 2)


async def test_after_the_key_is_forgotten_the_reply_is_found_before_it_is_sent_again(
    mastodon, reply, clock
):
    item = answering(mastodon.do_add_status())
    mastodon.fault("cut_after", at=POST)
    with pytest.raises(UnconfirmedActionError):
        await reply.send(item, now=NOON)
    clock.advance(2 * HOUR)
    again = replace(item, attempts=1, first_attempt_at=NOON)
    receipt = await reply.send(again, now=clock.now())
    [seen] = mastodon.seen("reply")
    assert (seen["count"], seen["deliveries"], seen["id"]) == (1, 1, receipt["remote_id"])


@pytest.mark.parametrize(
    ("is_sent", "minutes", "found"),
    [
        pytest.param(True, 0, True, id="there at once"),
        pytest.param(False, 0, None, id="not there, and too early to tell"),
        pytest.param(False, 1, False, id="not there after a minute"),
    ],
)
async def test_reading_back(mastodon, reply, is_sent, minutes, found):  # noqa: PLR0917 - one row of the table
    assert isinstance(reply, ReadsBack)
    item = replace(answering(mastodon.do_add_status()), first_attempt_at=NOON)
    if is_sent:
        receipt = await reply.send(item, now=NOON)
    looked = await reply.look_up(item, now=NOON + minutes * MINUTE)
    assert looked.is_there is found
    assert not is_sent or looked == LookedUp(is_there=True, receipt=receipt)


async def test_another_answer_of_ours_leaves_it_to_a_person(mastodon, reply):
    named = mastodon.do_add_status()
    mastodon.do_post_by_hand(in_reply_to=named, text="@bob we wrote to you")
    looked = await reply.look_up(answering(named), now=NOON + HOUR)
    assert looked.is_there is None
    assert "1 other answer" in looked.detail


async def test_a_reply_to_a_mention_that_is_gone_is_still_found(mastodon, reply):
    named = mastodon.do_add_status()
    item = replace(answering(named), first_attempt_at=NOON)
    receipt = await reply.send(item, now=NOON)
    mastodon.do_delete_status(named=named)
    looked = await reply.look_up(item, now=NOON + HOUR)
    assert (looked.is_there, looked.receipt) == (True, receipt)


async def test_where_our_statuses_do_not_fit_a_page_nobody_can_tell(mastodon, reply):
    named = mastodon.do_add_status()
    for number in range(40):
        mastodon.do_post_by_hand(in_reply_to=None, text=f"post {number}")
    mastodon.do_delete_status(named=named)
    item = replace(answering(named), first_attempt_at=NOON)
    assert (await reply.look_up(item, now=NOON + HOUR)).is_there is None


async def test_a_deleted_mention_is_not_answered(mastodon, reply):
    named = mastodon.do_add_status()
    mastodon.do_delete_status(named=named)
    with pytest.raises(PermanentActionError, match="Record not found") as caught:
        await reply.send(answering(named), now=NOON)
    assert caught.value.reason is Reason.MENTION_GONE


async def test_a_mention_that_says_something_else_by_now_is_not_answered(mastodon, reply, clock):
    named = mastodon.do_add_status()
    mastodon.do_edit_status(named=named, text="@acme all is well")
    item = answering(named)
    seen_since = replace(item, mention=replace(item.mention, observed_at=NOON))
    await reply.send(seen_since, now=NOON)
    clock.advance(MINUTE)
    mastodon.do_edit_status(named=named, text="@acme all is lost")
    with pytest.raises(PermanentActionError, match="edited at 2026-03-02T12:01:00Z") as caught:
        await reply.send(replace(seen_since, action=answering(named, number=2).action), now=NOON)
    assert caught.value.reason is Reason.MENTION_EDITED
    assert len(mastodon.seen("reply")) == 1


async def test_one_deleted_between_reading_and_answering_neither(mastodon, reply):
    named = mastodon.do_add_status()
    said = b'{"error":"The post you are trying to reply to does not appear to exist."}'
    mastodon.fault(status=404, body=said, at=POST)
    with pytest.raises(PermanentActionError) as caught:
        await reply.send(answering(named), now=NOON)
    assert caught.value.reason is Reason.MENTION_GONE


async def test_we_do_not_answer_ourselves(mastodon, care, client):
    named = mastodon.do_post_by_hand(in_reply_to=None, text="@acme hello")
    asked = MastodonReply(
        MastodonApi(replace(care, account_id=None), client), prepare=lambda *_: "hello"
    )
    with pytest.raises(PermanentActionError) as caught:
        await asked.send(answering(named), now=NOON)
    assert caught.value.reason is Reason.OWN_ACCOUNT
    assert mastodon.seen() == []


@pytest.mark.parametrize(
    ("text", "is_sent"),
    [
        pytest.param("x" * 495, True, id="the address just fits"),
        pytest.param("x" * 496, False, id="one character more"),
        pytest.param("https://acme.example/" + "x" * 900, True, id="a link counts 23"),
        pytest.param(
            "@eve@" + "far." * 150 + "example " + "x" * 480, True, id="a server's name not"
        ),
    ],
)
async def test_the_length_is_the_servers(mastodon, reply, text, is_sent):
    item = answering(mastodon.do_add_status(), text)
    if is_sent:
        await reply.send(item, now=NOON)
        return
    with pytest.raises(PermanentActionError, match="501 characters") as caught:
        await reply.send(item, now=NOON)
    assert caught.value.reason is Reason.TOO_LONG


async def test_an_expired_token_is_told_with_its_account(mastodon, reply):
    item = answering(mastodon.do_add_status())
    mastodon.do_expire_token()
    with pytest.raises(PermanentActionError, match="token of the account 'care' is refused"):
        await reply.send(item, now=NOON)


async def test_a_throttled_reply_waits_for_the_reset(mastodon, reply):
    item = answering(mastodon.do_add_status())
    mastodon.fault("throttled", at=POST)
    with pytest.raises(RecoverableActionError, match="429") as caught:
        await reply.send(item, now=NOON)
    assert caught.value.retry_after == 5 * MINUTE


async def test_a_reply_is_undone_once(mastodon, reply):
    receipt = await reply.send(answering(mastodon.do_add_status()), now=NOON)
    assert await reply.undo(receipt, now=NOON)
    assert not await reply.undo(receipt, now=NOON)
    assert receipt["remote_id"] not in mastodon.statuses


@pytest.mark.parametrize(
    ("item", "said"),
    [
        pytest.param(answering("../accounts/1"), "is no id of a Mastodon status", id="a path"),
        pytest.param(answering(""), "is no id of a Mastodon status", id="nothing"),
        pytest.param(answering("101", " "), "has no text", id="no text"),
        pytest.param(
            planned("hide", mention=mention(source="mastodon")), "no way to hide", id="hiding"
        ),
    ],
)
async def test_what_can_never_be_sent_is_refused_before_anything_is_asked(
    mastodon, receivers, item, said
):
    with pytest.raises(PermanentActionError, match=said):
        await receivers.for_item(item).send(item, now=NOON)
    assert mastodon.requests == []


async def test_a_mention_nobody_answers_is_told(care, client):
    receivers = ReplyReceivers([replace(care, brands=("acme",))], client)
    assert receivers.for_item(answering("1")).account(answering("1")) == "account:care"
    for asked in (mention(source="reddit"), mention(source="mastodon", brand="other")):
        with pytest.raises(PermanentActionError, match="no account answers") as caught:
            receivers.for_item(planned("reply", mention=asked))
        assert caught.value.reason is Reason.NO_ACCOUNT


def test_an_ads_account_answers_nobody(care, client):
    receivers = ReplyReceivers([replace(care, platform="meta_ads")], client)
    with pytest.raises(PermanentActionError, match="no account answers"):
        receivers.for_item(answering("1"))


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"id": "7"}', b'{"id": "7", "account": {"id": "1"}}']
)
async def test_a_mention_that_cannot_be_read_may_be_asked_for_again(mastodon, reply, body):
    mastodon.fault(status=200, body=body)
    with pytest.raises(RecoverableActionError):
        await reply.send(answering("101"), now=NOON)


async def test_a_post_answered_with_no_status_stays_in_doubt(mastodon, reply):
    item = answering(mastodon.do_add_status())
    mastodon.fault(status=200, body=b'{"scheduled_at": "later"}', at=POST)
    with pytest.raises(UnconfirmedActionError, match="no status"):
        await reply.send(item, now=NOON)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["id", "account", "acct", "visibility"]), inner)
        ),
    )
)
def test_no_answer_breaks_the_reader(found):
    status = read_status(found)
    assert status is None or (status.id and status.author.id and status.author.acct)


@given(
    text=st.text(max_size=50),
    acct=st.from_regex(r"[a-z0-9_]{1,10}(@[a-z]{1,8}\.example)?", fullmatch=True),
)
def test_an_address_is_put_before_once_and_taken_off_again(text, acct):
    once = addressed(text, acct)
    assert addressed(once, acct) == once
    assert without_address(once) == without_address(text)


@given(st.text(max_size=200))
def test_the_length_counted_is_never_less_than_that_of_the_plain_words(text):
    assert counted_length(text) >= len(text) or "@" in text or "://" in text
