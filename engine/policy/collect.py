"""What all documents of all paths define together: channels, tasks, and what stands twice."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.policy.check_shared import check_shared
from engine.policy.fields import FIELDS
from engine.policy.shapes_documents import NEEDED_TO_RUN
from engine.ports import Channel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.policy.labels import LabelSet
    from engine.policy.platform import PlatformPack
    from engine.policy.read import ChannelPart, Documents
    from engine.policy.report import Report
    from engine.policy.shape import Part
    from engine.problem import Span

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_FIELD = re.compile(r"(?:^|_)(?:secret|password|token|(?<!project_)(?<!issue_)key)$")
# Addresses of incoming hooks, and any with a password in it.
_SECRET_ADDRESS = re.compile(
    r"hooks\.slack\.com/\w+/\w|\.webhook\.office\.com/\w|/api/webhooks/\d|://[^/\s$]*:[^/\s${]+@"
)
_RESERVED = frozenset({*FIELDS, "all", "any", "not", "macro", "missing"})


@dataclass(slots=True)
class Collected:
    """What policies may refer to beyond themselves.

    Attributes:
        kinds: Every channel defined, sound or not, with its kind ("" where unknown).
        channels: The sound ones.
        shared: Queues, calendars, rotas, chains, playbooks and platforms: by kind and id.
        shipped: Platform packs that hold where no document says otherwise.
    """

    tasks: dict[str, tuple[str, ...]]
    kinds: dict[str, str] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    missing_environment: dict[str, tuple[str, ...]] = field(default_factory=dict)
    label_sets: dict[str, LabelSet] = field(default_factory=dict)
    shared: dict[str, dict[str, Part]] = field(default_factory=dict)
    shipped: Mapping[str, PlatformPack] = field(default_factory=dict)
    contents: list[Any] = field(default_factory=list)

    def named(self, kind: str) -> Mapping[str, Part]:
        """Return the shared documents of a kind by id."""
        return self.shared.get(kind, {})


class Names:
    """Names of one kind seen so far, to report the second of two."""

    def __init__(self, what: str, report: Report) -> None:
        self._what = what
        self._report = report
        self._seen: dict[str, Span] = {}

    def is_new(self, name: str, span: Span) -> bool:
        """Note a name; False, and reported, where it was seen before."""
        first = self._seen.setdefault(name, span)
        if first is span:
            return True
        place = f"line {first.line}"
        if first.file != span.file:
            place = f"{first.file}:{first.line}"
        message = f"{self._what} '{name}' is defined twice; the first stands at {place}"
        self._report.error("R208", span, message, help_text="give one of the two another name")
        return False


def collect(
    documents: Documents,
    report: Report,
    *,
    env: Mapping[str, str],
    tasks: Mapping[str, tuple[str, ...]],
) -> Collected:
    """Gather what the documents define together, and report what is defined twice.

    Args:
        tasks: Those in scope whatever the files say, with their labels.
    """
    found = Collected(dict(tasks))
    policies = Names("policy", report)
    for part in documents.policies:
        if part.get("policy") is not None:
            policies.is_new(part.values["policy"], part.at("policy"))
    label_sets = Names("label set", report)
    for one in documents.labels:
        if one.made.name in _RESERVED:
            message = f"a label set cannot be named '{one.made.name}': conditions use that name"
            report.error("R109", one.span, message, help_text="rename the file")
        elif label_sets.is_new(one.made.name, one.span):
            found.tasks[one.made.name] = one.made.label_names
            found.label_sets[one.made.name] = one.made
            found.contents.append([one.made.name, one.made.label_names])
    channels = Names("channel", report)
    for channel in documents.channels:
        if channel.name and channels.is_new(channel.name, channel.span):
            found.kinds[channel.name] = channel.kind
            if channel.part is not None:
                _add_channel(channel, channel.part, report, found=found, env=env)
    for kind, parts in documents.shared.items():
        _add_shared(kind, parts, report, found=found)
    check_shared(found, report)
    return found


def _add_shared(kind: str, parts: Sequence[Part], report: Report, *, found: Collected) -> None:
    names = Names(kind, report)
    for part in parts:
        name = part.get(kind)
        if name is not None and names.is_new(name, part.at(kind)):
            found.shared.setdefault(kind, {})[name] = part
            found.contents.append(part.node.plain())


def _add_channel(
    channel: ChannelPart,
    part: Part,
    report: Report,
    *,
    found: Collected,
    env: Mapping[str, str],
) -> None:
    inner = report.within("channel", channel.name, channel.span)
    settings: dict[str, Any] = {}
    missing: dict[str, None] = {}
    for key, node in part.node.items():
        value = node.plain() if key not in part.values and part.is_open else part.get(key)
        if key in ("channel", "kind", "description") or value is None:
            continue
        if not _keeps_secrets(key, str(value), part.at(key), inner):
            continue
        absent: dict[str, None] = {}
        settings[key] = _filled(value, env, absent)
        for name in absent:
            consequence = "'tocsin run' will refuse to start until it is set"
            message = f"the environment has no '{name}': {consequence}"
            inner.warning(
                "R403", part.at(key), message, help_text=f"set {name} before starting the engine"
            )
        missing |= absent
    for key in NEEDED_TO_RUN.get(channel.kind, ()):
        if not part.says(key):
            message = f"channel '{channel.name}' has no '{key}': 'tocsin run' will refuse to start"
            inner.warning("R420", channel.span, message, help_text=f"add '{key}'")
    found.contents.append(part.node.plain())
    found.channels[channel.name] = Channel(channel.name, channel.kind, settings)
    if missing:
        found.missing_environment[channel.name] = tuple(missing)


def _keeps_secrets(key: str, written: str, span: Span, report: Report) -> bool:
    """Report a secret that is written out; say whether the setting can be used all the same."""
    help_text = f"write {key}: ${{SOME_NAME}} and set it"
    if _SECRET_FIELD.search(key) and not _VARIABLE.fullmatch(written):
        message = f"'{key}' is a secret written out in the file"
        report.error("R402", span, message, help_text=help_text)
        return False
    _check_variables(written, span, report)
    if _SECRET_ADDRESS.search(written):
        message = f"'{key}' is an address that is a secret, written out in the file"
        report.warning("R422", span, message, help_text=help_text)
    return True


def _check_variables(written: str, span: Span, report: Report) -> None:
    """Report ``${...}`` that names no variable: it would be sent as it stands."""
    for found in re.findall(r"\$\{[^}]*\}?", written):
        if not _VARIABLE.fullmatch(found):
            message = f"'{found[:60]}' names no variable of the environment"
            help_text = "write ${NAME} with letters, digits and _"
            report.error("R402", span, message, help_text=help_text)


def _filled(value: Any, env: Mapping[str, str], absent: dict[str, None]) -> Any:
    if isinstance(value, list):
        return [_filled(one, env, absent) for one in value]
    if isinstance(value, dict):
        return {key: _filled(one, env, absent) for key, one in value.items()}
    if not isinstance(value, str):
        return value

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in env:
            absent[name] = None
        return env.get(name, "")

    return _VARIABLE.sub(fill, value)
