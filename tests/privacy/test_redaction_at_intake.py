"""Redaction at intake: what is stored and classified, and what is set aside."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from engine.mention import Author, Mention, Place
from engine.mention_json import read_mention
from engine.policy import PolicySet
from engine.ports import DeadLetter, SourceBatch
from engine.redaction.inputs import Redactor
from streams.pipeline import Pipeline

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
MENTION = Mention("m-1", "import", "1", "appelez le 06 12 34 56 78 #sav", AT, language="fr")


class NoIdentifier:
    def identify(self, texts, declared=None):
        return [None for _ in texts]


def stages(redactor: Redactor | None) -> Pipeline:
    return Pipeline(
        identifier=NoIdentifier(),
        classify=lambda mentions: [() for _ in mentions],
        policies=PolicySet((), {}, ""),
        redactor=redactor,
    )


def prepared(mention: Mention, redactor: Redactor | None = Redactor()) -> Mention:  # noqa: B008
    return stages(redactor).prepare(SourceBatch("in", (mention,))).mentions[0]


def test_a_mention_is_stored_without_what_is_personal_in_its_text() -> None:
    assert prepared(MENTION).text == "appelez le [phone] #sav"


def test_markup_does_not_hide_an_address() -> None:
    hidden = replace(MENTION, text="<b>jo</b>e&#64;example.com")

    assert prepared(hidden).text == "[email]"


def test_nothing_is_taken_out_where_the_settings_say_so() -> None:
    assert prepared(MENTION, None).text == MENTION.text


def test_an_id_made_of_the_text_stays() -> None:
    read = read_mention({"text": MENTION.text, "published_at": "2026-03-02T12:00:00Z"})

    assert prepared(read).id == read.id


def test_links_lose_addresses_and_numbers() -> None:
    linked = replace(
        MENTION, text="voir", links=("mailto:a@b.fr", "tel:+33612345678", "https://x.fr/1")
    )

    assert prepared(linked).links == ("mailto:[email]", "tel:[phone]", "https://x.fr/1")


def test_what_is_said_of_media_is_redacted() -> None:
    pictured = replace(
        MENTION, text="voir", media=({"url": "https://x.fr/1.png", "alt": "tel 06 12 34 56 78"},)
    )

    assert prepared(pictured).media == ({"url": "https://x.fr/1.png", "alt": "tel [phone]"},)


def test_the_author_stays() -> None:
    written = replace(MENTION, author=Author(handle="a@b.fr", name="0612345678"))

    assert prepared(written).author == written.author


def test_the_country_says_how_numbers_are_read() -> None:
    there = replace(MENTION, text="call 0412 345 678", language="en", place=Place(country="AU"))

    assert prepared(there).text == "call [phone]"


def test_a_line_of_json_that_is_no_mention_is_kept_without_what_is_personal() -> None:
    raw = json.dumps({"text": "mail\na@b.fr", "external_id": "4242424242424242", "likes": "many"})
    letter = DeadLetter("in", "f:1", "metrics.likes must be a number, saw 'tel 0612345678'", raw)

    kept = stages(Redactor()).prepare(SourceBatch("in", (), (letter,))).dead[0]

    assert json.loads(kept.raw) == {
        "text": "mail\n[email]",
        "external_id": "4242424242424242",
        "likes": "many",
    }
    assert kept.reason == "metrics.likes must be a number, saw 'tel [phone]'"


def test_a_line_cut_in_its_midst_is_redacted_behind_its_escapes() -> None:
    letter = DeadLetter("in", "f:1", "cut", r'{"text": "tel\n06 12 34 56 78 et')

    kept = stages(Redactor()).prepare(SourceBatch("in", (), (letter,))).dead[0]

    assert kept.raw == r'{"text": "tel\n[phone] et'


def test_a_mention_of_which_nothing_is_left_is_set_aside_redacted() -> None:
    empty = replace(MENTION, text="<!-- 4242 4242 4242 4242 -->")

    kept = stages(Redactor()).prepare(SourceBatch("in", (empty,))).dead[0]

    assert "4242 4242" not in kept.raw
