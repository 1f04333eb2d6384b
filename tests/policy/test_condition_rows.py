"""Conditions against three mentions, worked out from the language's page: true, false, undecided."""

from __future__ import annotations

import pytest

from engine.mention_json import read_mention
from engine.policy import Facts, load_text
from engine.testing import NOON

HEAD = """policy: a
lists:
  press: ["@bigpaper", "@local*", "re?ters"]
  tags: [fail*, "#boycott"]
  hosts: ["https://evil.example/*"]
  sources: [x, red*]
  ids: ["77", "8?"]
  caf: ["Café *"]
macros:
  neg: {sentiment: negative}
  strong: {sentiment: {is: negative, at_least: 0.8}}
  nested: {any: [{macro: strong}, {not: {macro: neg}}]}
rules:
"""
FULL = {
    "id": "m1",
    "source": "reddit",
    "external_id": "1122",
    "kind": "review",
    "text": "Acme café is AWFUL",
    "language": "fr",
    "url": "https://evil.example/a?b=C",
    "links": ["https://ok.example", "https://evil.example/z"],
    "hashtags": ["failed", "boycott"],
    "brand": "acme",
    "in_reply_to": "99",
    "media": ["https://a/b.png"],
    "place": {"name": "Lyon", "country": "FR"},
    "author": {
        "id": "77",
        "handle": "@Zoe",
        "name": "Zoé Martin",
        "followers": 120,
        "verified": False,
        "created_at": "2020-01-01T00:00:00Z",
    },
    "metrics": {"likes": 5, "shares": 0, "replies": 2, "reach": None},
    "classifications": {
        "sentiment": {"label": "negative", "score": 0.8},
        "emotion": {"label": "anger", "score": 0.55},
        "topic": {"label": "price", "score": 0.61},
        "irony": {"label": "unknown", "score": 0.5, "scores": {"irony": 0.5, "not_irony": 0.5}},
    },
}
BARE = {"text": "hello", "language": "en", "author": {"id": "5"}}
OTHER = {
    **FULL,
    "classifications": {"sentiment": {"label": "positive", "score": 0.95}},
    "author": {"handle": "bigpaper", "followers": 0, "verified": True},
    "hashtags": [],
    "links": [],
    "source": "x",
}
MENTIONS = [
    read_mention({"published_at": "2026-03-02T09:00:00Z", **one}) for one in (FULL, BARE, OTHER)
]
SAID = {True: "y", False: "n", None: "?"}

