"""Duplicates: what was done or said before is not done or said again."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dispatch.fingerprint import KEPT, fingerprint, likeness
from engine.reasons import Reason
from tests.dispatch.answers import DAY, HOUR, MINUTE, SORRY, THANKS, answer, gates, sent, verdict
from tests.dispatch.ledger import MemoryLedger

NEARLY = "We are sorry for the trouble and are looking into it right away."


async def test_a_mention_is_replied_to_once_whatever_rule_asks():
    about = answer(1).mention
    ledger = MemoryLedger(sent(answer(1, about=about), 90 * DAY))
    held = await verdict(gates(ledger).duplicate, answer(2, about=about, text=THANKS, rule="calm"))
    assert held.by is Reason.DUPLICATE
    assert held.detail == "the mention has a reply already, of 2025-12-02T12:00:00Z"


async def test_a_mention_may_be_hidden_and_replied_to_each_once():
    about = answer(1).mention
    ledger = MemoryLedger(sent(answer(1, about=about, kind="hide"), MINUTE))
    assert await verdict(gates(ledger).duplicate, answer(2, about=about)) is None
    held = await verdict(gates(ledger).duplicate, answer(2, about=about, kind="hide"))
    assert held.by is Reason.DUPLICATE


@pytest.mark.parametrize(
    ("text", "ago", "goes"),
    [
        pytest.param(SORRY, 7 * DAY - MINUTE, False, id="the same within 7 days"),
        pytest.param(SORRY, 7 * DAY, True, id="the same after 7 days"),
        pytest.param(NEARLY, HOUR, False, id="nearly the same"),
        pytest.param(SORRY.upper(), HOUR, False, id="louder"),
        pytest.param(f"@zoe {SORRY} https://acme.example/help", HOUR, False, id="with a link"),
        pytest.param(THANKS, HOUR, True, id="something else"),
    ],
)
@pytest.mark.parametrize("same", ["author", "thread"])
async def test_an_author_or_a_thread_is_not_told_the_same_again(text, ago, goes, same):
    fields = {"author_id": "zoe"} if same == "author" else {"in_reply_to": "post"}
    ledger = MemoryLedger(sent(answer(1, **fields), ago))
    held = await verdict(gates(ledger).duplicate, answer(2, text=text, **fields))
    assert (held is None) is goes
    if held:
        assert same in held.detail


async def test_the_name_of_whom_it_addresses_makes_no_other_text():
    one = answer(1, in_reply_to="post", handle="@zoe", text=f"Dear zoe, {SORRY}")
    other = answer(2, in_reply_to="post", handle="@tom", text=f"Dear tom, {SORRY}")
    held = await verdict(gates(MemoryLedger(sent(one, HOUR))).duplicate, other)
    assert held.detail.startswith("100% like what this thread was sent at")


@pytest.mark.parametrize(
    ("before", "ago", "goes"),
    [
        pytest.param(2, 59 * MINUTE, True, id="one more may have it"),
        pytest.param(3, 59 * MINUTE, False, id="as many as allowed had it within the hour"),
        pytest.param(3, HOUR, True, id="an hour ago counts no more"),
    ],
)
async def test_many_authors_are_not_told_the_same(before, ago, goes):
    ledger = MemoryLedger(*(sent(answer(n), ago) for n in range(1, before + 1)))
    held = await verdict(gates(ledger, duplicates={"authors": 3}).duplicate, answer(9))
    assert (held is None) is goes
    if held:
        assert held.detail == "3 authors were sent the same within 1h"


async def test_a_text_without_words_is_like_none():
    ledger = MemoryLedger(sent(answer(1, text="!!! @zoe 24", author_id="zoe"), HOUR))
    assert (
        await verdict(gates(ledger).duplicate, answer(2, text="!!! @zoe 24", author_id="zoe"))
        is None
    )


_TEXTS = st.text(max_size=200) | st.lists(
    st.sampled_from(["a", "b", "c", "d", "e", "f"]), max_size=80
).map(" ".join)


@given(_TEXTS, _TEXTS)
def test_likeness_is_symmetric_and_a_share(one, other):
    found = likeness(fingerprint(one), fingerprint(other))
    assert found == likeness(fingerprint(other), fingerprint(one))
    assert 0 <= found <= 1


@given(_TEXTS)
def test_a_text_with_words_is_like_itself_and_its_fingerprint_is_short(text):
    found = fingerprint(text)
    assert len(found) <= KEPT
    assert list(found) == sorted(set(found))
    assert likeness(found, found) == (1.0 if found else 0.0)


@given(
    st.lists(st.integers(0, 400), min_size=150, max_size=400, unique=True),
    st.integers(0, 100),
)
def test_long_texts_are_told_apart_by_an_estimate(words, share):
    """Against the exact share of common pairs; four deviations of the estimate are allowed."""
    texts = [f"w{word}" for word in words]
    other = texts[: len(texts) * share // 100] + [f"v{word}" for word in words]
    pairs = [{*pairwise(found)} for found in (texts, other)]
    exact = len(pairs[0] & pairs[1]) / len(pairs[0] | pairs[1])
    found = likeness(fingerprint(" ".join(texts)), fingerprint(" ".join(other)))
    assert abs(found - exact) < 0.29


def test_a_fingerprint_is_the_same_in_every_process():
    assert fingerprint("We are sorry") == (2370135091, 3677446140)
