"""What the lints say beside the codes of the reader: R34x about rules, R43x about safety."""

from __future__ import annotations

from engine.code_info import CodeInfo

_HEAD = "policy: a\nrules:\n"

ALLOW_CODES: dict[str, CodeInfo] = {
    "R250": CodeInfo(
        "a finding that cannot be allowed",
        "`allow` names warnings about a rule; an error, or a code that does not exist, would stay "
        "or never come.",
        _HEAD
        + "  - id: b\n    when: {sentiment: negative}\n    then: [{tag: [t]}]\n"
        + "    allow: [{lint: R104, reason: we like it so}]\n",
    ),
    "R251": CodeInfo(
        "nothing to allow",
        "The rule gives no such finding, so the permission would only hide one of the future.",
        _HEAD
        + "  - id: b\n    when: {sentiment: negative}\n    then: [{tag: [t]}]\n"
        + "    allow: [{lint: R404, reason: one answer each is wanted}]\n",
    ),
}
RULE_CODES: dict[str, CodeInfo] = {
    "R340": CodeInfo(
        "a rule that matches everything",
        "Its condition holds for every mention, so its actions are done about all of them.",
        _HEAD + "  - id: b\n    when: {text: {exists: true}}\n    then: [{tag: [t]}]\n",
    ),
    "R341": CodeInfo(
        "a rule that stands twice",
        "Both match the same mentions and do the same: each is decided, and done, twice.",
        _HEAD
        + "  - id: b\n    when: [{source: x}, {sentiment: negative}]\n    then: [{tag: [t]}]\n"
        + "  - id: c\n    when: {sentiment: negative, source: X}\n    then: [{tag: [t]}]\n",
    ),
    "R342": CodeInfo(
        "a rule that adds nothing",
        "An earlier rule matches all that it matches and does the same about it, so whoever edits "
        "this one changes nothing.",
        _HEAD
        + "  - id: b\n    when: {sentiment: negative}\n    then: [{tag: [t]}]\n"
        + "  - id: c\n    when: {sentiment: negative, source: x}\n    then: [{tag: [t]}]\n",
    ),
    "R343": CodeInfo(
        "exceptions that cover the rule",
        "Every mention that meets the condition meets an exception too, so the rule never fires.",
        _HEAD
        + "  - id: b\n    when: {source: x, sentiment: negative}\n"
        + "    except: [{name: all-of-x, when: {source: x}}]\n    then: [{tag: [t]}]\n",
    ),
    "R344": CodeInfo(
        "an expired rule",
        "It is as off since that day, although it still reads as if it acted.",
        _HEAD
        + "  - id: b\n    when: {sentiment: negative}\n    expires: 2020-01-01\n"
        + "    then: [{tag: [t]}]\n",
    ),
    "R345": CodeInfo(
        "a term that is never reached",
        "What it would find is found already, or cannot be: the query does the same without it.",
        _HEAD + "  - id: b\n    when: {text: 'refund OR \"refund now\"'}\n    then: [{tag: [t]}]\n",
    ),
    "R346": CodeInfo(
        "an unbounded wildcard",
        "It fits nearly every word: it finds nearly every text, and every word has to be tried.",
        _HEAD + "  - id: b\n    when: {text: 'refund OR a*'}\n    then: [{tag: [t]}]\n",
    ),
    "R347": CodeInfo(
        "a reply longer than the platform allows",
        "Its fixed words alone are over the limit, so every such reply would be refused.",
        "platform: bluesky\nlast_reviewed: 2026-03-01\nlength: [{most: 300}]\n---\n"
        f'policy: a\ntemplates: {{sorry: {{en: "{"We are sorry. " * 24}"}}}}\nrules:\n'
        "  - id: b\n    when: {source: bluesky, sentiment: negative}\n"
        "    cooldown: {per: author, for: 1d}\n    then: [{reply: {template: sorry}}]\n",
    ),
}
REPLY_CODES: dict[str, CodeInfo] = {
    "R431": CodeInfo(
        "two answers to one mention",
        "Both rules reply to such a mention: its author gets two answers, which people and "
        "platforms take as spam.",
        'policy: a\ntemplates: {sorry: {en: "We are sorry"}, thanks: {en: "Thank you"}}\nrules:\n'
        "  - id: b\n    when: {text: refund}\n    cooldown: {per: author, for: 1d}\n"
        "    then: [{reply: {template: sorry}}]\n"
        "  - id: c\n    when: {text: refund, sentiment: positive}\n"
        "    cooldown: {per: author, for: 1d}\n    then: [{reply: {template: thanks}}]\n",
    ),
}