# condition, and what it says of the full, the bare and the other mention: y(es), n(o), ? undecided
ROWS = [
    ("{sentiment: negative}", "y?n"),
    ("{sentiment: {is: negative, at_least: 0.8}}", "y?n"),
    ("{sentiment: {is: negative, more_than: 0.8}}", "n?n"),
    ("{sentiment: {at_least: 0.9}}", "n?y"),
    ("{sentiment: {is_not: negative}}", "n?y"),
    ("{sentiment: {in: [negative, neutral]}}", "y?n"),
    ("{sentiment: {not_in: [negative, neutral]}}", "n?y"),
    ("{sentiment: {exists: true}}", "yny"),
    ("{sentiment: {exists: false}}", "nyn"),
    ("{irony: irony}", "???"),
    ("{irony: {is_not: irony}}", "???"),
    ("{not: {irony: irony}}", "???"),
    ("{not: {irony: irony}, missing: match}", "yyy"),
    ("{not: {sentiment: negative}}", "n?y"),
    ("{not: {sentiment: negative}, missing: match}", "nyy"),
    ("{all: [{sentiment: negative}, {text: hello}]}", "n?n"),
    ("{all: [{sentiment: negative}, {text: nope}]}", "nnn"),
    ("{any: [{sentiment: negative}, {text: hello}]}", "yyn"),
    ("{any: [{sentiment: negative}, {text: nope}]}", "y?n"),
    ("{not: {all: [{sentiment: negative}, {text: nope}]}}", "yyy"),
    ("{not: {any: [{sentiment: negative}, {text: nope}]}}", "n?y"),
    ("{any: [{not: {place: {exists: true}}}, {sentiment: positive}]}", "nyy"),
    ("{macro: neg}", "y?n"),
    ("{macro: strong}", "y?n"),
    ("{macro: nested}", "y?y"),
    ("{not: {macro: nested}}", "n?n"),
    ("[{macro: neg}, {not: {author.handle: {in_list: press}}, missing: match}]", "y?n"),
    ("{author.followers: {at_least: 120}}", "y?n"),
    ("{author.followers: {more_than: 120}}", "n?n"),
    ("{author.followers: {at_most: 120}}", "y?y"),
    ("{author.followers: {less_than: 120}}", "n?y"),
    ("{author.followers: 120}", "y?n"),
    ("{author.followers: {is: 0}}", "n?y"),
    ("{author.followers: {is_not: 0}}", "y?n"),
    ("{author.followers: {in: [0, 5]}}", "n?y"),
    ("{author.followers: {at_least: 1, less_than: 200}}", "y?n"),
    ("{author.verified: true}", "n?y"),
    ("{author.verified: {is: false}}", "y?n"),
    ("{author.verified: {is_not: true}}", "y?n"),
    ("{author.verified: {exists: true}}", "yny"),
    ("{author.handle: zoe}", "y?n"),
    ("{author.handle: '@ZOE'}", "y?n"),
    ("{author.handle: {is_not: '@zoe'}}", "n?y"),
    ("{author.handle: {in: ['@zoe', b]}}", "y?n"),
    ("{author.handle: {in_list: press}}", "n?y"),
    ("{author.handle: {not_in_list: press}}", "y?n"),
    ("{author.handle: {contains: oe}}", "y?n"),
    ("{author.handle: {matches: '^@?zoe$'}}", "n?n"),
    ("{author.handle: {matches: '(?i)zoe'}}", "y?n"),
    ("{author.name: zoé martin}", "y??"),
    ("{author.name: zoe martin}", "n??"),
    ("{author.name: {contains: MARTIN}}", "y??"),
    ("{author.name: {contains: zoe}}", "n??"),
    ("{author.name: {exists: false}}", "nyy"),
    ("{author.id: '77'}", "yn?"),
    ("{author.id: 77}", "yn?"),
    ("{author.id: {in_list: ids}}", "yn?"),
    ("{source: reddit}", "ynn"),
    ("{source: REDDIT}", "ynn"),
    ("{source: import}", "nyn"),
    ("{source: {in_list: sources}}", "yny"),
    ("{source: {not_in: [x, reddit]}}", "nyn"),
    ("{kind: review}", "yny"),
    ("{kind: {is_not: mention}}", "yny"),
    ("{language: fr}", "yny"),
    ("{language: FR}", "yny"),
    ("{language: {in: [en, de]}}", "nyn"),
    ("{brand: acme}", "y?y"),
    ("{brand: {exists: false}}", "nyn"),
    ("{in_reply_to: {exists: true}}", "yny"),
    ("{in_reply_to: '99'}", "y?y"),
    ("{media: {exists: true}}", "yny"),
    ("{place: {exists: true}}", "yny"),
    ("{place.country: fr}", "y?y"),
    ("{place.name: {is_not: Paris}}", "y?y"),
    ("{not: {place.country: DE}}", "y?y"),
    ("{hashtags: {any_in: [boycott]}}", "ynn"),
    ("{hashtags: {any_in: ['#Boycott', x]}}", "ynn"),
    ("{hashtags: {any_in_list: tags}}", "ynn"),
    ("{hashtags: {contains: boycott}}", "ynn"),
    ("{hashtags: {exists: true}}", "ynn"),
    ("{not: {hashtags: {any_in_list: tags}}}", "nyy"),
    ("{links: {any_in_list: hosts}}", "ynn"),
    ("{links: {any_in: ['https://ok.example']}}", "ynn"),
    ("{url: {contains: 'EVIL.example'}}", "y?y"),
    ("{url: {matches: 'b=C'}}", "y?y"),
    ("{url: {matches: 'b=c'}}", "n?n"),
    ("{url: {matches: '(?i)B=c$'}}", "y?y"),
    ("{metrics.likes: {at_least: 5}}", "y?y"),
    ("{metrics.shares: {more_than: 50}}", "n?n"),
    ("{metrics.reach: {at_least: 1}}", "???"),
    ("{metrics.reach: {exists: false}}", "yyy"),
    ("{not: {metrics.reach: {at_least: 1}}, missing: match}", "yyy"),
    ("{text: {contains: 'CAFÉ is'}}", "yny"),
    ("{text: {contains: 'cafe is'}}", "nnn"),
    ("{text: {is: hello}}", "nyn"),
    ("{text: {matches: 'AWFUL$'}}", "yny"),
    ("{text: {matches: 'awful'}}", "nnn"),
    ("{text: 'awful NOT great'}", "yny"),
    ("{text: {in: [HELLO]}}", "nyn"),
    ("{text: {exists: true}}", "yyy"),
    ("{emotion: {in: [anger, joy], at_least: 0.5}}", "y??"),
    ("{topic: {is: price, at_least: 0.61, at_most: 0.61}}", "y??"),
    ("{topic: {at_least: 0.7}}", "n??"),
    ("{any: [{irony: irony}, {sentiment: negative}]}", "y??"),
    ("{all: [{irony: irony}, {sentiment: negative}]}", "??n"),
    ("{not: [{sentiment: negative}, {source: reddit}]}", "nyy"),
    ("{not: {sentiment: negative, source: reddit}}", "nyy"),
    ("{not: {not: {sentiment: negative}}}", "y?n"),
    ("{not: {all: [{not: {place.country: DE}, missing: match}, {source: x}]}}", "yyn"),
    ("{id: m1}", "yny"),
    ("{external_id: '1122'}", "yny"),
    ("{published_at: {exists: true}}", "yyy"),
    ("{author.created_at: {exists: true}}", "ynn"),
    ("{author.name: {in_list: caf}}", "n??"),
]


@pytest.fixture(scope="module")
def rules():
    text = HEAD + "".join(f"  - {{id: r{at}, when: {row[0]}}}\n" for at, row in enumerate(ROWS))
    made, problems = load_text(text, now=NOON, tasks={"topic": ("price", "quality")})
    assert made is not None, [one.as_text() for one in problems]
    return made.policies[0].rules


@pytest.mark.parametrize("at", range(len(ROWS)), ids=[row[0] for row in ROWS])
def test_a_condition_says_what_its_page_says(at, rules):
    facts = [Facts(mention, mention.classifications) for mention in MENTIONS]

    condition = rules[at].condition
    assert "".join(SAID[condition.evaluate(one)] for one in facts) == ROWS[at][1]
    assert "".join(SAID[condition.trace(one).held] for one in facts) == ROWS[at][1]
