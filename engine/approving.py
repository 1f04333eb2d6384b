"""Who has to agree before something is said: how many people, and whose word counts. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.decision import Mode, Severity
from engine.plan import OUTWARD_KINDS
from engine.policy import Approval
from engine.verdict import Judgement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Self

    from engine.mention import Mention
    from engine.settings_approval import ApprovalSettings
    from engine.verdict import Verdict

# What is done to what somebody wrote: these need two people where the risk is high, whatever the
# rule's mode. An escalation is not among them: the graver it is, the less it may wait.
FACING_KINDS = frozenset({"reply", "hide"})
LONGEST_TEXT = 10_000
# Marks that make a text read otherwise than it is written.
_DECEIVING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WITHIN: Mapping[Severity, timedelta] = {
    Severity.INFO: timedelta(days=1),
    Severity.MINOR: timedelta(hours=4),
    Severity.MAJOR: timedelta(hours=1),
    Severity.CRITICAL: timedelta(minutes=15),
}


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """How people's approval is asked for.

    Attributes:
        four_eyes_above: In [0, 1]: from this risk on two people have to approve.
        expires: How long a draft waits for a person before it is given up.
        answer_within: How soon people should judge a draft, by the severity of its rule.
        windows: How long after a mention it may be answered at all, by its source; a draft of a
            reply does not outlive it. Empty where no platform says so.
    """

    four_eyes_above: float = 0.8
    expires: timedelta = timedelta(days=7)
    answer_within: Mapping[Severity, timedelta] = field(default_factory=lambda: dict(_WITHIN))
    windows: Mapping[str, timedelta] = field(default_factory=dict)

    @classmethod
    def of(
        cls, settings: ApprovalSettings, *, windows: Mapping[str, timedelta] | None = None
    ) -> Self:
        """Return the terms that settings name; windows are the platforms' own."""
        within = {one: getattr(settings.answer_within, one.value) for one in Severity}
        return cls(settings.four_eyes_above, settings.expires, within, dict(windows or {}))

    def due(self, severity: Severity, *, since: datetime) -> datetime:
        """Return by when a draft that has waited since an instant should be judged."""
        return since + self.answer_within.get(severity, _WITHIN[severity])

    def end(self, kind: str, mention: Mention, *, since: datetime) -> datetime:
        """Return when a draft that has waited since an instant is given up."""
        end = since + self.expires
        window = self.windows.get(mention.source) if kind == "reply" else None
        return end if window is None else min(end, mention.published_at + window)


def approvals_needed(
    kind: str,
    params: Mapping[str, Any],
    modes: Sequence[Mode],
    *,
    risk: float,
    four_eyes_above: float,
) -> int:
    """Return how many different people have to approve an action before it is sent: 0, 1 or 2.

    Args:
        params: The action's own; of a reply its `approval` counts.
        modes: The action's, and its rule's as it runs now; the strictest counts.
        risk: In [0, 1].
        four_eyes_above: See `ApprovalTerms`.
    """
    is_draft = min(mode.freedom for mode in modes) < Mode.ENFORCE.freedom
    if kind not in OUTWARD_KINDS:
        # A chain's notices wake people: in draft they wait, unlike a rule's own.
        return int(is_draft and kind == "notify" and "chain" in params)
    asked = params.get("approval", Approval.REQUIRED.value) if kind == "reply" else None
    needs_person = is_draft or asked not in (None, Approval.NONE.value)
    if asked == Approval.FOUR_EYES.value or is_delicate(kind, risk, four_eyes_above):
        return 2
    if not needs_person:
        return 0
    return 2 if risk >= four_eyes_above and kind != "escalate" else 1


def is_delicate(kind: str, risk: float, four_eyes_above: float) -> bool:
    """Say whether an action needs two people though its rule may act without any."""
    return kind in FACING_KINDS and risk >= four_eyes_above


def person_key(name: str) -> str:
    """Return what tells people apart: ``Zoe`` and `` zoe `` are one person."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a draft stands by the verdicts so far.

    Attributes:
        author: Who wrote its present text, as `person_key`; None where the machine did.
        approvers: The different people who approved that text, in order.
        is_first_hand: Whether the author rewrote the machine's own text and approved it in one
            step, taking responsibility for it.
    """

    author: str | None = None
    approvers: tuple[str, ...] = ()
    is_first_hand: bool = False

    def suffices(self, needed: int) -> bool:
        """Say whether enough different people approved, not its author alone.

        An author may approve alone only what he made of the machine's text, and only where one
        person is enough: then nobody else would have had to look at the machine's text either.
        """
        if len(self.approvers) < needed:
            return False
        if needed == 1 and self.is_first_hand:
            return True
        return needed == 0 or any(one != self.author for one in self.approvers)


def standing(verdicts: Sequence[Verdict]) -> Standing:
    """Return where a draft stands; a new text takes away every approval of an older one.

    Args:
        verdicts: Of one action, in the order in which they were given.
    """
    author: str | None = None
    approvers: list[str] = []
    is_first_hand = False
    for one in verdicts:
        person = person_key(one.by)
        if one.text is not None:
            is_first_hand = one.judgement is Judgement.APPROVED and author is None
            author, approvers = person, []
        if one.judgement is Judgement.APPROVED and person not in approvers:
            approvers.append(person)
        if one.judgement is Judgement.REJECTED:
            approvers, is_first_hand = [], False
    return Standing(author, tuple(approvers), is_first_hand)


def text_fault(text: str) -> str:
    """Return what is wrong with a text a person wrote to be sent; empty where nothing is."""
    if not text.strip():
        return "the text is empty"
    if len(text) > LONGEST_TEXT:
        return f"the text has {len(text):,} characters; at most {LONGEST_TEXT:,} are taken"
    for place, char in enumerate(text, start=1):
        is_control = unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t"
        if is_control or char in _DECEIVING:
            return f"character {place} is a control character (U+{ord(char):04X})"
    return ""
