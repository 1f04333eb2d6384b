"""What each lint must find, with ``»`` right before the place, and near misses it must leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from engine.policy import read_platform_packs

SHIPPED, _ = read_platform_packs(Path(__file__).parents[2] / "rules" / "platforms")
# A pack that ships and has grown old: those that do are younger than the clock of these tests.
PACKS = SHIPPED | {
    "forum": replace(SHIPPED["bluesky"], id="forum", last_reviewed=date(2025, 9, 2)),
    "board": replace(SHIPPED["bluesky"], id="board", last_reviewed=date(2025, 9, 3)),
}
HEAD = """policy: a
brands: [acme]
lists: {press: ["@paper", "@zoe"], wild: ["@p*"], words: [refund, "money back", rembours*]}
macros: {angry: {sentiment: {is: negative, at_least: 0.8}}, asks: {any: [{sentiment: neutral}, {text: why}]}}
templates: {sorry: {en: "Sorry"}, both: {en: "Sorry", fr: "Pardon"}, long: {en: "LONG"}, branch: {en: "{% if brand %}hi{% else %}LONG{% endif %}"}}
rules:
""".replace("LONG", "ab " * 110)
REPLY = "cooldown: {per: author, for: 1d}, then: [{reply: {template: %s}}]"


def when(condition):
    """A rule with this condition."""
    return f"{HEAD}  - {{id: b, when: {condition}, then: [{{tag: [t]}}]}}\n"


def rules(*rows):
    """Rules, each as it stands between its braces."""
    return HEAD + "".join(f"  - {{{row}}}\n" for row in rows)


def replying(condition, template="both", rest=""):
    """A rule that replies."""
    action = REPLY.replace("reply", "»reply") % template
    return f"{HEAD}  - {{id: b, when: {condition}, {action}{rest}}}\n"


def automatic(condition):
    """A rule that replies without a person."""
    reply = "{»reply: {template: sorry, approval: none}}"
    shown = "examples: {fires: [{text: bad}]}"
    return (
        f"{HEAD}  - {{id: b, when: {condition}, mode: enforce, cooldown: {{per: author, for: 1d}},"
        f" then: [{reply}], {shown}}}\n"
    )


def window(having, rest="", over="15m"):
    """A rule with this window."""
    return f"{HEAD}  - {{id: b, window: {{over: {over}, having: {having}}}, {rest}then: [{{tag: [t]}}]}}\n"


# id, code, words of the message or help, the text
FOUND: list[tuple[str, str, str, str]] = [
    ("two labels", "R303", "both negative and positive", when("[{sentiment: negative}, {»sentiment: positive}]")),
    ("two labels across a nested all", "R303", "both", when("[{sentiment: negative}, {source: x, all: [{»sentiment: {in: [neutral, positive]}}]}]")),
    ("disjoint sets", "R303", "both", when("[{source: {in: [x, y]}}, {»source: {in: [z, w]}}]")),
    ("every label refused", "R303", "sentiment", when("[{sentiment: {is_not: negative}}, {»sentiment: {not_in: [neutral, positive]}}]")),
    ("a range in two leaves", "R303", "at least 10000 and less than 5000", when("[{author.followers: {at_least: 10000}}, {»author.followers: {less_than: 5000}}]")),
    ("a range that shuts by a hair", "R303", "more than 5", when("[{author.followers: {at_most: 5}}, {»author.followers: {more_than: 5}}]")),
    ("scores in two leaves", "R303", "score of 'sentiment'", when("[{sentiment: {at_least: 0.8}}, {»sentiment: {less_than: 80%}}]")),
    ("a score against a macro", "R303", "score", when("[{macro: angry}, {»sentiment: {less_than: 0.5}}]")),
    ("a value outside of the range", "R303", "followers", when("[{author.followers: 5}, {»author.followers: {more_than: 9}}]")),
    ("instants", "R303", "created_at", when("[{author.created_at: {at_least: 2026-02-01}}, {»author.created_at: {less_than: 2026-01-01}}]")),
    ("there and not there", "R303", "present and absent", when("[{place: {exists: true}}, {»place: {exists: false}}]")),
    ("a value of what is not there", "R303", "present and absent", when("[{language: {exists: false}}, {»language: fr}]")),
    ("hashtags of what has none", "R303", "present and absent", when("[{hashtags: {exists: false}}, {»hashtags: acme}]")),
    ("what is always there", "R303", "always there", when("{»text: {exists: false}}")),
    ("in a list and not in it", "R303", "author.handle", when("[{author.handle: {in_list: press}}, {»author.handle: {not_in_list: press}}]")),
    ("a name against a list", "R303", "author.handle", when("[{author.handle: '@tom'}, {»author.handle: {in_list: press}}]")),
    ("a name against a list with wildcards", "R303", "author.handle", when("[{author.handle: '@tom'}, {»author.handle: {in_list: wild}}]")),
    ("a pattern and its opposite", "R303", "text", when("[{text: {matches: 'a+'}}, {»not: {text: {matches: 'a+'}}}]")),
    ("a leaf and its lenient opposite", "R303", "beside", when("[{language: fr}, {»not: {language: fr}, missing: match}]")),
    ("language against a query", "R303", "fr", when("[{language: fr}, {text: 'refund »lang:en'}]")),
    ("source against a query", "R303", "source", when("[{source: x}, {text: '»source:reddit'}]")),
    ("author against a query", "R303", "author.handle", when("[{author.handle: '@zoe'}, {text: '»author:tom'}]")),
    ("a word and its NOT", "R303", "hold and not hold 'refund'", when("{text: 'refund NOT »refund'}")),
    ("two languages in a query", "R303", "both", when("{text: 'lang:fr »lang:en'}")),
    ("two sources in a query", "R303", "both", when("{text: 'source:x »source:y'}")),
    ("a phrase without its word", "R303", "fire", when("{text: '\"fire sale\" NOT »fire'}")),
    ("a word without its stem", "R303", "refunds", when("{text: 'refunds NOT »refund*'}")),
    ("NEAR without its operand", "R303", "hold", when("{text: '(a1 NEAR/3 b1) NOT »b1'}")),
    ("a list without its words", "R303", "hold", when("{text: '\"money back\" NOT »{words}'}")),
    ("two queries of one rule", "R303", "refund", when("[{text: 'refund'}, {»not: {text: 'refund OR billing'}}]")),
    ("another brand", "R303", "the policy's brands: acme", when("{source: x, »brand: other}")),
    ("a brand in a query's place", "R303", "brand", when("[{»brand: {not_in: [Acme]}}]")),
    ("an alternative that cannot be", "R303", "this alternative", when("[{sentiment: negative}, {any: [{»sentiment: positive}, {source: x}]}]")),
    ("under not", "R303", "'not'", when("[{source: x}, {not: [{sentiment: negative}, {»sentiment: positive}]}]")),
    ("one after the other", "R303", "beside what is asked before", when("[{any: [{source: x}, {source: y}]}, {»not: {source: {in: [x, y, z]}}}]")),
    ("choices that only together leave nothing", "R303", "beside what is asked before", when("{any: [{source: x, language: fr}, {source: y, language: en}], all: [{any: »[{source: x, language: en}, {source: y, language: fr}]}]}")),
    ("in an exception", "R303", "exception never applies", rules("id: b, when: {source: x}, except: [{name: e, when: [{source: x}, {»source: y}]}]")),
    ("in a macro", "R303", "the macro never holds", "policy: a\nmacros:\n  m: [{source: x}, {»source: y}]\nrules: [{id: b, when: [{macro: m}, {sentiment: negative}]}]\n"),
    ("everything", "R340", "every mention of its brands", when("{text: {exists: true}}").replace("when:", "»when:")),
    ("a thing or its opposite", "R340", "every mention", when("{any: [{source: x}, {not: {source: x}}]}").replace("when:", "»when:")),
    ("present, or absent", "R340", "every mention", when("{any: [{place: {exists: true}}, {place: {exists: false}}]}").replace("when:", "»when:")),
    ("all four kinds", "R340", "every mention", when("{kind: {in: [mention, comment, review, message]}}").replace("when:", "»when:")),
    ("the brand of the policy", "R340", "every mention", when("{brand: ACME}").replace("when:", "»when:")),
    ("a thing or, lenient, its opposite", "R340", "every mention", when("{any: [{language: fr}, {not: {language: fr}, missing: match}]}").replace("when:", "»when:")),
    ("the same in another order", "R341", "'b' (line 7)", rules("id: b, when: {source: x, language: fr}, then: [{tag: [t]}]", "»id: c, when: [{language: FR}, {source: X}], then: [{tag: [t]}]")),
    ("the same through a macro", "R341", "'b' (line 7)", rules("id: b, when: {macro: angry}, then: [{tag: [t]}]", "»id: c, when: {sentiment: {at_least: 80%, is: negative}}, then: [{tag: [t]}]")),
    ("the same in two policies", "R341", "policy 'a'", rules("id: b, when: {source: x}, then: [{tag: [t]}]") + "---\npolicy: c\nbrands: [Acme, other]\nrules:\n  - {»id: b, when: {source: x}, then: [{tag: [t]}]}\n"),
    ("a narrower rule", "R342", "'b' (line 7)", rules("id: b, when: {source: x}, then: [{tag: [t, u]}]", "»id: c, when: {source: x, language: fr}, then: [{tag: [t]}]")),
    ("a higher score", "R342", "adds nothing", rules("id: b, when: {sentiment: {is: negative, at_least: 0.5}}, then: [{tag: [t]}]", "»id: c, when: {macro: angry}, then: [{tag: [t]}]")),
    ("fewer words", "R342", "adds nothing", rules("id: b, when: {text: '{words}'}, then: [{tag: [t]}]", "»id: c, when: {text: 'refund NOT ticket'}, then: [{tag: [t]}]")),
    ("one of the earlier's alternatives", "R342", "adds nothing", rules("id: b, when: {any: [{source: x}, {language: fr}]}, then: [{tag: [t]}]", "»id: c, when: {language: fr}, then: [{tag: [t]}]")),
    ("not the next one", "R342", "'b' (line 7)", rules("id: b, when: {source: x}, then: [{tag: [t]}]", "id: d, when: {language: en}, then: [{tag: [t]}]", "»id: c, when: {source: x, language: fr}, then: [{tag: [t]}]")),
    ("the same exception", "R342", "adds nothing", rules("id: b, when: {source: x}, except: [{name: e, when: {author.handle: '@zoe'}}], then: [{tag: [t]}]", "»id: c, when: {source: x, language: fr}, except: [{name: e, when: {author.handle: {in: ['@zoe', '@tom']}}}], then: [{tag: [t]}]")),
    ("an exception wider than the rule", "R343", "never fires", rules("id: b, when: {source: x, language: fr}, except: [{name: »e, when: {source: x}}], then: [{tag: [t]}]")),
    ("exceptions that share it out", "R343", "never fires", rules("id: b, when: {source: {in: [x, y]}}, except: [{name: »e, when: {source: x}}, {name: f, when: {source: y}}], then: [{tag: [t]}]")),
    ("a rule of the past", "R344", "2026-03-02", rules("id: b, when: {source: x}, expires: »2026-03-02, then: [{tag: [t]}]")),
    ("a term its beginning covers", "R345", "'fire*' matches already", when("{text: '»fires OR fire*'}")),
    ("a group its word covers", "R345", "never reached", when("{text: 'a1 OR (»a1 b1)'}")),
    ("a phrase its word covers", "R345", "never reached", when("{text: 'money OR »\"money back\"'}")),
    ("a word of a list", "R345", "'{words}' matches already", when("{text: '{words} OR »refund'}")),
    ("a hashtag its word covers", "R345", "never reached", when("{text: 'acme OR »#acme'}")),
    ("exact case its word covers", "R345", "never reached", when("{text: 'acme OR »raw:\"AcMe\"'}")),
    ("a NEAR its word covers", "R345", "never reached", when("{text: 'fire OR »fire NEAR/5 battery'}")),
    ("the same twice", "R345", "twice", when("{text: 'fire OR smoke OR »fire'}")),
    ("the same spelt otherwise", "R345", "never reached", when("{text: 'été OR »Ete'}")),
    ("a group that cannot hold", "R345", "never hold", when("{text: 'a1 OR (»b1 NOT b1)'}")),
    ("inside a group", "R345", "never reached", when("{text: 'x1 (fire* OR »fires)'}")),
    ("a lone star in a query", "R346", "every word", when("{text: 'refund OR »*'}").replace("refund OR", "refund AND")),
    ("one letter and a star", "R346", "'a*'", when("{text: 'refund AND »a*'}")),
    ("one letter amid stars", "R346", "'*e*'", when("{text: '»*e*'}")),
    ("a sign and a star", "R346", "every word", when("{text: 'x1 NEAR/3 »?*'}")),
    ("an entry of a list", "R346", "entry of the list", "policy: a\nlists: {w: [refund, b*]}\nrules: [{id: b, when: {text: '»{w}'}}]\n"),
    ("a language by a query", "R311", "no text for fr", replying("{text: 'refund lang:fr'}", "sorry")),
    ("a language by a list", "R311", "no text for de", replying("{language: {in_list: codes}}", "both").replace("lists: {", "lists: {codes: [fr, de], ")),
    ("a language in alternatives", "R311", "no text for fr", replying("{any: [{language: fr}, {language: en}]}", "sorry")),
    ("too long for bluesky", "R347", "300 graphemes that bluesky allows", replying("{source: bluesky}", "long")),
    ("too long for one of two", "R347", "x allows", replying("{source: {in: [reddit, x]}}", "long")),
    ("too long by another name of it", "R347", "twitter allows", replying("{source: twitter}", "long")),
    ("a pack that is old", "R441", "last reviewed on 2025-09-02, 181 days ago", replying("{source: forum}", "both")),
    ("an old pack beside a newer one", "R441", "'forum'", replying("{source: {in: [board, forum]}}", "both")),
    ("an old pack where something is hidden", "R441", "'forum'", HEAD + "  - {id: b, when: {source: forum}, mode: shadow, then: [{»hide: {}}]}\n"),
    ("an old pack of one's own", "R441", "181 days ago", "platform: forum\nlast_reviewed: »2025-09-02\n"),
    ("a review that is to come", "R442", "2026-03-04", "platform: forum\nlast_reviewed: »2026-03-04\n"),
    ("a limit nobody knows", "R440", "did you mean 'length'", "platform: forum\nlast_reviewed: 2026-03-01\n»lenght: [{most: 3}]\n"),
    ("an automatic answer on reddit", "R443", "always waits for a person", automatic("{source: reddit}")),
    ("an automatic answer on one of two", "R443", "reddit", automatic("{source: {in: [x, reddit]}}")),
    ("an automatic answer where none is", "R443", "never sent", "platform: forum\nlast_reviewed: 2026-03-01\nanswers: {automatic: nobody, by_person: nobody}\n---\n" + automatic("{source: forum}")),
    ("too long by a query", "R347", "bluesky", replying("{text: 'refund source:bluesky'}", "long")),
    ("two replies, one narrower", "R431", "'b' (line 7)", rules(f"id: b, when: {{language: en}}, {REPLY % 'both'}", f"id: c, when: {{language: en, source: x}}, {REPLY % 'sorry'}").replace("[{reply: {template: sorry", "[{»reply: {template: sorry")),
    ("two replies, the first narrower", "R431", "'b' (line 7)", rules(f"id: b, when: {{language: en, source: x}}, {REPLY % 'both'}", f"id: c, when: {{language: en}}, {REPLY % 'sorry'}").replace("[{reply: {template: sorry", "[{»reply: {template: sorry")),
    ("two replies to the same words", "R431", "two answers", rules(f"id: b, when: {{text: refund, sentiment: negative}}, {REPLY % 'both'}", f"id: c, when: {{text: 'refund OR rebate', language: en}}, {REPLY % 'sorry'}").replace("[{reply: {template: sorry", "[{»reply: {template: sorry")),
    ("two replies to the same label", "R431", "two answers", rules(f"id: b, when: {{sentiment: negative, source: x}}, {REPLY % 'both'}", f"id: c, when: {{macro: angry, language: en}}, {REPLY % 'sorry'}").replace("[{reply: {template: sorry", "[{»reply: {template: sorry")),
    ("two replies of two policies", "R431", "policy 'a'", rules(f"id: b, when: {{text: refund}}, {REPLY % 'both'}") + f"---\npolicy: c\ntemplates: {{sorry: {{en: hi}}}}\nrules:\n  - {{id: c, when: {{text: refund, source: x}}, {REPLY % 'sorry'}}}\n".replace("[{reply", "[{»reply")),
    ("a finding that is an error", "R250", "no warning", rules("id: b, when: {source: x}, allow: [{lint: »R303, reason: so}]").replace("R303", "R104")),
    ("a code that is none", "R250", "does not exist", rules("id: b, when: {source: x}, allow: [{lint: »R999, reason: so}]")),
    ("nothing to allow", "R251", "nothing", rules("id: b, when: {source: x}, allow: [{lint: »R404, reason: so}]")),
    ("held longer than the window", "R354", "leaves the window after 15m", window("{count: {at_least: 9}}", "for: »20m, ")),
    ("more authors than mentions", "R355", "needs at least 20 mentions", window("{count: {at_most: 10}, »distinct: {field: author.id, at_least: 20}}")),
    ("more mentions than fewer", "R355", "at most 4", window("[{»count: {more_than: 4}}, {all: [{count: {less_than: 5}}]}]")),
    ("a share of more than there may be", "R355", "at least 20", window("{any: [{spike: {}}, {count: {at_most: 10}, »share: {at_least: 40%, min_total: 50}}]}")),
    ("resolved while it holds", "R356", "stay low", window("{count: {at_most: 3}}", "resolve: {below: »60%}, ")),
    ("resolved while not more", "R356", "stay low", window("{not: {count: {more_than: 3}}}", "resolve: {below: »60%, for: 5m}, ")),
]  # fmt: skip

# id, the code that must not come, the text
LEFT: list[tuple[str, str, str]] = [
    ("two labels in any", "R303", when("{any: [{sentiment: negative}, {sentiment: positive}]}")),
    ("two hashtags", "R303", when("[{hashtags: a1}, {hashtags: b1}]")),
    ("a hashtag and not another", "R303", when("[{hashtags: a1}, {hashtags: {not_in: [b1]}}]")),
    ("a score under a negative label", "R303", when("[{sentiment: negative}, {not: {macro: angry}}]")),
    ("ranges that touch", "R303", when("[{author.followers: {at_least: 5}}, {author.followers: {at_most: 5}}]")),
    ("five, however written", "R303", when("[{author.followers: 5}, {author.followers: 5.0}]")),
    ("a language and its region", "R303", when("{text: 'lang:pt lang:pt-br'}")),
    ("a language's field and its query", "R303", when("[{language: pt-BR}, {text: 'lang:pt'}]")),
    ("a marked word and not the plain mark", "R303", when("{text: 'acme NOT #acme'}")),
    ("a word and not its phrase", "R303", when("{text: 'fire NOT \"fire sale\"'}")),
    ("a stem and not one of its words", "R303", when("{text: 'fire* NOT fires'}")),
    ("a word and not in exact case", "R303", when("{text: 'acme NOT raw:AcMe'}")),
    ("wildcards that only look alike", "R303", when("{text: 'a1* NOT a1?'}")),
    ("two words with and without accent, one of them exact", "R303", when("{text: 'ete NOT raw:été'}")),
    ("a list, and not some of its words", "R303", when("[{text: '{words}'}, {not: {text: refund}}]")),
    ("absent or else", "R303", when("[{not: {language: fr}, missing: match}, {not: {language: {is_not: fr}}, missing: match}]")),
    ("nonsense under NOT alone", "R303", when("{text: 'NOT zzz'}")),
    ("contains two parts", "R303", when("[{url: {contains: a1}}, {url: {contains: b1}}]")),
    ("alternatives of a macro", "R303", when("[{sentiment: negative}, {macro: asks}]")),
    ("no brand at all in any", "R303", when("{brand: acme}")),
    ("a sign that makes no difference", "R303", when("[{author.handle: '@zoe'}, {author.handle: zoe}]")),
    ("a handle in a list by another spelling", "R303", when("[{author.handle: ZOE}, {author.handle: {in_list: press}}]")),
    ("a label or its opposite: unknown is neither", "R340", when("{any: [{sentiment: negative}, {not: {sentiment: negative}}]}")),
    ("a language or its opposite: absent is neither", "R340", when("{any: [{language: fr}, {language: {is_not: fr}}]}")),
    ("three kinds of four", "R340", when("{kind: {in: [mention, comment, review]}}")),
    ("a lone star", "R340", when("{text: '*'}")),
    ("everything but an exception", "R340", rules("id: b, when: {text: {exists: true}}, except: [{name: e, when: {source: x}}], then: [{tag: [t]}]")),
    ("every label, but unknown is none", "R340", when("{sentiment: {in: [negative, neutral, positive]}}")),
    ("other actions", "R341", rules("id: b, when: {source: x}, then: [{tag: [t]}]", "id: c, when: {source: x}, then: [{tag: [u]}]")),
    ("another exception", "R341", rules("id: b, when: {source: x}, except: [{name: e, when: {language: fr}}]", "id: c, when: {source: x}")),
    ("policies of other brands", "R341", rules("id: b, when: {source: x}") + "---\npolicy: c\nbrands: [other]\nrules: [{id: b, when: {source: x}}]\n"),
    ("lists of one name and other words", "R341", "policy: a\nlists: {l: ['@a*']}\nrules: [{id: b, when: {author.handle: {in_list: l}}}]\n---\npolicy: c\nlists: {l: ['@b*']}\nrules: [{id: b, when: {author.handle: {in_list: l}}}]\n"),
    ("queries over lists of one name", "R341", "policy: a\nlists: {l: [aa]}\nrules: [{id: b, when: {text: '{l}'}}]\n---\npolicy: c\nlists: {l: [bb]}\nrules: [{id: b, when: {text: '{l}'}}]\n"),
    ("a trial in shadow", "R341", rules("id: b, when: {source: x}, then: [{tag: [t]}]", "id: c, mode: shadow, when: {source: x}, then: [{tag: [t]}]")),
    ("one of them off", "R341", rules("id: b, when: {source: x}, mode: off, then: [{tag: [t]}]", "id: c, mode: off, when: {source: x}, then: [{tag: [t]}]")),
    ("a wider rule later", "R342", rules("id: b, when: {source: x, language: fr}, then: [{tag: [t]}]", "id: c, when: {source: x}, then: [{tag: [t]}]")),
    ("other tags", "R342", rules("id: b, when: {source: x}, then: [{tag: [t]}]", "id: c, when: {source: x, language: fr}, then: [{tag: [t, u]}]")),
    ("more severe", "R342", rules("id: b, when: {source: x}, then: [{tag: [t]}]", "id: c, severity: major, when: {source: x, language: fr}, then: [{tag: [t]}]")),
    ("an earlier rule in shadow", "R342", rules("id: b, mode: shadow, when: {source: x}, then: [{tag: [t]}]", "id: c, when: {source: x, language: fr}, then: [{tag: [t]}]")),
    ("an earlier rule that cools down", "R342", rules("id: b, cooldown: {per: author, for: 1d}, when: {source: x}, then: [{tag: [t]}]", "id: c, when: {source: x, language: fr}, then: [{tag: [t]}]")),
    ("an exception of the earlier alone", "R342", rules("id: b, when: {source: x}, except: [{name: e, when: {author.verified: true}}], then: [{tag: [t]}]", "id: c, when: {source: x, language: fr}, then: [{tag: [t]}]")),
    ("an earlier rule that has expired", "R342", rules("id: b, expires: 2026-01-01, when: {source: x}, then: [{tag: [t]}]", "id: c, when: {source: x, language: fr}, then: [{tag: [t]}]")),
    ("not refuted is not absent", "R342", rules("id: b, when: {not: {language: fr}}, then: [{tag: [t]}]", "id: c, when: {not: {language: fr}, missing: match}, then: [{tag: [t]}]")),
    ("an exception that leaves something", "R343", rules("id: b, when: {source: x}, except: [{name: e, when: {source: x, language: fr}}], then: [{tag: [t]}]")),
    ("an exception that has expired", "R343", rules("id: b, when: {source: x}, except: [{name: e, when: {source: x}, expires: 2026-01-01}], then: [{tag: [t]}]")),
    ("a day still to come", "R344", rules("id: b, when: {source: x}, expires: 2026-03-03, then: [{tag: [t]}]")),
    ("words that differ", "R345", when("{text: 'fire OR fires OR fired'}")),
    ("NEARs of other distances in their own right", "R345", when("{text: '(a1 NEAR/3 b1) OR (a1 NEAR/3f c1)'}")),
    ("a stem with more behind", "R345", when("{text: 'fire* OR camp'}")),
    ("the wider group second", "R345", when("{text: '(a1 b1) OR c1'}")),
    ("marks of two kinds", "R345", when("{text: '#acme OR @acme'}")),
    ("a question mark is no star", "R345", when("{text: 'colo?r OR colour'}").replace("colour", "color")),
    ("two letters", "R346", when("{text: 'ab*'}")),
    ("any hashtag", "R346", when("{text: 'refund #*'}")),
    ("any author", "R346", when("{text: 'refund author:*'}")),
    ("a gap in a phrase", "R346", when("{text: '\"my * broke\"'}")),
    ("one sign that is a word", "R346", when("{text: '火*'}")),
    ("a region the template has", "R311", replying("{language: pt-BR}", "sorry").replace('sorry: {en: "Sorry"}', 'sorry: {en: "Sorry", pt-BR: "Desculpe"}').replace("»", "")),
    ("languages it has", "R311", replying("{text: 'refund (lang:fr OR lang:en)'}", "both").replace("»", "")),
    ("no platform named", "R347", replying("{language: en}", "long").replace("»", "")),
    ("a platform without a limit", "R347", replying("{source: reddit}", "long").replace("»", "")),
    ("mastodon allows more", "R347", replying("{source: mastodon}", "long").replace("»", "")),
    ("a pack of one's own in place of the old one", "R441", "platform: forum\nlast_reviewed: 2026-03-01\n---\n" + replying("{source: forum}").replace("»", "")),
    ("a pack of 180 days", "R441", replying("{source: board}").replace("»", "")),
    ("an old pack that no rule names", "R441", replying("{language: en}", "sorry").replace("»", "")),
    ("an old pack where nothing is answered", "R441", when("{source: forum}")),
    ("a pack of one's own of 180 days", "R441", "platform: forum\nlast_reviewed: 2025-09-03\n"),
    ("tomorrow, where the day begins early", "R442", "platform: forum\nlast_reviewed: 2026-03-03\n"),
    ("fields that packs know", "R440", "platform: forum\nlast_reviewed: 2026-03-01\ncaps: [{most: 1, per: author, in: 1d}]\n"),
    ("approval on reddit", "R443", automatic("{source: reddit}").replace("»", "").replace("approval: none", "approval: required")),
    ("a draft on reddit", "R443", automatic("{source: reddit}").replace("»", "").replace("enforce", "draft")),
    ("an automatic answer elsewhere", "R443", automatic("{source: x}").replace("»", "")),
    ("a pack of one's own that allows it", "R443", "platform: reddit\nlast_reviewed: 2026-03-01\nanswers: {automatic: engaged}\n---\n" + automatic("{source: reddit}").replace("»", "")),
    ("one short branch", "R347", replying("{source: x}", "branch").replace("»", "")),
    ("replies to other words", "R431", rules(f"id: b, when: {{text: 'acme refund'}}, {REPLY % 'both'}", f"id: c, when: {{text: 'acme delivery'}}, {REPLY % 'sorry'}")),
    ("replies to words in other languages", "R431", rules(f"id: b, when: {{text: refund, language: fr}}, {REPLY % 'both'}", f"id: c, when: {{text: refund, language: en}}, {REPLY % 'sorry'}")),
    ("replies kept apart by not", "R431", rules(f"id: b, when: {{text: refund}}, {REPLY % 'both'}", f"id: c, when: [{{text: 'refund OR rebate'}}, {{not: {{text: refund}}}}], {REPLY % 'sorry'}")),
    ("replies kept apart by an exception", "R431", rules(f"id: b, when: {{text: refund}}, except: [{{name: e, when: {{source: x}}}}], {REPLY % 'both'}", f"id: c, when: {{text: refund, source: x}}, {REPLY % 'sorry'}")),
    ("a reply in shadow", "R431", rules(f"id: b, mode: shadow, when: {{text: refund}}, {REPLY % 'both'}", f"id: c, when: {{text: refund}}, {REPLY % 'sorry'}")),
    ("labels that exclude one another", "R431", rules(f"id: b, when: {{sentiment: negative}}, {REPLY % 'both'}", f"id: c, when: {{sentiment: positive}}, {REPLY % 'sorry'}")),
    ("a warning that is there", "R251", rules("id: b, when: {text: {exists: true}}, allow: [{lint: R340, reason: a log of all}]")),
    ("held as long as the window", "R354", window("{count: {at_least: 9}}", "for: 15m, ")),
    ("as many authors as mentions", "R355", window("{count: {at_most: 20}, distinct: {field: author.id, at_least: 20}}")),
    ("more hashtags than mentions", "R355", window("{count: {at_most: 10}, distinct: {field: hashtags, at_least: 20}}")),
    ("many or few", "R355", window("{any: [{count: {at_most: 10}}, {distinct: {field: author.id, at_least: 20}}]}")),
    ("a share of others", "R355", window("{count: {at_most: 10}, share: {at_least: 40%, min_total: 50, of: {source: x}}}")),
    ("many and not few", "R355", window("[{count: {at_least: 20}}, {not: {count: {at_most: 10}}}]")),
    ("low and high", "R356", window("{count: {at_least: 3}, share: {at_most: 10%}}", "resolve: {below: 60%}, ")),
    ("low, resolved when it does not hold", "R356", window("{count: {at_most: 3}}", "resolve: {for: 5m}, ")),
    ("high by a double not", "R356", window("{not: {count: {at_most: 3}}}", "resolve: {below: 60%}, ")),
]  # fmt: skip
