"""R1xx: what cannot be read, because its shape is wrong."""

from __future__ import annotations

from engine.code_info import CodeInfo

SHAPE_CODES: dict[str, CodeInfo] = {
    "R100": CodeInfo(
        "the file cannot be read",
        "Nothing of the file is known, so none of its rules run. It is missing, locked "
        "or not UTF-8.",
        "policy: caf\udce9\n",
    ),
    "R101": CodeInfo(
        "not valid YAML",
        "Reading stops there: what follows in the file is not known and its rules do not run.",
        "policy: a\nrules:\n\t- id: b\n",
    ),
    "R102": CodeInfo(
        "a key is repeated",
        "Only one of the two could count, and YAML readers disagree which; the rule "
        "might do either.",
        "policy: a\nowner: x\nowner: y\n",
    ),
    "R103": CodeInfo(
        "a YAML feature outside the language",
        "Tags, merge keys and aliases that contain themselves are not read, so the "
        "value would be lost.",
        "policy: !secret a\n",
    ),
    "R104": CodeInfo(
        "unknown field",
        "A field that is not known does nothing: what it was meant to say would "
        "silently not happen.",
        "policy: a\nonwer: x\n",
    ),
    "R105": CodeInfo(
        "a field is missing",
        "Without it there is nothing to go by, and the part cannot be used.",
        "policy: a\nrules:\n  - id: b\n    then: [{tag: [t]}]\n",
    ),
    "R106": CodeInfo(
        "the wrong kind of value",
        "A list, a mapping, one value or none: each place takes one kind, and another "
        "cannot be read.",
        "policy: a\nbrands: acme\n",
    ),
    "R107": CodeInfo(
        "unknown operator",
        "The comparison cannot be made, so the rule would never or always match.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {author.followers: {atleast: 10}}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R108": CodeInfo(
        "a value that is not possible here",
        "A misspelt mode, a malformed duration, a number where there can be none: it "
        "has no meaning.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    mode: enforced\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R109": CodeInfo(
        "not a usable name",
        "Ids stand in logs, addresses and files, so they are kept to letters that are "
        "safe in all of them.",
        "policy: Acme Care\n",
    ),
    "R110": CodeInfo(
        "not a condition",
        "What is written asks nothing of a mention, so nobody can say when it holds.",
        "policy: a\nrules:\n  - id: b\n    when: always\n    then: [{tag: [t]}]\n",
    ),
    "R111": CodeInfo(
        "not an action",
        "An item of `then` holds exactly one action; here it is unclear which one is meant.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    then: [{tag: [t], webhook: {channel: c}}]\n",
    ),
    "R112": CodeInfo(
        "an example is no mention",
        "The example cannot be run, so it proves nothing about the rule.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    then: [{tag: [t]}]\n"
        "    examples:\n"
        "      fires: [{language: en}]\n",
    ),
    "R113": CodeInfo(
        "unknown document",
        "Nobody can say what the document is, so nothing of it is used.",
        "polcy: a\n",
    ),
    "R115": CodeInfo(
        "parts that do not go together",
        "A rule is of one kind, and some parts mean something only beside others: alone they "
        "would silently do nothing.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    for: 2m\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R116": CodeInfo(
        "unknown measure",
        "What is not known cannot be measured, so the rule could never fire.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    window: {over: 15m, having: {counts: {at_least: 3}}}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R117": CodeInfo(
        "not an expectation",
        "The test would prove nothing there, or something else than it says.",
        "policy: a\n"
        "rules:\n"
        "  - {id: b, when: {text: hello}, then: [{tag: [t]}]}\n"
        "---\n"
        "tests:\n"
        "  - name: it is quiet\n"
        "    given: [{mention: {text: hello}}]\n"
        "    expect: [{never: reply, times: 2}]\n",
    ),
    "R191": CodeInfo(
        "not carried out yet",
        "It is planned and kept in the log, but this version has nothing that carries it out: the "
        "rule does less than it says until a later one does.",
        "policy: a\nrules:\n  - id: b\n    when: {text: rude}\n    then: [{hide: {}}]\n",
    ),
}
