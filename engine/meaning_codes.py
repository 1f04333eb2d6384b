"""R3xx: what can be read and does not mean what it seems to."""

from __future__ import annotations

from engine.code_info import CodeInfo

# Sixty macros, each two conditions around the next: more levels than a condition may have.
_DEEP = (
    "policy: a\nmacros:\n  m0: {source: x}\n"
    + "".join(f"  m{n}: {{not: {{not: {{macro: m{n - 1}}}}}}}\n" for n in range(1, 60))
    + "rules:\n  - id: b\n    when: {macro: m59}\n    then: [{tag: [t]}]\n"
)

MEANING_CODES: dict[str, CodeInfo] = {
    "R301": CodeInfo(
        "the text query is not valid",
        "The words cannot be looked for.",
        "policy: a\nrules:\n  - id: b\n    when: {text: 'a NEAR b'}\n    then: [{tag: [t]}]\n",
    ),
    "R302": CodeInfo(
        "the pattern is not valid",
        "The pattern cannot be searched for. Patterns run in time linear in the text, "
        "so back-references and look-around do not exist.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {text: {matches: '(?=a)b'}}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R303": CodeInfo(
        "a contradiction",
        "Two things are asked that can never both be true, so the rule never matches.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: [{sentiment: negative}, {sentiment: positive}]\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R304": CodeInfo(
        "a threshold out of reach",
        "No value can ever be on the wanted side of the limit, so the condition could never hold.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: {at_least: 1.5}}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R305": CodeInfo(
        "the template is not valid",
        "The text could not be made at the moment it is needed.",
        'policy: a\ntemplates: {t: {en: "{{ author.name"}}\n',
    ),
    "R306": CodeInfo(
        "an unknown variable in a template",
        "The text could not be made at the moment it is needed.",
        'policy: a\ntemplates: {t: {en: "{{ autor }}"}}\n',
    ),
    "R307": CodeInfo(
        "an empty list",
        "Nothing is ever in it: conditions on it are always false, their opposites always true.",
        "policy: a\n"
        "lists: {press: []}\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {author.handle: {in_list: press}}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R308": CodeInfo(
        "an expired exception",
        "It holds nothing back any more, although it still reads as if it did.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    except: [{name: own, when: {source: x}, expires: 2020-01-01}]\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R309": CodeInfo(
        "an operator that makes no sense on the field",
        "The comparison cannot be made on such a value.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {author.verified: {at_least: 1}}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R310": CodeInfo(
        "a doubtful text query",
        "It can be read, but perhaps not as it was meant.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {text: 'fire and smoke'}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R311": CodeInfo(
        "a language without a text",
        "A mention in that language is answered in English, or not at all.",
        "policy: a\n"
        'templates: {sorry: {en: "We are sorry"}}\n'
        "rules:\n"
        "  - id: b\n"
        "    when: {language: fr}\n"
        "    cooldown: {per: author, for: 1d}\n"
        "    then: [{reply: {template: sorry}}]\n",
    ),
    "R312": CodeInfo(
        "a value that the field never has",
        "The field has a closed list of values and this is none, so the condition could "
        "never hold.",
        "policy: a\nrules:\n  - id: b\n    when: {kind: {is: tweet}}\n    then: [{tag: [t]}]\n",
    ),
    "R313": CodeInfo(
        "nested too deeply",
        "With its macros written out the condition is too large to be evaluated for every mention.",
        _DEEP,
    ),
    "R314": CodeInfo(
        "a range that holds nothing",
        "The lower limit is above the upper one, so the condition could never hold.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {author.followers: {at_least: 100, at_most: 10}}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R315": CodeInfo(
        "an unknown language code",
        "Mentions carry codes such as fr or pt-BR, never a language's name, so none has this one.",
        "policy: a\nrules:\n  - id: b\n    when: {language: english}\n    then: [{tag: [t]}]\n",
    ),
}
