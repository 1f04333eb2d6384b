"""One-defect texts of rules over time and of actions; ``»`` stands where the fault is reported."""

from __future__ import annotations

HEAD = """policy: a
brands: [acme]
rules:
  - id: first
    when: {sentiment: negative}
    cooldown: {per: author, for: 1d}
"""
SHARED = """queue: care
members: [zoe]
sla: {first: {within: 1h}}
---
calendar: office
time_zone: Europe/Paris
hours: {mon-fri: "09:00-18:00"}
---
channel: hook
kind: log
---
chain: night
steps: [{notify: {channel: hook}}]
---
playbook: fire
---
"""


def having(text: str) -> str:
    return HEAD + f"    window: {{over: 15m, by: [brand], having: {text}}}\n"


def then(text: str) -> str:
    return SHARED + HEAD + f"    then: [{text}]\n"


def over(text: str) -> str:
    return SHARED + HEAD + f"    {text}\n"


# id, expected code, a part of the message or help, the text
OVER_TIME_DEFECTS: list[tuple[str, str, str, str]] = [
    ("window without over", "R105", "over", HEAD + "    »window: {having: {count: {at_least: 3}}}\n"),
    ("window without having", "R105", "having", HEAD + "    »window: {over: 15m}\n"),
    ("window of no time", "R304", "no time", HEAD + "    window: {over: »0s, having: {count: {at_least: 3}}}\n"),
    ("window of a malformed time", "R108", "15m", HEAD + "    window: {over: »15 minutes, having: {count: {at_least: 3}}}\n"),
    ("misspelt field of a window", "R104", "over", HEAD + "    window: {»ovr: 15m, having: {count: {at_least: 3}}}\n"),
    ("measure outside having", "R104", "having", HEAD + "    window: {over: 15m, having: {count: {at_least: 3}}, »count: {at_least: 3}}\n"),
    ("window by an unknown field", "R206", "brand", HEAD + "    window: {over: 15m, by: [»brnd], having: {count: {at_least: 3}}}\n"),
    ("window by a group of fields", "R206", "author.id", HEAD + "    window: {over: 15m, by: [»author], having: {count: {at_least: 3}}}\n"),
    ("misspelt measure", "R116", "count", having("{»cuont: {at_least: 3}}")),
    ("having nothing", "R110", "measures", having("»{}")),
    ("having a number", "R110", "count", having("»30")),
    ("measure without a threshold", "R105", "at_least", having("{»count: {}}")),
    ("measure with an unknown threshold", "R104", "at_least", having("{count: {»atleast: 3}}")),
    ("count of a word", "R108", "integer", having("{count: {at_least: »many}}")),
    ("count below zero", "R108", "greater than or equal to 0", having("{count: {at_least: »-3}}")),
    ("count that asks nothing", "R333", "always", having("{count: {at_least: »0}}")),
    ("count in an empty range", "R314", "at least 30", having("{count: {at_least: 30, at_most: »10}}")),
    ("count below nothing", "R304", "never below 0", having("{count: {less_than: »0}}")),
    ("share above a hundred", "R108", "above 100%", having("{share: {at_least: »140%}}")),
    ("share without its sign", "R108", "40%", having("{share: {at_least: »40}}")),
    ("share of more than all", "R304", "100%", having("{share: {more_than: »100%}}")),
    ("share of something else", "R110", "all", having("{share: {at_least: 40%, of: »some}}")),
    ("share of a misspelt label", "R207", "negative", having("{share: {at_least: 40%, of: {sentiment: »negatve}}}")),
    ("share with a misspelt bound", "R108", "lower", having("{share: {at_least: 40%, bound: »lowr}}")),
    ("distinct without a field", "R105", "field", having("{»distinct: {at_least: 3}}")),
    ("distinct of an unknown field", "R206", "author.id", having("{distinct: {field: »author.ident, at_least: 3}}")),
    ("sum of a text", "R309", "number", having("{sum: {field: »author.name, at_least: 3}}")),
    ("sum of an unknown field", "R206", "metrics.reach", having("{sum: {field: »metrics.reech, at_least: 3}}")),
    ("percentile without a rank", "R105", "rank", having("{»percentile: {field: metrics.reach, at_least: 3}}")),
    ("spike of unknown sensitivity", "R108", "medium", having("{spike: {sensitivity: »extreme}}")),
    ("emerging of an unknown kind", "R108", "hashtags", having("{emerging: {field: »words, at_least: 3}}")),
    ("measure in a misspelt combination", "R116", "any", having("{»ayn: [{count: {at_least: 3}}]}")),
    ("not of nothing", "R110", "measures", having("{»not: }")),
    ("for without a window", "R115", "window", over("»for: 2m")),
    ("resolve without a window", "R115", "window", over("»resolve: {below: 60%}")),
    ("resolve that says nothing", "R105", "below", having("{count: {at_least: 3}}").rstrip("\n") + "\n    »resolve: {}\n"),
    ("resolve above a hundred", "R108", "above 100%", having("{count: {at_least: 3}}") + "    resolve: {below: »120%}\n"),
    ("resolve below nothing", "R304", "never resolve", having("{count: {at_least: 3}}") + "    resolve: {below: »0%}\n"),
    ("window and sequence at once", "R115", "two rules", having("{count: {at_least: 3}}") + "    »absent: {for: 1h}\n"),
    ("sequence of one step", "R110", "two steps", over("sequence: {»steps: [{when: {source: x}}], within: 1h}")),
    ("sequence without within", "R105", "within", over("»sequence: {steps: [{when: {source: x}}, {when: {source: y}}]}")),
    ("sequence of no time", "R304", "no time", over("sequence: {steps: [{when: {source: x}}, {when: {source: y}}], within: »0m}")),
    ("step without when", "R105", "when", over("sequence: {steps: [{when: {source: x}}, »{}], within: 1h}")),
    ("step with a misspelt field", "R206", "author.handle", over("sequence: {steps: [{when: {source: x}}, {when: {»author.handel: y}}], within: 1h}")),
    ("absent without for", "R105", "for", over("»absent: {by: [source]}")),
    ("absent for no time", "R304", "always", over("absent: {for: »0s}")),
    ("unanswered in an unknown calendar", "R211", "office", over("unanswered: {for: 2h, calendar: »ofice}")),
    ("unanswered in an unknown queue", "R211", "care", over("unanswered: {for: 2h, queue: »cares}")),
    ("inhibited by an unknown rule", "R212", "first", HEAD + "inhibit: [{source: »frist, target: {severity: minor}}]\n"),
    ("inhibited by a rule of single mentions", "R332", "goes on firing", HEAD + "inhibit: [{source: »first, target: {severity: minor}}]\n"),
    ("inhibiting nothing", "R105", "severities or rules", having("{count: {at_least: 3}}") + "inhibit: [{source: first, »target: {}}]\n"),
    ("inhibiting an unknown rule", "R212", "secnd", having("{count: {at_least: 3}}") + "inhibit: [{source: first, target: {rule: »secnd}}]\n"),
    ("inhibiting an unknown severity", "R108", "major", having("{count: {at_least: 3}}") + "inhibit: [{source: first, target: {severity: [»majr]}}]\n"),
    ("inhibiting by an unknown field", "R206", "brand", having("{count: {at_least: 3}}") + "inhibit: [{source: first, target: {severity: minor}, equal: [»brnd]}]\n"),
    ("inhibiting by a value that its source lacks", "R353", "by", having("{count: {at_least: 3}}") + "inhibit: [{source: first, target: {severity: minor}, equal: »source}]\n"),
    ("muted by no calendar", "R105", "during", HEAD + "mute: [»{target: {severity: minor}}]\n"),
    ("muted by two calendars", "R105", "during", SHARED + HEAD + "mute: [{during: office, »outside: office, target: {severity: minor}}]\n"),
    ("muted by an unknown calendar", "R211", "office", SHARED + HEAD + "mute: [{during: »ofice, target: {severity: minor}}]\n"),
    ("muting nothing", "R105", "severities or rules", SHARED + HEAD + "mute: [{during: office, »target: {}}]\n"),
    ("muting an unknown rule", "R212", "first", SHARED + HEAD + "mute: [{outside: office, target: {rule: »frist}}]\n"),
    ("muting without a target", "R105", "target", SHARED + HEAD + "mute: [»{outside: office}]\n"),
    ("key outside of rules over time", "R306", "only rules over time", then("{notify: {channel: hook, text: »'{{ key.brand }}'}}")),
    ("incident where none is opened", "R306", "incident", then("{notify: {channel: hook, text: »'{{ incident.title }}'}}")),
    ("a key that the window is not by", "R306", "brand", SHARED + having("{count: {at_least: 3}}") + "    then: [{notify: {channel: hook, text: »'{{ key.source }}'}}]\n"),
    ("an unknown field of an incident", "R306", "title", then("{incident: {title: »'{{ incident.titel }}'}}")),
    ("assigned to nobody", "R111", "queue or a person", then("{»assign: {}}")),
    ("assigned twice", "R111", "queue or a person", then("{assign: {queue: care, »person: zoe}}")),
    ("assigned to an unknown queue", "R211", "care", then("{assign: {queue: »caer}}")),
    ("an unknown sla", "R213", "first", then("{assign: {queue: care, sla: »frist}}")),
    ("a person's sla", "R213", "queue", then("{assign: {person: zoe, sla: »first}}")),
    ("an unknown chain", "R211", "night", then("{escalate: {chain: »nigth}}")),
    ("an unknown playbook", "R211", "fire", then("{incident: {title: x, playbook: »fier}}")),
    ("an incident of unknown severity", "R108", "critical", then("{incident: {title: x, severity: »critcal}}")),
    ("an unknown channel of a notice", "R204", "hook", then("{notify: {channel: »hok}}")),
    ("ads without select", "R105", "select", then("{»ads: {do: pause}}")),
    ("ads that select nothing", "R105", "campaign", then("{ads: {do: pause, »select: {}}}")),
    ("ads with an unknown selector", "R104", "tag", then("{ads: {do: pause, select: {»tags: brand}}}")),
    ("ads with an unknown order", "R108", "pause", then("{ads: {do: »stop, select: {tag: brand}}}")),
    ("a budget without by", "R105", "by", then("{ads: {do: »budget, select: {tag: brand}}}")),
    ("a budget by a bare number", "R108", "-30%", then("{ads: {do: budget, select: {tag: brand}, by: »-30}}")),
    ("a budget by nothing", "R304", "0%", then("{ads: {do: budget, select: {tag: brand}, by: »0%}}")),
    ("terms without exclude_terms", "R335", "exclude_terms", then("{ads: {do: pause, select: {tag: brand}, »terms: [x]}}")),
    ("exclude_terms without terms", "R105", "terms", then("{ads: {do: »exclude_terms, select: {tag: brand}}}")),
    ("a restore that never comes", "R334", "never resolves", then("{ads: {do: pause, select: {tag: brand}, restore: »on_resolve}}")),
    ("an unknown restore", "R108", "on_resolve", then("{publishing: {do: suspend, restore: »later}}")),
    ("publishing of an unknown scope", "R108", "brand", then("{publishing: {do: suspend, scope: »world}}")),
    ("publishing without an order", "R105", "do", then("{»publishing: {scope: brand}}")),
    ("an action nothing carries out yet", "R191", "shadow", then("{»hide: {}}")),
]  # fmt: skip
