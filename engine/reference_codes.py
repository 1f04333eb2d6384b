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
    "R211": CodeInfo(
        "unknown queue, calendar, rota, chain or playbook",
        "No document of the given paths defines it, so nobody could be told and nothing could "
        "be done.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    then: [{assign: {queue: nobody}}]\n",
    ),
    "R212": CodeInfo(
        "unknown rule",
        "It is named and not there: what was meant to be held back or tested would not be.",
        "policy: a\ninhibit: [{source: gone, target: {severity: minor}}]\n",
    ),
    "R213": CodeInfo(
        "a time that the queue does not have",
        "The clock that was meant would never run, and nobody would be late.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    then: [{assign: {queue: care, sla: soon}}]\n"
        "---\n"
        "queue: care\n"
        "members: [zoe]\n",
    ),
    "R214": CodeInfo(
        "unknown policy to extend",
        "Nothing of it is there, so the policy would lack the rules it counts on.",
        "policy: a\nextends: gone\n",
    ),
    "R215": CodeInfo(
        "a policy extends itself",
        "It can never be written out.",
        "policy: a\nextends: a\n",
    ),
    "R216": CodeInfo(
        "an override of what is not there",
        "The change would have no effect: perhaps it is misspelt, or the base has lost it.",
        "policy: base\n---\npolicy: a\nextends: base\noverride: {rules: {gone: {mode: shadow}}}\n",
    ),
    "R217": CodeInfo(
        "a list overridden without saying how",
        "It could be added to the list or stand in its place: the two do different things.",
        "policy: base\n"
        "brands: [acme]\n"
        "---\n"
        "policy: a\n"
        "extends: base\n"
        "override: {brands: [acme, borealis]}\n",
    ),
}
