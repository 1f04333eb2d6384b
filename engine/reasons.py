"""Why the engine did not act, or stopped: one closed list, each with human text.

A Reason is a value in the log, never an exception. `docs/reasons.md` is checked against this list.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a match led to fewer actions than its rule names, or an action was not sent."""

    SHADOW = "shadow"
    EXCEPT = "except"
    COOLDOWN = "cooldown"
    INHIBIT = "inhibit"
    SILENCE = "silence"
    MUTE = "mute"
    LATE = "late"
    OUTSIDE_CALENDAR = "outside_calendar"
    TOO_FEW_ALERTS = "too_few_alerts"
    NOBODY_ON_CALL = "nobody_on_call"
    APPROVAL = "approval"
    NO_TEMPLATE = "no_template"
    EXPIRED = "expired"
    RECEIVER_REFUSED = "receiver_refused"
    ATTEMPTS_SPENT = "attempts_spent"
    UNCONFIRMED = "unconfirmed"
    CHANNEL_GONE = "channel_gone"

    @property
    def text(self) -> str:
        """The sentence a person reads."""
        return _TEXT[self]


_TEXT = {
    Reason.SHADOW: "the rule or action is in shadow mode: evaluated and logged, nothing planned",
    Reason.EXCEPT: "an exception of the rule held",
    Reason.COOLDOWN: "the rule acted for the same key within its cooldown",
    Reason.INHIBIT: "a rule that matters more fires for the same values",
    Reason.SILENCE: "an operator silenced the rule for a time",
    Reason.MUTE: "a calendar mutes the rule at this time",
    Reason.LATE: "the mention came too late to count in the rule's window",
    Reason.OUTSIDE_CALENDAR: "the step of the chain is outside its calendar",
    Reason.TOO_FEW_ALERTS: "the step of the chain wants more alerts than there were",
    Reason.NOBODY_ON_CALL: "nobody of the rota is on call at this time",
    Reason.APPROVAL: "waits for a person to approve it",
    Reason.NO_TEMPLATE: "the template has no text for the mention's language",
    Reason.EXPIRED: "it was not sent before it lost its meaning",
    Reason.RECEIVER_REFUSED: "the receiver refused it for good",
    Reason.ATTEMPTS_SPENT: "every allowed attempt failed",
    Reason.UNCONFIRMED: "it may or may not have been sent: a person has to look",
    Reason.CHANNEL_GONE: "the channel it names is no longer defined",
}
