from __future__ import annotations

from datetime import UTC, datetime

import pytest
from loading import NOW, holds, rule_of

from engine.mention import Metrics, Place
from engine.policy import Facts, load_text
from engine.testing import given, mention

T, F, U = "{source: import}", "{source: other}", "{language: fr}"  # U: language is absent


@pytest.mark.parametrize(
    ("when", "answer"),
    [
        (f"[{T}, {T}]", True), (f"[{T}, {F}]", False), (f"[{T}, {U}]", None), (f"[{U}, {F}]", False),
        (f"{{any: [{F}, {T}]}}", True), (f"{{any: [{U}, {T}]}}", True), (f"{{any: [{U}, {F}]}}", None), (f"{{any: [{F}, {F}]}}", False),
        (f"{{not: {T}}}", False), (f"{{not: {F}}}", True), (f"{{not: {U}}}", None),
        (f"{{not: {U}, missing: match}}", True), (f"{{not: {T}, missing: match}}", False),
        (f"{{not: [{U}, {F}]}}", True), (f"{{not: {{any: [{U}, {F}]}}, missing: match}}", True),
        ("{source: import, brand: acme}", True), ("{source: import, brand: other}", False),
        (f"{{source: import, any: [{F}, {T}]}}", True), (f"{{all: [{T}], not: {F}}}", True),
    ],
)  # fmt: skip
def test_conditions_combine_with_three_values(when, answer):
    assert holds(when) is answer


@pytest.mark.parametrize(
    ("when", "answer"),
    [
        ("{sentiment: negative}", True), ("{sentiment: positive}", False), ("{sentiment: {is_not: positive}}", True),
        ("{sentiment: {is: negative, at_least: 0.8}}", True), ("{sentiment: {is: negative, at_least: 0.81}}", False),
        ("{sentiment: {at_least: 80%}}", True), ("{sentiment: {more_than: 0.8}}", False), ("{sentiment: {at_most: 0.8}}", True), ("{sentiment: {less_than: 0.8}}", False),
        ("{sentiment: {in: [neutral, negative]}}", True), ("{sentiment: {not_in: [neutral, negative]}}", False),
        ("{sentiment: {exists: true}}", True), ("{sentiment: {exists: false}}", False),
        ("{emotion: anger}", None), ("{emotion: {is_not: anger}}", None), ("{emotion: {exists: true}}", False), ("{emotion: {exists: false}}", True),
        ("{irony: irony}", None), ("{irony: {at_least: 0.1}}", None), ("{not: {irony: irony}, missing: match}", True),
        ("{offensive: offensive}", True),
    ],
)  # fmt: skip
def test_labels_have_a_name_and_a_score_and_unknown_is_no_label(when, answer):
    labels = given(sentiment=("negative", 0.8), irony=("unknown", 0.4), offensive="offensive")

    assert holds(when, classified=labels) is answer


FIELDS = {
    "handle": "@Zoé", "author_id": "77", "followers": 100, "hashtags": ("soldes", "acme"), "url": "https://Acme-Outlet.example/x",
    "language": "fr", "metrics": Metrics(shares=0), "place": Place(name="Paris"), "kind": "review",
}  # fmt: skip


