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
    HALTED = "halted"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    PLATFORM = "platform"
    CAP = "cap"
    QUIET_HOURS = "quiet_hours"
    OPT_OUT = "opt_out"
    OWN_ACCOUNT = "own_account"
    BOT_LOOP = "bot_loop"
    DUPLICATE = "duplicate"
    MENTION_EDITED = "mention_edited"
    MENTION_GONE = "mention_gone"
    TOO_LONG = "too_long"
    LINKS = "links"
    BUDGET = "budget"
    NO_ACCOUNT = "no_account"
    PACED = "paced"
    BREAKER = "breaker"
    FORGOTTEN = "forgotten"
    RESTORE_WAITS = "restore_waits"
    NOTHING_TO_RESTORE = "nothing_to_restore"

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
    Reason.HALTED: "an operator halted everything of its kind",
    Reason.REJECTED: "a person rejected it",
    Reason.CONFLICT: "another draft for the same mention was approved",
    Reason.PLATFORM: "the rules of the platform forbid it",
    Reason.CAP: "as much as is allowed was sent already",
    Reason.QUIET_HOURS: "it is night where the author lives",
    Reason.OPT_OUT: "the author asked not to be written to",
    Reason.OWN_ACCOUNT: "the mention was written by an account of the brand",
    Reason.BOT_LOOP: "two machines seem to answer one another",
    Reason.DUPLICATE: "the same, or nearly the same, was sent before",
    Reason.MENTION_EDITED: "the mention was edited after it was decided",
    Reason.MENTION_GONE: "the mention was deleted by its author or the platform",
    Reason.TOO_LONG: "the text is longer than the platform takes",
    Reason.LINKS: "the text holds a link that is not allowed",
    Reason.BUDGET: "the change is larger than the budget guard allows",
    Reason.NO_ACCOUNT: "no account is set up that could do it",
    Reason.PACED: "the receiver asked to be left alone for a while",
    Reason.BREAKER: "the receiver failed too often; it is tried again later",
    Reason.FORGOTTEN: "the author was forgotten",
    Reason.RESTORE_WAITS: "what it puts back has not ended yet",
    Reason.NOTHING_TO_RESTORE: "what it would put back was never changed",
}
