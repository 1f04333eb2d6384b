"""Makes platform packs of `platform` documents, those that ship with the engine and others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.policy.language_codes import explain_language, is_language_code
from engine.policy.platform import Cap, Deed, LengthLimit, PlatformPack, ReplyWindow
from engine.policy.read import read_files
from engine.policy.report import Report
from engine.policy.shape import kind_of, text_of
from engine.problem import Span, sort_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from engine.located_yaml import Node
    from engine.policy.shape import Part
    from engine.problem import Problem


def read_platform_packs(folder: Path) -> tuple[dict[str, PlatformPack], list[Problem]]:
    """Read the packs of a folder, by id; those at fault are left out, with their problems.

    A folder without any is a fault too: nothing would be forbidden anywhere.
    """
    report = Report()
    files = sorted(folder.glob("*.yaml"))
    if not files:
        message = "the platform packs that ship with the engine are not here"
        help_text = "install the engine again"
        report.error("R100", Span(str(folder), 1, 1), message, help_text=help_text)
    documents = read_files(files, report)
    parts = {
        part.get("platform"): part
        for part in documents.shared.get("platform", [])
        if part.get("platform") is not None
    }
    return compile_platforms(parts, {}, report), sort_problems(report.problems)


def compile_platforms(
    parts: Mapping[str, Part], shipped: Mapping[str, PlatformPack], report: Report
) -> dict[str, PlatformPack]:
    """Return all packs by id: what documents name is laid over the pack that ships, if one does.

    Args:
        parts: Documents by the platform's name; what is wrong in them is reported.
        shipped: Packs that hold where no document says otherwise.
    """
    packs = dict(shipped)
    for name, part in parts.items():
        inner = report.within("platform", name, part.at("platform"))
        reviewed = part.get("last_reviewed")
        changes = _changes(part, inner) | _own(part)
        if reviewed is None:
            continue
        span = part.at("last_reviewed")
        before = packs.get(name) or PlatformPack(name, reviewed, span)
        instances = {host: dict(one) for host, one in before.instances.items()}
        for host, one in (part.get("instances") or {}).items():
            instances.setdefault(host.lower(), {}).update(_changes(one, inner))
        packs[name] = replace(
            before, last_reviewed=reviewed, span=span, instances=instances, **changes
        )
    return packs


def _own(part: Part) -> dict[str, Any]:
    """Return what only a whole platform says, by the pack's names of it."""
    found: dict[str, Any] = {}
    if part.get("known_as") is not None:
        found["known_as"] = tuple(one.casefold().replace("_", "-") for one in part.get("known_as"))
    if part.get("retention") is not None:
        found["retention"] = part.get("retention")
    if "training" in part.node.keys:
        found["may_train"] = part.get("training", True)
    return found


def _changes(part: Part, report: Report) -> dict[str, Any]:
    """Return the fields that a platform or a server names, by the pack's names of them."""
    found: dict[str, Any] = {}
    answers: Part | None = part.get("answers")
    if answers is not None:
        given = {name: answers.get(name) for name in ("automatic", "by_person")}
        found |= {name: reach for name, reach in given.items() if reach is not None}
    for name, (called, read) in _READERS.items():
        value = part.get(name)
        if value is not None:
            found[called] = read(value, report)
    return found


def _windows(parts: list[Part], report: Report) -> tuple[ReplyWindow, ...]:
    return tuple(_window(one, report) for one in parts)


def _caps(parts: list[Part], report: Report) -> tuple[Cap, ...]:
    found = [_cap(one, report) for one in parts]
    return tuple(one for one in found if one is not None)


def _lengths(parts: list[Part], _report: Report) -> tuple[LengthLimit, ...]:
    found = [_length(one) for one in parts]
    return tuple(one for one in found if one is not None)


def _window(part: Part, report: Report) -> ReplyWindow:
    kinds = frozenset(one.value for one in part.get("kinds") or ())
    automatic, by_person = part.get("automatic"), part.get("by_person")
    for name, span in (("automatic", automatic), ("by_person", by_person)):
        if span == timedelta():
            message = "a window of no time lets nothing be answered"
            help_text = f"write answers: {{{name}: nobody}}"
            report.error("R304", part.at(name), message, help_text=help_text)
    if automatic is not None and by_person is not None and by_person < automatic:
        message = "a person has less time than the engine"
        report.error("R304", part.at("by_person"), message, help_text="exchange the two")
    return ReplyWindow(kinds, automatic, by_person)


def _cap(part: Part, report: Report) -> Cap | None:
    most, per, within = part.get("most"), part.get("per"), part.get("in")
    if most is None or per is None:
        return None
    if within is not None and not within:
        report.error("R304", part.at("in"), "a cap over no time counts nothing")
    if part.says("in") and part.says("day_of"):
        message = "a cap counts either in a stretch of time or in calendar days"
        report.error("R111", part.key("day_of"), message, help_text="give 'in' or 'day_of'")
    zone = part.get("day_of")
    if zone is not None and not _is_zone(zone):
        help_text = "Time zones are named like UTC, Europe/Paris, America/Los_Angeles"
        report.error(
            "R108", part.at("day_of"), f"'{zone[:60]}' is no time zone", help_text=help_text
        )
        return None
    each = part.get("each", 1)
    if each > most:
        message = f"one action counts {each}, more than the {most} there are: none is ever sent"
        report.error("R304", part.at("each"), message)
    return Cap(most, per, within, zone, each, tuple(part.get("of") or (Deed.REPLY,)))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


def _length(part: Part) -> LengthLimit | None:
    if part.get("most") is None or part.get("unit") is None:
        return None
    is_short = bool(part.get("short_handles"))
    return LengthLimit(part.get("most"), part.get("unit"), part.get("link"), is_short)


def _texts(node: Node, report: Report) -> dict[str, str]:
    if node.is_faulty:
        return {}
    if not node.is_mapping:
        message = f"a disclosure has a text for each language, not {kind_of(node)}"
        report.error("R106", node.span, message, help_text='write {en: "...", fr: "..."}')
        return {}
    found = {}
    for language, one in node.items():
        span = node.keys[language]
        if not is_language_code(language):
            message, help_text = explain_language(language)
            report.warning("R315", span, message, help_text=help_text)
        if one.is_mapping or one.is_list or one.value is None or not text_of(one).strip():
            report.error("R106", span, f"a text is wanted here, not {kind_of(one)}")
        else:
            found[language.lower()] = text_of(one).strip()
    return found


# By the field's name: the pack's name of it, and what makes it of a sound value.
_READERS: Mapping[str, tuple[str, Callable[[Any, Report], Any]]] = {
    "source": ("sources", lambda names, _: tuple(names)),
    "needs": ("needs", lambda needs, _: frozenset(needs)),
    "windows": ("windows", _windows),
    "caps": ("caps", _caps),
    "length": ("length", _lengths),
    "links": ("most_links", lambda links, _: links.get("most")),
    "disclosure": ("disclosure", _texts),
}
