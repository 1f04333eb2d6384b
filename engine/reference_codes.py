"""R2xx: names that lead nowhere, or to two things."""

from __future__ import annotations

from engine.code_info import CodeInfo

REFERENCE_CODES: dict[str, CodeInfo] = {
    "R201": CodeInfo(
        "unknown list",
        "The rule refers to words that nobody has given.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {author.handle: {in_list: press}}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R202": CodeInfo(
        "unknown macro",
        "The rule refers to a condition that nobody has given.",
        "policy: a\nrules:\n  - id: b\n    when: {macro: angry}\n    then: [{tag: [t]}]\n",
    ),
    "R203": CodeInfo(
        "unknown template",
        "The reply would have no text.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    cooldown: {per: author, for: 1d}\n"
        "    then: [{reply: {template: sorry}}]\n",
    ),
    "R204": CodeInfo(
        "unknown channel",
        "The notice would go nowhere.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    then: [{notify: {channel: desk}}]\n",
    ),
    "R205": CodeInfo(
        "a channel of another kind",
        "The action cannot be sent over such a channel.",
        "channel: desk\n"
        "kind: log\n"
        "---\n"
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    then: [{webhook: {channel: desk}}]\n",
    ),
    "R206": CodeInfo(
        "unknown field or task",
        "Mentions have no such field and no classifier such a task, so the rule could never match.",
        "policy: a\nrules:\n  - id: b\n    when: {sentimnt: negative}\n    then: [{tag: [t]}]\n",
    ),
    "R207": CodeInfo(
        "a label that the task does not have",
        "No mention is ever given the label, so the condition could never hold.",
        "policy: a\nrules:\n  - id: b\n    when: {sentiment: angry}\n    then: [{tag: [t]}]\n",
    ),
    "R208": CodeInfo(
        "defined twice",
        "References and logs would be ambiguous: one id stands for one thing.",
        "policy: a\n---\npolicy: a\n",
    ),
    "R209": CodeInfo(
        "a macro contains itself",
        "It can never be written out.",
        "policy: a\n"
        "macros: {m: {not: {macro: m}}}\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {macro: m}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R210": CodeInfo(
        "never used",
        "It has no effect; perhaps a reference to it is missing or misspelt.",
        "policy: a\nlists: {press: [x]}\n",
    ),
}