@pytest.mark.parametrize(
    ("when", "answer"),
    [
        ("{author.handle: '@zoé'}", True), ("{author.handle: zoé}", True), ("{author.handle: '@zoe'}", False),
        ("{author.handle: {in: ['@x', '@ZOÉ']}}", True), ("{author.handle: {not_in: ['@x']}}", True), ("{author.handle: {in: ['@z*']}}", True), ("{author.handle: {not_in: ['@zo?']}}", False), ("{author.handle: {is: '@z*'}}", False),
        ("{author.handle: {in_list: press}}", False), ("{author.handle: {not_in_list: press}}", True),
        ("{author.handle: {in_list: wild}}", True), ("{author.handle: {contains: ZO}}", True), ("{author.handle: {contains: xx}}", False),
        ("{author.followers: 100}", True), ("{author.followers: {at_least: 100, less_than: 101}}", True), ("{author.followers: {more_than: 100}}", False),
        ("{author.followers: {in: [1, 100]}}", True), ("{author.verified: true}", None), ("{author.verified: {exists: false}}", True),
        ("{metrics.shares: {less_than: 1}}", True), ("{metrics.likes: {less_than: 1}}", None), ("{metrics: {exists: true}}", True),
        ("{hashtags: soldes}", True), ("{hashtags: {is_not: soldes}}", False), ("{hashtags: {any_in: ['#Soldes', x]}}", True),
        ("{hashtags: {any_in_list: wild}}", False), ("{hashtags: {contains: sold}}", True), ("{hashtags: {matches: '^sol'}}", True), ("{hashtags: {not_in: [a]}}", True),
        ("{url: {contains: acme-outlet}}", True), ("{url: {matches: acme}}", False), ("{url: {matches: '(?i)acme'}}", True), ("{url: {exists: true}}", True),
        ("{text: {matches: '\\bSKU-\\d{4}\\b'}}", True), ("{text: {contains: sku-12}}", True), ("{text: {is: x}}", False),
        ("{place.name: paris}", True), ("{place.country: fr}", None), ("{place: {exists: true}}", True), ("{media: {exists: true}}", False), ("{media: {contains: x}}", None),
        ("{links: {contains: x}}", False), ("{links: {exists: false}}", True), ("{in_reply_to: {exists: false}}", True),
        ("{language: {in: [FR, en]}}", True), ("{kind: review}", True),
        ("{published_at: {at_least: 2026-03-02T12:00:00Z}}", True), ("{published_at: {less_than: 2026-03-02}}", False), ("{author.created_at: {less_than: 2020-01-01}}", None),
        ("{text: 'SKU AND NOT fire'}", True), ("{text: '{words}'}", True), ("{text: nothing}", False),
    ],
)  # fmt: skip
def test_fields_are_asked_by_operators(when, answer):
    head = 'lists: {press: ["@paper"], wild: ["@z*", "so?"], words: ["box of"]}\n'

    assert holds(when, "A box of SKU-1234", head=head, **FIELDS) is answer


def test_a_macro_stands_for_its_condition_also_within_macros():
    head = (
        "macros: {a: {any: [{macro: b}, {source: x}]}, b: [{sentiment: negative}, {brand: acme}]}\n"
    )

    assert holds("{macro: a}", classified=given(sentiment="negative"), head=head) is True
    assert holds("{not: {macro: a}}", classified=given(sentiment="negative"), head=head) is False
    assert holds("{macro: a}", head=head) is None
    assert rule_of("{macro: a}", head=head).tasks == {"sentiment"}


def test_a_trace_shows_every_part_what_it_saw_and_what_it_wanted():
    when = "[{sentiment: {is: negative, at_least: 0.8}}, {not: {author.followers: {less_than: 5}}}, {emotion: anger}]"
    facts = Facts(mention(followers=9), given(sentiment=("positive", 0.7)))

    trace = rule_of(when).condition.trace(facts)

    assert trace.held is False
    first, second, third = trace.children
    assert (first.condition, first.held) == ("sentiment: {is: negative, at_least: 0.8}", False)
    assert first.value == {"label": "positive", "score": 0.7}
    assert first.wanted == {"is": "negative", "at_least": 0.8}
    assert (second.held, second.children[0].value, second.children[0].held) == (True, 9, False)
    assert (third.held, third.value, third.wanted) == (None, None, "anger")


def test_a_lone_surrogate_in_a_text_does_not_stop_a_pattern():
    assert holds("{text: {matches: 'ab'}}", "\ud800 ab") is True


def test_times_are_compared_as_instants():
    early = datetime(2020, 1, 1, tzinfo=UTC)

    assert (
        holds("{published_at: {less_than: 2020-01-01T01:00:00+00:30}}", published_at=early) is True
    )
    assert (
        holds("{published_at: {less_than: 2020-01-01T01:00:00+01:00}}", published_at=early) is False
    )


def test_a_circle_of_macros_is_reported_wherever_it_may_be_broken():
    text = (
        "policy: a\nmacros:\n  one: {macro: two}\n  two:\n    any:\n      - text: x\n"
        "      - macro: three\n  three: {macro: one}\n"
        "rules: [{id: r, when: {macro: one}, then: [{tag: [t]}]}]\n"
    )

    _, problems = load_text(text, now=NOW)

    assert [(one.code, one.span.line, one.message) for one in problems] == [
        ("R209", 3, "macro 'one' contains itself: one -> two -> three -> one"),
        ("R209", 4, "macro 'two' contains itself: two -> three -> one -> two"),
        ("R209", 8, "macro 'one' contains itself: one -> two -> three -> one"),
    ]
