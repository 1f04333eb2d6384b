"""R33x: what can never be, or asks nothing, in rules over time, chains and actions."""

from __future__ import annotations

from engine.code_info import CodeInfo

OVER_TIME_CODES: dict[str, CodeInfo] = {
    "R331": CodeInfo(
        "a chain that does less than it says",
        "A step is never reached, or nobody is ever told: people would rely on it in vain.",
        "chain: c\nsteps: [{wait: 10m}]\n",
    ),
    "R332": CodeInfo(
        "inhibition by a rule that does not go on firing",
        "A rule of single mentions is over as soon as it has matched, so it holds nothing back.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    then: [{tag: [t]}]\n"
        "inhibit: [{source: b, target: {severity: minor}}]\n",
    ),
    "R333": CodeInfo(
        "a threshold that asks nothing",
        "The measure always reaches it, so it narrows nothing.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    window: {over: 15m, having: {count: {at_least: 0}}}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R334": CodeInfo(
        "a restore that never comes",
        "What the action changes would stay changed, against what the rule says.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    then: [{ads: {do: pause, select: {tag: brand}, restore: on_resolve}, mode: shadow}]\n",
    ),
    "R335": CodeInfo(
        "a setting that the order does not take",
        "It would silently have no effect.",
        "policy: a\n"
        "rules:\n"
        "  - id: b\n"
        "    when: {sentiment: negative}\n"
        "    then: [{ads: {do: pause, select: {tag: brand}, terms: [fire]}, mode: shadow}]\n",
    ),
}
