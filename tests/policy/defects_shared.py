"""One-defect texts of shared documents, extension and list files; ``»`` stands at the fault."""

from __future__ import annotations

HOOK = "channel: hook\nkind: log\n---\n"
PACK = "platform: forum\nlast_reviewed: 2026-03-01\n"
BASE = """policy: base
abstract: true
lists: {press: ["@paper"]}
macros: {angry: {sentiment: negative}}
templates: {sorry: {en: Sorry}}
rules:
  - id: first
    when: [{macro: angry}]
    then: [{tag: [t]}]
---
policy: child
extends: base
"""


def hours(text: str) -> str:
    return f"calendar: c\ntime_zone: UTC\nhours: {text}\n"


def steps(text: str) -> str:
    return HOOK + f"chain: c\nsteps: [{text}]\n"


# id, expected code, a part of the message or help, the text
SHARED_DEFECTS: list[tuple[str, str, str, str]] = [
    ("queue with a misspelt field", "R104", "members", "queue: care\n»membres: [zoe]\n"),
    ("queue twice", "R208", "twice", "queue: care\n---\nqueue: »care\n"),
    ("sla without within", "R105", "within", "queue: care\nsla: {»first: {}}\n"),
    ("sla of a malformed time", "R108", "1h", "queue: care\nsla: {first: {within: »1 hour}}\n"),
    ("sla of no time", "R304", "no time", "queue: care\nsla: {first: {within: »0s}}\n"),
    ("queue that notifies an unknown channel", "R204", "hook", HOOK + "queue: care\nnotify: »hok\n"),
    ("sla in an unknown calendar", "R211", "office", "queue: care\nsla: {first: {within: 1h, calendar: »office}}\n"),
    ("calendar without a time zone", "R105", "time_zone", "»calendar: c\nhours: {mon: '09:00-10:00'}\n"),
    ("calendar without hours", "R105", "hours", "»calendar: c\ntime_zone: UTC\n"),
    ("calendar in an unknown time zone", "R108", "Europe/Paris", "calendar: c\ntime_zone: »Europe/Pari\nhours: {mon: '09:00-10:00'}\n"),
    ("hours of an unknown day", "R108", "mon", hours("{»mnday: '09:00-10:00'}")),
    ("hours of a day twice", "R108", "twice", hours("{mon-fri: '09:00-10:00', »tue: '09:30-12:00'}")),
    ("hours that are no span", "R108", "09:00", hours("{mon: »nine to five}")),
    ("hours beyond the day", "R108", "09:00", hours("{mon: »'09:00-25:00'}")),
    ("hours that end before they begin", "R108", "ends before", hours("{mon: [»'18:00-09:00']}")),
    ("hours that overlap", "R108", "overlaps", hours("{mon: ['09:00-12:00', »'11:00-13:00']}")),
    ("hours as a list", "R106", "mon-fri", hours("»['09:00-12:00']")),
    ("a malformed holiday", "R108", "date", hours("{mon: '09:00-10:00'}") + "holidays: {dates: [»christmas]}\n"),
    ("a country's name", "R108", "country", hours("{mon: '09:00-10:00'}") + "holidays: {country: »France}\n"),
    ("rota of nobody", "R105", "shifts", "»rota: r\n"),
    ("rota of two kinds", "R105", "one of the two", "rota: r\nshifts: [{who: zoe, hours: {mon: '09:00-10:00'}}]\n»ical: a.ics\n"),
    ("shift of nobody", "R105", "who", "rota: r\nshifts: [»{hours: {mon: '09:00-10:00'}}]\n"),
    ("rota of a file that is not there", "R100", "none.ics", "rota: r\nical: »none.ics\n"),
    ("rota of a folder", "R100", "ordinary", "rota: r\nical: »tests\n"),
    ("rota told by an unknown channel", "R204", "hook", HOOK + "rota: r\nshifts: [{who: zoe, hours: {mon: '09:00-10:00'}}]\nchannel: »hok\n"),
    ("chain limited to a calendar", "R352", "Monday 10:00 to Tuesday 09:00", HOOK + hours("{mon-fri: '09:00-10:00'}") + "---\nchain: c\n»steps: [{notify: {channel: hook}, calendar: c}]\n"),
    ("chain of a rota with a gap", "R352", "Sunday 00:00 to 06:00", "rota: r\nshifts: [{who: zoe, hours: {mon-sat: '00:00-24:00', sun: '06:00-24:00'}}]\n---\nchain: c\n»steps: [{notify: {rota: r}}]\n"),
    ("chain of a rota of nobody", "R352", "at any hour", HOOK + "rota: r\nshifts: []\n---\nchain: c\n»steps: [{notify: {rota: r}}, {wait: 10m}, {repeat: 2}]\n"),
    ("chain without steps", "R105", "steps", "»chain: c\n"),
    ("chain that tells nobody", "R331", "nobody", "chain: c\n»steps: [{wait: 10m}]\n"),
    ("chain with an empty step", "R111", "notify", steps("{notify: {channel: hook}}, »{}")),
    ("step of two kinds", "R111", "one thing", steps("{notify: {channel: hook}, »wait: 10m}")),
    ("step with a misspelt kind", "R104", "notify", steps("{notify: {channel: hook}}, {»notfy: {channel: hook}}")),
    ("step that waits in words", "R108", "10m", steps("{notify: {channel: hook}}, {wait: »10 minutes}")),
    ("step that waits for nothing", "R304", "no time", steps("{notify: {channel: hook}}, {wait: »0s}")),
    ("step behind a repeat", "R331", "last step", steps("{»repeat: 3}, {notify: {channel: hook}}")),
    ("step to an unknown channel", "R204", "hook", steps("{notify: {channel: »hok}}")),
    ("step to an unknown rota", "R211", "rota", steps("{notify: {rota: »night}}")),
    ("step to both", "R111", "either", HOOK + "rota: r\nshifts: [{who: zoe, hours: {mon-sun: '00:00-24:00'}}]\n---\nchain: c\nsteps: [{»notify: {channel: hook, rota: r}}]\n"),
    ("step in an unknown calendar", "R211", "calendar", steps("{notify: {channel: hook}, calendar: »office}")),
    ("step only if without a time", "R105", "in", steps("{notify: {channel: hook}, »only_if: {more_than: 3}}")),
    ("task without what to do", "R105", "do", "playbook: p\ntasks: [»{id: call}]\n"),
    ("task twice", "R208", "twice", "playbook: p\ntasks: [{id: call, do: x}, {id: »call, do: y}]\n"),
    ("statement that is none", "R106", "text", "playbook: p\nstatements: {»en: []}\n"),
    ("platform nobody reviewed", "R105", "last_reviewed", "»platform: x\n"),
    ("platform whose review is misspelt", "R104", "last_reviewed", "platform: x\n»last_review: 2026-03-01\n"),
    ("platform answers in words", "R106", "automatic", PACK + "answers: »anyone\n"),
    ("platform answers a stranger kind", "R108", "engaged", PACK + "answers: {automatic: »engagd}\n"),
    ("platform window of no time", "R304", "nobody", PACK + "windows: [{automatic: »0s}]\n"),
    ("platform window that gives a person less", "R304", "less time", PACK + "windows: [{automatic: 2d, by_person: »1d}]\n"),
    ("platform window of an unknown kind", "R108", "message", PACK + "windows: [{kinds: »mesage}]\n"),
    ("platform cap without whose", "R105", "per", PACK + "caps: [»{most: 1}]\n"),
    ("platform cap of none", "R108", "greater than", PACK + "caps: [{most: »0, per: author}]\n"),
    ("platform cap over no time", "R304", "nothing", PACK + "caps: [{most: 1, per: author, in: »0s}]\n"),
    ("platform cap of a stretch and a day", "R111", "'in' or 'day_of'", PACK + "caps: [{most: 1, per: author, in: 1d, »day_of: UTC}]\n"),
    ("platform cap of a day of nowhere", "R108", "time zone", PACK + "caps: [{most: 1, per: author, day_of: »Europe/Pariss}]\n"),
    ("platform cap smaller than one", "R304", "none is ever sent", PACK + "caps: [{most: 2, per: account, each: »3}]\n"),
    ("platform cap with a misspelt field", "R104", "per", PACK + "caps: [{most: 2, per: author, »pre: author}]\n"),
    ("platform length in unknown units", "R108", "graphemes", PACK + "length: [{most: 2, unit: »graphems}]\n"),
    ("platform length that is no list", "R106", "list", PACK + "length: »280\n"),
    ("platform disclosure without languages", "R106", "language", PACK + "disclosure: »Automatic\n"),
    ("platform disclosure in no language", "R315", "en", PACK + "disclosure: {»english: Automatic}\n"),
    ("platform disclosure that is empty", "R106", "text", PACK + "disclosure: {»en: ''}\n"),
    ("platform server with a field of the platform", "R104", "Fields here", PACK + "instances: {a.example: {»retention: 30d}}\n"),
    ("platform server with a cap at fault", "R304", "nothing", PACK + "instances: {a.example: {caps: [{most: 1, per: author, in: »0s}]}}\n"),
    ("channel whose token is written out", "R402", "SOME_NAME", "channel: c\nkind: slack\ntoken: »xoxb-1\n"),
    ("webhook that is not ready to run", "R420", "secret", "channel: »c\nkind: webhook\nurl: https://e.example\n"),
    ("extends an unknown policy", "R214", "base", BASE.replace("extends: base", "extends: »bas")),
    ("extends itself", "R215", "itself", "policy: a\nextends: »a\n"),
    ("override without extends", "R115", "extends", "policy: a\n»override: {owner: x}\n"),
    ("override of an unknown rule", "R216", "first", BASE + "override: {rules: {»frist: {mode: shadow}}}\n"),
    ("override of an unknown list", "R216", "press", BASE + "override: {lists: {»pres: {append: [x]}}}\n"),
    ("override of an unknown part", "R104", "rules", BASE + "override: {»ruls: {}}\n"),
    ("override of an id", "R216", "id", BASE + "override: {rules: {first: {»id: other}}}\n"),
    ("override of a list without a word", "R217", "append", BASE + "override: {lists: {»press: ['@radio']}}\n"),
    ("override with an unknown mode", "R108", "shadow", BASE + "override: {rules: {first: {mode: »shadwo}}}\n"),
    ("override with an unknown field", "R104", "mode", BASE + "override: {rules: {first: {»mod: shadow}}}\n"),
    ("override that appends to a mapping", "R217", "new value", BASE + "override: {macros: {angry: {»append: [x]}}}\n"),
    ("a list that the base has", "R208", "override", BASE + "lists: {»press: ['@radio']}\n"),
    ("a rule that the base has", "R208", "twice", BASE + "rules: [{id: »first, when: {source: x}}]\n"),
    ("a list's file that is not there", "R100", "none.txt", "policy: a\nlists: {l: {file: »none.txt}}\nrules: [{id: b, when: {source: {in_list: l}}}]\n"),
    ("a list of two kinds", "R104", "file", "policy: a\nlists: {l: {file: none.txt, »words: [x]}}\nrules: [{id: b, when: {source: {in_list: l}}}]\n"),
    ("a setting of another kind of channel", "R421", "ignored", "channel: c\nkind: log\n»retries: 3\n"),
    ("a misspelt setting of a channel", "R104", "subject", "channel: c\nkind: email\nto: a@b.example\nfrom: c@d.example\nhost: h\n»subjet: x\n"),
    ("a hook's address written out", "R422", "secret", "channel: c\nkind: slack\nurl: »https://hooks.slack.com/services/T0/B0/abc\n"),
    ("a password in an address", "R422", "secret", "channel: c\nkind: apprise\nurl: »mailto://me:hunter2@example.org\n"),
    ("a playbook's misspelt action", "R104", "publishing", "playbook: p\nactions:\n  - »publising: {do: suspend, scope: brand}\n"),
    ("a kind under another name", "R105", "knd", "»channel: c\nknd: log\n"),
    ("an empty text of a template", "R305", "empty", BASE.replace("{en: Sorry}", "{en: »''}")),
    ("a template for no language", "R315", "did you mean 'en'", BASE.replace("{en: Sorry}", "{»english: Sorry}")),
    ("a rule's list changed with a misspelt word", "R217", "append", BASE + "override: {lists: {press: {»apend: [x]}}}\n"),
]  # fmt: skip
