from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import time_limit

from engine.errors import MentionError
from engine.mention import Author, Place
from engine.mention_json import read_mention
from engine.testing import mention
from streams.normalise import normalise

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        pytest.param("plain words", "plain words", id="plain-stays"),
        pytest.param("I <3 you, a < b, R&D", "I <3 you, a < b, R&D", id="signs-are-no-markup"),
        pytest.param("x <y> z <acme>", "x <y> z <acme>", id="unknown-tags-stay"),
        pytest.param("<p>Hi <b>there</b></p><p>x&nbsp;y<br>z</p>", "Hi there\nx y\nz", id="html"),
        pytest.param("I <3 <b>it</b> & so", "I <3 it & so", id="signs-beside-markup"),
        pytest.param("<ul><li>a<li>b</ul>", "a\nb", id="list"),
        pytest.param("<tr><td>a</td><td>b</td></tr>", "a b", id="cells-part"),
        pytest.param("a<script>alert(1)</script>b", "ab", id="scripts-go"),
        pytest.param("a<!-- note -->b", "ab", id="comments-go"),
        pytest.param("ok <img src=x alt='\U0001f600'>", "ok \U0001f600", id="image-says-its-alt"),
        pytest.param("fish &amp; chips", "fish & chips", id="entity"),
        pytest.param("fish &amp;amp;amp; chips", "fish & chips", id="entity-escaped-over"),
        pytest.param("caf&eacute; &#128512; &unknown;", "café \U0001f600 &unknown;", id="entities"),
        pytest.param("&lt;b&gt;bold&lt;/b&gt;", "bold", id="escaped-markup-is-markup"),
        pytest.param(
            "see https://x.test/?a=1&copy=2", "see https://x.test/?a=1&copy=2", id="query"
        ),
        pytest.param("cafe\u0301", "café", id="composed"),
        pytest.param("Itâ€™s cafÃ©", "It’s café", id="mojibake"),
        pytest.param("“q” ’tis ﬁne Ｆｕｌｌ", "“q” ’tis ﬁne Ｆｕｌｌ", id="as-its-author-wrote"),
        pytest.param("re\u200bfund re\u00adturn \ufeffx\u2060", "refund return x", id="zero-width"),
        pytest.param("a\u202etxt\u202c \u2066b\u2069\u200f", "atxt b", id="bidi"),
        pytest.param("a\x00b\x1bc\x07\x7f\x85d", "abc…d", id="controls"),
        pytest.param("\x1b[31mred\x1b[0m", "red", id="terminal-escapes"),
        pytest.param("re\u200cfund pay\u200dpal", "refund paypal", id="joiners-hide-no-word"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="persian-keeps-its-joiner"),
        pytest.param("क्\u200dष", "क्\u200dष", id="hindi-keeps-its-joiner"),
        pytest.param(f"{FAMILY} ok", f"{FAMILY} ok", id="family-stays"),
        pytest.param("❤️\u200d🔥 🏳️\u200d🌈 👍🏽", "❤️\u200d🔥 🏳️\u200d🌈 👍🏽", id="emoji-stay"),
        pytest.param(f"{ENGLAND}!", f"{ENGLAND}!", id="flag-stays"),
        pytest.param("hi\U000e0041\U000e0042 you", "hi you", id="hidden-tags-go"),
        pytest.param("  a \t b\u00a0\u2003c  ", "a b c", id="spaces"),
        pytest.param("a \r\n\r\n  b\u2028c", "a\nb\nc", id="line-breaks"),
        pytest.param("@acme Hello @zoe!", "@acme Hello @zoe!", id="handles-stay"),
    ],
)
def test_text(text, plain):
    assert normalise(mention(text)).text == plain


@pytest.mark.parametrize(
    "text",
    ["\u200b\u200b", "<p><br></p>", " \n\t", "&nbsp;", "\u3164", "\u2800", "<script>x</script>"],
)
def test_nothing_left_is_an_error(text):
    with pytest.raises(MentionError, match="text is empty once"):
        normalise(mention(text))


def test_escapes_nested_beyond_reason_are_refused():
    with pytest.raises(MentionError, match="nested more than 8 deep"):
        normalise(mention("<b" * 50 + ">" * 50))


