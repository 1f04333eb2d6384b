"""Every code a Problem can carry: its title, and what follows for whoever meets it.

The one table, in the order of the codes. A test proves that each example produces its code, and
that no other code is used.
"""

from __future__ import annotations

from engine.brands_codes import BRANDS_CODES
from engine.code_info import CodeInfo
from engine.settings_codes import SETTINGS_CODES

# Sixty macros, each two conditions around the next: more levels than a condition may have.
_DEEP = (
    "policy: a\nmacros:\n  m0: {source: x}\n"
    + "".join(f"  m{n}: {{not: {{not: {{macro: m{n - 1}}}}}}}\n" for n in range(1, 60))
    + "rules:\n  - id: b\n    when: {macro: m59}\n    then: [{tag: [t]}]\n"
)

CODES: dict[str, CodeInfo] = {
    **BRANDS_CODES,
    **SETTINGS_CODES,
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
    "R190": CodeInfo(
        "not supported yet",
        "The language has it, but this version cannot carry it out. It is refused "
        "rather than ignored, so that no rule does less than it says.",
        "policy: a\nrules:\n  - id: b\n    when: {sentiment: negative}\n    window: {over: 15m}\n",
    ),
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
    "R401": CodeInfo(
        "a looser mode than the rule's",
        "An action may hold back more than its rule, never less: whoever sets a rule to "
        "draft must be able to trust it.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    mode: shadow\n"
        "    then: [{tag: [t], mode: enforce}]\n",
    ),
    "R402": CodeInfo(
        "a secret in the file",
        "Policies are read, copied and kept in version control: whoever sees the file "
        "has the secret.",
        "channel: c\nkind: webhook\nurl: https://example.org/\nsecret: hunter2\n",
    ),
    "R403": CodeInfo(
        "a variable of the environment is missing",
        "The channel lacks an address or a secret and cannot be used until it is set.",
        "channel: c\nkind: webhook\nurl: https://example.org/\nsecret: ${HOOK_SECRET}\n",
    ),
    "R404": CodeInfo(
        "a reply without a cooldown",
        "The same author may be answered again and again, which people and platforms take as spam.",
        "policy: a\n"
        'templates: {sorry: {en: "We are sorry"}}\n'
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    then: [{reply: {template: sorry}}]\n",
    ),
    "R405": CodeInfo(
        "enforced without examples",
        "The rule acts without a person and nothing shows that it acts on the right mentions.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    mode: enforce\n"
        "    then: [{tag: [t]}]\n",
    ),
}
