"""One-defect texts: ``»`` stands right before the place where the fault must be reported."""

from __future__ import annotations

MARK = "»"
HEAD = """policy: acme-care
brands: [acme]
lists: {press: ["@paper"]}
macros: {angry: {sentiment: {is: negative, at_least: 0.8}}}
templates: {sorry: {en: "Sorry {{ author.name }}"}}
rules:
  - id: first
    when: [{macro: angry}, {author.handle: {in_list: press}}]
    cooldown: {per: author, for: 1d}
    then: [{reply: {template: sorry}}]
  - id: second
"""

# id, expected code, a part of the message or help, the text
DEFECTS: list[tuple[str, str, str, str]] = [
    ("misspelt field of a rule", "R104", "title", HEAD + "    »titel: x\n    when: {source: x}\n"),
    ("misspelt field of a policy", "R104", "brands", "policy: a\n»brand: [acme]\n"),
    (
        "misspelt operator",
        "R107",
        "at_least",
        HEAD + "    when: {author.followers: {»atleast: 5}}\n",
    ),
    ("misspelt mode", "R108", "shadow", HEAD + "    mode: »shadwo\n    when: {source: x}\n"),
    (
        "misspelt severity",
        "R108",
        "critical",
        HEAD + "    severity: »critcal\n    when: {source: x}\n",
    ),
    (
        "a pattern for a brand",
        "R108",
        "leave brands out",
        "policy: a\nbrands: [acme, »'*']\n",
    ),
    ("misspelt document", "R113", "policy", "»polcy: a\n"),
    ("document's kind not first", "R113", "put 'policy' first", "»owner: x\npolicy: a\n"),
    ("rule without when", "R105", "when", HEAD.replace("- id: second", "- »id: second")),
    (
        "rule without id",
        "R105",
        "id",
        HEAD.replace("  - id: second\n", "  - ») ").replace(") ", "when: {source: x}\n"),
    ),
    ("upper case in an id", "R109", "Acme", "policy: »Acme\n"),
    ("brands as one word", "R106", "list", "policy: a\nbrands: »acme\n"),
    ("an empty field", "R106", "owner", "policy: a\n»owner:\n"),
    ("undefined macro", "R202", "furious", HEAD + "    when: {macro: »furious}\n"),
    ("undefined list", "R201", "prss", HEAD + "    when: {author.handle: {in_list: »prss}}\n"),
    ("undefined list in a query", "R201", "words", HEAD + "    when: {text: 'a AND »{words}'}\n"),
    (
        "undefined template",
        "R203",
        "sory",
        HEAD
        + "    when: {source: x}\n    cooldown: {per: rule, for: 1h}\n    then: [{reply: {template: »sory}}]\n",
    ),
    (
        "undefined channel",
        "R204",
        "desk",
        HEAD + "    when: {source: x}\n    then: [{notify: {channel: »desk}}]\n",
    ),
    (
        "unknown field of a mention",
        "R206",
        "author.handle",
        HEAD + "    when: {»author.handel: '@x'}\n",
    ),
    ("unknown task", "R206", "sentiment", HEAD + "    when: [{»sentimant: negative}]\n"),
    ("label of another task", "R207", "negative", HEAD + "    when: {sentiment: »angry}\n"),
    (
        "unknown asked for as a label",
        "R207",
        "exists",
        HEAD + "    when: {sentiment: {is: »unknown}}\n",
    ),
    (
        "rule id twice",
        "R208",
        "line 7",
        HEAD.replace("second", "»first") + "    when: {source: x}\n",
    ),
    ("policy id twice", "R208", "line 1", "policy: a\n---\npolicy: »a\n"),
    ("channel twice", "R208", "line 1", "channel: c\nkind: log\n---\nchannel: »c\nkind: log\n"),
    (
        "macro that contains itself",
        "R209",
        "m -> m",
        "policy: a\nmacros: {m: [{source: x}, {macro: »m}]}\n",
    ),
    ("NEAR without a number", "R301", "near", HEAD + "    when: {text: 'a »NEAR b'}\n"),
    ("a bracket left open", "R301", "", HEAD + "    when: {text: '»(a OR b'}\n"),
    (
        "look-around in a pattern",
        "R302",
        "look-around",
        HEAD + "    when: {text: {matches: »'a(?=b)'}}\n",
    ),
    (
        "look-behind in a pattern",
        "R302",
        "look-around",
        HEAD + "    when: {text: {matches: »'(?<!b)a'}}\n",
    ),
    (
        "back-reference in a pattern",
        "R302",
        "back-reference",
        HEAD + "    when: {text: {matches: »'(a)\\1'}}\n",
    ),
    (
        "two labels at once",
        "R303",
        "never",
        HEAD
        + "    when:\n      all:\n        - sentiment: negative\n        - »sentiment: positive\n",
    ),
    (
        "a label and its opposite",
        "R303",
        "never",
        HEAD + "    when: [{sentiment: negative}, {»not: {sentiment: negative}}]\n",
    ),
    (
        "a label against a macro",
        "R303",
        "never",
        HEAD + "    when: [{macro: angry}, {»sentiment: positive}]\n",
    ),
    (
        "two values of a field at once",
        "R303",
        "never",
        HEAD
        + "    when: {source: x, »source : y}\n".replace("source : y", "all: [{source: y}]")
        .replace("»", "")
        .replace("{source: y}", "{»source: y}"),
    ),
    ("score above one", "R304", "0 to 1", HEAD + "    when: {sentiment: {at_least: »80}}\n"),
    (
        "negative follower count",
        "R304",
        "below 0",
        HEAD + "    when: {author.followers: {less_than: »0}}\n",
    ),
    (
        "range that holds nothing",
        "R314",
        "never",
        HEAD + "    when: {author.followers: {at_least: 9, at_most: »3}}\n",
    ),
    ("order on a text", "R309", "source", HEAD + "    when: {source: {»at_least: 3}}\n"),
    (
        "text where a number is wanted",
        "R108",
        "number",
        HEAD + "    when: {author.followers: {at_least: »many}}\n",
    ),
    ("a list without an operator", "R106", "in: [", HEAD + "    when: {language: »[en, fr]}\n"),
    ("condition that is a word", "R110", "mapping", HEAD + "    when: »always\n"),
    ("empty condition", "R110", "every mention", HEAD + "    »when: {}\n"),
    ("missing without not", "R110", "not", HEAD + "    when: {source: x, »missing: match}\n"),
    (
        "an unclosed template",
        "R305",
        "",
        "policy: a\nrules: []\ntemplates:\n  t: {en: »'{{ author.name'}\n",
    ),
    (
        "arithmetic in a template",
        "R305",
        "pow",
        "policy: a\ntemplates:\n  t: {en: »'{{ 9 ** 9 }}'}\n",
    ),
    (
        "a call in a template",
        "R305",
        "call",
        "policy: a\ntemplates:\n  t: {en: »'{{ mention.text.upper() }}'}\n",
    ),
    ("unknown variable", "R306", "author", "policy: a\ntemplates:\n  t: {en: »'{{ autor }}'}\n"),
    (
        "unknown field of a variable",
        "R306",
        "followers",
        "policy: a\ntemplates:\n  t: {en: »'{{ author.folowers }}'}\n",
    ),
    (
        "unknown variable in a notice",
        "R306",
        "mention",
        "channel: c\nkind: log\n---\n"
        + HEAD
        + "    when: {source: x}\n    then: [{notify: {channel: c, text: »'{{ menton.text }}'}}]\n",
    ),
    (
        "empty list",
        "R307",
        "empty",
        HEAD.replace("lists: {", "lists: {»none: [], ")
        + "    when: {author.handle: {in_list: none}}\n",
    ),
    (
        "expired exception",
        "R308",
        "2026-03-02",
        HEAD
        + "    when: {source: x}\n    except: [{name: own, when: {source: y}, expires: »2026-03-02}]\n",
    ),
    ("unused list", "R210", "words", "policy: a\nlists:\n  »words: [x]\n"),
    ("unused macro", "R210", "m", "policy: a\nmacros:\n  »m: {source: x}\n"),
    (
        "two actions in one item",
        "R111",
        "one action",
        HEAD + "    when: {source: x}\n    then: [{tag: [a], »webhook: {channel: c}}]\n",
    ),
    (
        "an item with a mode alone",
        "R111",
        "reply",
        HEAD + "    when: {source: x}\n    then: [»{mode: shadow}]\n",
    ),
    (
        "misspelt action",
        "R104",
        "notify",
        "channel: c\nkind: log\n---\n"
        + HEAD
        + "    when: {source: x}\n    then: [{»notfy: {channel: c}}]\n",
    ),
    (
        "action looser than its rule",
        "R401",
        "looser",
        HEAD + "    when: {source: x}\n    then: [{tag: [a], mode: »enforce}]\n",
    ),
    (
        "reply without cooldown",
        "R404",
        "cooldown",
        HEAD + "    when: {source: x}\n    then: [{»reply: {template: sorry}}]\n",
    ),
    (
        "enforce without examples",
        "R405",
        "example",
        HEAD + "    mode: »enforce\n    when: {source: x}\n",
    ),
    (
        "language without a text",
        "R311",
        "fr",
        HEAD
        + "    when: {language: {in: [en, fr]}}\n    cooldown: {per: rule, for: 1h}\n    then: [{»reply: {template: sorry}}]\n",
    ),
    ("a language's name", "R315", "mean 'en'", HEAD + "    when: {language: »english}\n"),
    (
        "a language's name among codes",
        "R315",
        "mean 'fr'",
        HEAD + "    when: {language: {in: [en, pt-BR, fil, »French, 'e*']}}\n",
    ),
    ("no language at all", "R315", "two or three", HEAD + "    when: {language: »klingonese}\n"),
    (
        "a language's name in a query",
        "R310",
        "mean 'en'",
        HEAD + "    when: {text: 'a »lang:english'}\n",
    ),
    ("or in lower case", "R310", "upper case", HEAD + "    when: {text: 'a »or b'}\n"),
    ("kind that does not exist", "R312", "review", HEAD + "    when: {kind: »reviews}\n"),
    (
        "malformed duration",
        "R108",
        "24h",
        HEAD + "    when: {source: x}\n    cooldown: {per: author, for: »1 day}\n",
    ),
    (
        "cooldown by an unknown field",
        "R206",
        "author",
        HEAD + "    when: {source: x}\n    cooldown: {per: »autor, for: 1h}\n",
    ),
    (
        "cooldown by several texts",
        "R309",
        "one value",
        HEAD + "    when: {source: x}\n    cooldown: {per: »hashtags, for: 1h}\n",
    ),
    (
        "malformed date",
        "R108",
        "expires",
        HEAD
        + "    when: {source: x}\n    except: [{name: own, when: {source: y}, expires: »soon}]\n",
    ),
    (
        "example without text",
        "R112",
        "text",
        HEAD + "    when: {source: x}\n    examples: {fires: [»{source: x}]}\n",
    ),
    (
        "example with an unknown field",
        "R104",
        "language",
        HEAD + "    when: {source: x}\n    examples: {fires: [{text: a, »langage: fr}]}\n",
    ),
    (
        "example with a label nobody gives",
        "R207",
        "positive",
        HEAD
        + "    when: {source: x}\n    examples: {quiet: [{text: a, classifications: {sentiment: {label: »postive, score: 1}}}]}\n",
    ),
    (
        "example with a score above one",
        "R112",
        "0 to 1",
        HEAD
        + "    when: {source: x}\n    examples: {quiet: [{text: a, classifications: {sentiment: »{label: positive, score: 7}}}]}\n",
    ),
    ("misspelt kind of channel", "R108", "webhook", "channel: c\nkind: »webhok\n"),
    (
        "webhook without url",
        "R105",
        "url",
        "»channel: c\nkind: webhook\nsecret: ${PATH_FOR_TESTS}\n",
    ),
    (
        "mail with an unknown kind of privacy",
        "R108",
        "starttls",
        "channel: c\nkind: email\nhost: h\nfrom: a@b.example\nto: c@d.example\ntls: »ssl\n",
    ),
    (
        "secret in the file",
        "R402",
        "SOME_NAME",
        "channel: c\nkind: webhook\nurl: https://example.org\nsecret: »hunter2\n",
    ),
    (
        "variable the environment lacks",
        "R403",
        "HOOK",
        "channel: c\nkind: webhook\nurl: https://example.org\nsecret: »${HOOK}\n",
    ),
    (
        "webhook to a log",
        "R205",
        "log",
        "channel: c\nkind: log\n---\n"
        + HEAD
        + "    when: {source: x}\n    then: [{webhook: {channel: »c}}]\n",
    ),
    ("a tab", "R101", "tab", "policy: a\nrules:\n»\t- id: b\n"),
    ("a repeated key", "R102", "repeated", "policy: a\nowner: x\n»owner: y\n"),
    ("a merge key", "R103", "merge", "policy: a\ndefaults:\n  »<<: {mode: draft}\n"),
    (
        "an alias within itself",
        "R103",
        "itself",
        "policy: a\nlists: {a: »&a [*a]}\nrules: [{id: b, when: {source: {in_list: a}}}]\n",
    ),
    ("a list where a document is wanted", "R106", "mapping", "»- policy\n"),
]
