"""R4xx: what may act more than its author means it to."""

from __future__ import annotations

from engine.code_info import CodeInfo

SAFETY_CODES: dict[str, CodeInfo] = {
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
    "R420": CodeInfo(
        "a channel that is not ready to run",
        "The policy can be checked and tested, but the engine refuses to start until the "
        "channel is told what it lacks.",
        "channel: c\nkind: webhook\nurl: https://example.org/hook\n",
    ),
    "R421": CodeInfo(
        "a setting that this kind of channel does not take",
        "It has no effect; the rest of the channel works as it says.",
        "channel: c\nkind: log\nformat: long\n",
    ),
    "R422": CodeInfo(
        "an address that is a secret",
        "Whoever can read the file can write to the channel as if they were the engine.",
        "channel: c\nkind: slack\nurl: https://hooks.slack.com/services/T0/B0/abc\n",
    ),
}
