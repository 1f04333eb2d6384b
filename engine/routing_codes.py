"""R35x: calendars, rotas, chains, mutes and playbooks; windows that ask for what cannot be."""

from __future__ import annotations

from engine.code_info import CodeInfo

_WINDOW = "policy: a\nrules:\n  - id: b\n    window: {over: 15m, having: {count: {at_least: 9}}}\n"

ROUTING_CODES: dict[str, CodeInfo] = {
    "R351": CodeInfo(
        "a rota's file that is no sound calendar",
        "Nobody would be on call, or not those who think they are.",
        "rota: r\nical: policy.yaml\n",
    ),
    "R352": CodeInfo(
        "a chain that reaches nobody at some hour",
        "An escalation that begins then ends without anybody knowing of it.",
        "rota: r\ntime_zone: Europe/Paris\nshifts: [{who: lea, hours: {mon-sat: '00:00-24:00'}}]\n"
        "---\nchain: c\nsteps: [{notify: {rota: r}}]\n",
    ),
    "R353": CodeInfo(
        "an inhibition that holds nothing back",
        "The source rule does not tell such values apart, so none is ever equal: its targets go "
        "on acting.",
        _WINDOW + "    then: [{tag: [t]}]\n"
        "inhibit: [{source: b, target: {severity: minor}, equal: [brand]}]\n",
    ),
    "R354": CodeInfo(
        "held longer than its window",
        "Mentions leave the window sooner than the rule fires: one burst, however high, never "
        "does it, only what goes on.",
        _WINDOW + "    for: 20m\n    then: [{tag: [t]}]\n",
    ),
    "R355": CodeInfo(
        "a window that never fills",
        "Its measures cannot all reach what they are asked, so the rule never fires.",
        "policy: a\nrules:\n  - id: b\n    window:\n      over: 15m\n      having:\n"
        "        count: {at_most: 10}\n        distinct: {field: author.id, at_least: 20}\n"
        "    then: [{tag: [t]}]\n",
    ),
    "R356": CodeInfo(
        "resolved while it still holds",
        "A measure that is to stay low is below its share of the threshold from the beginning, so "
        "the rule resolves although it holds.",
        "policy: a\nrules:\n  - id: b\n    window: {over: 15m, having: {count: {at_most: 3}}}\n"
        "    resolve: {below: 60%, for: 5m}\n    then: [{tag: [t]}]\n",
    ),
    "R357": CodeInfo(
        "a holding statement in one language only",
        "In a crisis somebody translates in a hurry, or those who read the other are not answered.",
        'playbook: p\nstatements: {en: "We are looking into it."}\n',
    ),
    "R358": CodeInfo(
        "a task of nobody",
        "Everybody takes it that another does it.",
        "playbook: p\nroles: {lead: lea}\ntasks: [{id: call, do: Call the plant.}]\n",
    ),
    "R359": CodeInfo(
        "an action that a playbook does not do",
        "It stands there for people to read; when the crisis comes, nothing of it happens by "
        "itself.",
        "playbook: p\nactions: [{fax: {to: board}}]\n",
    ),
}
