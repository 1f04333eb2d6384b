"""Platform packs that nobody has looked up for long: platforms change their rules often."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from engine.policy.lint.admitted import admitted
from engine.policy.lint.base import Finding, Lint
from engine.policy.platform import pack_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from engine.policy.lint.base import RuleSubject
    from engine.policy.report import Report
    from engine.policy.shape import Part

STALE_AFTER = timedelta(days=180)
# Of the reviewer's zone: where the day begins early, it is tomorrow's in UTC.
_ZONES_AHEAD = timedelta(days=1)
_HELP = "read the pages of 'source' again, correct what changed, and set the day"


def check_reviews(parts: Mapping[str, Part], report: Report, *, now: datetime) -> None:
    """Warn of each document whose `last_reviewed` is long past, or to come.

    Args:
        parts: `platform` documents by id.
        now: Aware UTC.
    """
    for name, part in parts.items():
        reviewed: date | None = part.get("last_reviewed")
        if reviewed is None:
            continue
        inner = report.within("platform", name, part.at("platform"))
        where = part.at("last_reviewed")
        if reviewed > (now + _ZONES_AHEAD).date():
            message = f"'last_reviewed' is {reviewed}, which is still to come"
            inner.warning("R442", where, message, help_text="write the day it was looked up")
        elif _is_stale(reviewed, now):
            inner.warning("R441", where, _told(name, reviewed, now), help_text=_HELP)


class StalePack(Lint):
    """A reply on a platform, named by the rule, whose pack that ships is old.

    Packs that documents give are looked at where they stand.
    """

    codes = ("R441",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at the first reply, once a platform."""
        replies = [action for action in rule.rule.actions if action.kind in ("reply", "hide")]
        if not replies or rule.true is None:
            return
        now = rule.policy.now
        for name in sorted(admitted("source", [rule.true], rule.policy.context()) or ()):
            pack = pack_of(rule.policy.platforms, name)
            if pack is None or pack.id in rule.policy.own_platforms:
                continue
            if _is_stale(pack.last_reviewed, now):
                message = _told(pack.id, pack.last_reviewed, now)
                help_text = "update the engine, or look its limits up and give a pack of your own"
                yield rule.finding("R441", replies[0].span, message, help_text=help_text)


def _is_stale(reviewed: date, now: datetime) -> bool:
    return now.date() - reviewed > STALE_AFTER


def _told(name: str, reviewed: date, now: datetime) -> str:
    days = (now.date() - reviewed).days
    return (
        f"the limits of '{name}' were last reviewed on {reviewed}, {days} days ago:"
        f" more than {STALE_AFTER.days}"
    )