def test_too_long_once_decoded_is_refused():
    # ftfy and entities shrink; only NFC can make a text longer (U+0958 is two characters composed).
    with pytest.raises(MentionError, match="at most 100000"):
        normalise(mention("\u0958" * 60_000))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<!--" * 25_000, id="comments-never-closed"),
        pytest.param("<a " + '"<a "' * 19_000, id="quotes-in-tags"),
        pytest.param("<a x='" * 16_000 + "'", id="quote-never-closed"),
        pytest.param("&am" * 33_000, id="half-entities"),
        pytest.param("\u200d" * 50_000 + "x", id="joiners"),
        pytest.param("e" + "\u0301" * 50_000, id="marks"),
    ],
)
def test_hostile_text_ends_soon(text):
    with time_limit(5):
        normalise(mention(text))


def test_plain_mention_is_the_same_object():
    one = mention("hello acme")
    assert normalise(one) is one


def test_links_of_anchors_are_kept_and_those_of_tags_are_not():
    text = (
        '<p>See <a href="https://shop.test/?a=1&amp;b=2">our shop</a>, https://b.test. '
        '<a href="https://h.test/tags/acme">#<span>acme</span></a> '
        '<a href="https://h.test/@zoe">@zoe</a> <a href="javascript:alert(1)">x</a></p>'
    )
    found = normalise(read_mention({"text": text, "published_at": "2026-03-02T09:00:00Z"}))
    assert found.text == "See our shop, https://b.test. #acme @zoe x"
    assert found.links == ("https://shop.test/?a=1&b=2", "https://b.test")
    assert found.hashtags == ("acme",)


def test_colours_in_markup_are_no_hashtags():
    text = "<span style='color:#fff'>nice</span> #Acme"
    found = normalise(read_mention({"text": text, "published_at": "2026-03-02T09:00:00Z"}))
    assert found.hashtags == ("acme",)


def test_given_links_and_hashtags_come_first_and_stay():
    one = mention("#b &amp; https://b.test", hashtags=("a",), links=("https://a.test/?x&amp;y",))
    found = normalise(one)
    assert found.hashtags == ("a", "b")
    assert found.links == ("https://a.test/?x&y", "https://b.test")


def test_shown_names_lose_what_could_redraw_a_terminal():
    one = mention(
        "hi", author=Author(name="Zo\x1be\u202e\n X", handle="@z\u200b"), place=Place("P\x07")
    )
    found = normalise(one)
    assert (found.author.name, found.author.handle, found.place.name) == ("Zoe X", "@z", "P")


PIECES = st.sampled_from(
    [
        *(
            "<b>",
            "</p>",
            "<br/>",
            "<a href='https://x.test/?a&amp;b'>",
            "<!-- c -->",
            "<",
            ">",
            "&",
        ),
        *("&amp;", "&lt;", "&gt;", "&#38;", "&#x26;", "&num;", "&nbsp;", "amp;", "#", "lt;", ";"),
        *(
            "https://y.test/&amp;",
            "#tag",
            "@zoe",
            " ",
            "\n",
            "\r",
            "\t",
            "\u00a0",
            "\u2028",
            "\x00",
        ),
        *(
            "\u200b",
            "\u200c",
            "\u200d",
            "\u202e",
            "\ufe0f",
            "\u0301",
            "e",
            "É",
            "Ã©",
            "â€™",
            "\u0958",
        ),
        *(
            FAMILY,
            ENGLAND,
            "\U0001f3f4",
            "\U000e0067",
            "می",
            "क्",
            "ﬁ",
            "Ａ",
            "\u3164",
            "\u2800",
            "\x1b[1m",
        ),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=4), min_size=1, max_size=12).map("".join)


@settings(max_examples=400, deadline=None)
@given(
    text=TEXTS,
    name=TEXTS,
    links=st.lists(TEXTS, max_size=2),
    hashtags=st.lists(st.text(string.ascii_lowercase, min_size=1), max_size=2),
)
def test_twice_is_once(text, name, links, hashtags):
    one = mention(text, author=Author(name=name), links=tuple(links), hashtags=tuple(hashtags))
    try:
        once = normalise(one)
    except MentionError:
        return
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once.text)
    assert once.text == once.text.strip() != ""
    assert "\x00" not in once.text
