"""R44x: what is said of platform packs, and of replies that they hold back."""

from __future__ import annotations

from engine.code_info import CodeInfo

PLATFORM_CODES: dict[str, CodeInfo] = {
    "R440": CodeInfo(
        "a limit that packs do not know",
        "It has no effect: what it was to forbid is not forbidden. The rest of the pack holds.",
        "platform: forum\nlast_reviewed: 2026-03-01\nreplies_a_day: 5\n",
    ),
    "R441": CodeInfo(
        "a platform pack that is old",
        "Platforms change their rules often: what the pack allows may be forbidden by now, and the "
        "account may be closed for it.",
        "platform: forum\nlast_reviewed: 2025-01-01\n",
    ),
    "R442": CodeInfo(
        "a review that is still to come",
        "Nobody can have looked the limits up on that day, so nothing says how old they are.",
        "platform: forum\nlast_reviewed: 2031-01-01\n",
    ),
    "R443": CodeInfo(
        "an automatic reply where a person is wanted",
        "The rule says that nobody need approve, the platform's pack says that somebody must: it "
        "is held back at the moment of sending, every time.",
        "platform: forum\nlast_reviewed: 2026-03-01\nanswers: {automatic: nobody}\n---\n"
        'policy: a\ntemplates: {sorry: {en: "We are sorry"}}\nrules:\n'
        "  - id: b\n    when: {source: forum, sentiment: negative}\n    mode: enforce\n"
        "    cooldown: {per: author, for: 1d}\n"
        "    then: [{reply: {template: sorry, approval: none}}]\n"
        "    examples: {fires: [{text: bad, source: forum, language: en, "
        "classifications: {sentiment: {label: negative, score: 0.9}}}]}\n",
    ),
}
