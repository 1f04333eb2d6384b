"""Reads `playbook` documents: levels, roles, tasks, statements, actions, stand-down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.decision import Severity
from engine.policy.playbook import Level, Playbook, Role, StandDown, Statement, Task
from engine.policy.read_playbook_actions import PlaybookActions
from engine.policy.report import suggest
from engine.policy.shape import text_of
from engine.policy.templates import TEMPLATE_AT_FAULT, read_template
from engine.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from engine.located_yaml import Node
    from engine.policy.collect import Collected
    from engine.policy.report import Report
    from engine.policy.shape import Part
    from engine.policy.shared_documents import SharedDocuments
    from engine.problem import Span

_SEVERITIES = tuple(Severity)
_LANGUAGES = ("en", "fr")


def read_playbooks(
    found: Collected, report: Report, *, made: SharedDocuments, rules: Collection[str]
) -> dict[str, Playbook]:
    """Return the playbooks by id; what is wrong in them is reported.

    Args:
        made: Chains and rotas that they name.
        rules: Names that ``rules: {of: [..]}`` may have: policies, rules, and ``policy/rule``.
    """
    return {
        name: _Reader(part, found, report.within("playbook", name, part.at("playbook")), made).read(
            rules
        )
        for name, part in found.named("playbook").items()
    }


class _Reader:
    """Reads one playbook."""

    def __init__(self, part: Part, found: Collected, report: Report, made: SharedDocuments) -> None:
        self._part = part
        self._found = found
        self._report = report
        self._made = made

    def read(self, rules: Collection[str]) -> Playbook:
        """Return it; parts at fault are left out."""
        part = self._part
        levels = tuple(self._levels())
        names = [one.name for one in levels]
        actions = PlaybookActions(part, self._found, self._report, rules)
        return Playbook(
            id=part.get("playbook", ""),
            span=part.at("playbook"),
            stand_down=self._stand_down(actions),
            description=part.get("description", ""),
            levels=levels,
            roles={one.name: one for one in self._roles()},
            tasks=tuple(self._tasks(names)),
            statements=tuple(self._statements()),
            actions=actions.read(part.get("actions"), names),
        )

    # --- levels -------------------------------------------------------------------------------

    def _levels(self) -> Iterator[Level]:
        """Yield the levels; one without a severity has that of its place, the last is critical."""
        named = list(_named(self._part.get("levels")))
        for at, (name, body) in enumerate(named):
            place = max(0, len(_SEVERITIES) - len(named) + at)
            yield self._level(name, body, _SEVERITIES[place])

    def _level(self, name: str, body: Node, usual: Severity) -> Level:
        if not body.is_mapping:
            return Level(name, usual, when="" if body.value is None else _told(body))
        when = body.get("when") or body.get("description")
        asked = body.get("severity")
        if asked is None and when is not None and when.is_mapping:
            asked = when.get("severity")
        severity = usual if asked is None else self._severity(asked) or usual
        return Level(
            name,
            severity,
            when="" if when is None else _told(when),
            roles=tuple(_texts(body.get("roles"))),
            chain=self._named("chain", body.get("chain"), self._made.chains),
        )

    def _severity(self, node: Node) -> Severity | None:
        written = _told(node)
        if written in _SEVERITIES:
            return Severity(written)
        help_text = suggest(written, [one.value for one in Severity], what="Possible")
        message = f"'{written[:60]}' is no severity"
        self._report.error("R108", node.span, message, help_text=help_text)
        return None

    def _named(self, kind: str, node: Node | None, made: Mapping[str, Any]) -> Any:
        """Return a shared document that a node names; None, reported, where there is none."""
        if node is None or not _is_text(node):
            return None
        name = text_of(node)
        known = self._found.named(kind)
        if name not in known:
            help_text = suggest(name, known, what=f"{kind.capitalize()}s")
            self._report.error("R211", node.span, f"unknown {kind} '{name}'", help_text=help_text)
        return made.get(name)

    # --- people -------------------------------------------------------------------------------

    def _roles(self) -> Iterator[Role]:
        for name, body in _named(self._part.get("roles")):
            rota = body.get("rota") if body.is_mapping else None
            if rota is not None:
                yield Role(name, rota=self._named("rota", rota, self._made.rotas))
                continue
            people = tuple(_texts(body.get("people") if body.is_mapping else body))
            if len(people) == 1 and people[0] in self._made.rotas:
                yield Role(name, rota=self._made.rotas[people[0]])
            else:
                yield Role(name, people)

    def _tasks(self, levels: list[str]) -> Iterator[Task]:
        tasks: list[Part] = self._part.get("tasks") or []
        # Where nobody has a role, none was forgotten.
        has_roles = self._part.says("roles") or any(one.says("role") for one in tasks)
        for one in tasks:
            name, role, level = one.get("id"), one.get("role"), one.get("level")
            self._check_level(one, levels)
            if one.get("within") == timedelta():
                self._report.error("R304", one.at("within"), "nothing is ever done within no time")
            if name is None or one.get("do") is None:
                continue
            if has_roles and not one.says("role"):
                message = f"task '{name}' says nobody's role: no one knows that it is theirs"
                self._report.warning("R358", one.at("id"), message, help_text="add 'role'")
            yield Task(name, one.get("do"), role or "", one.get("within"), level)

    def _check_level(self, task: Part, levels: list[str]) -> None:
        level = task.get("level")
        if level is not None and level not in levels:
            message = f"the playbook has no level '{level}'"
            help_text = suggest(level, levels, what="Levels")
            self._report.error("R108", task.at("level"), message, help_text=help_text)

    # --- words --------------------------------------------------------------------------------

    def _statements(self) -> Iterator[Statement]:
        """Yield what stands by language, by channel and language, or in a list of both."""
        node: Node | None = self._part.get("statements")
        if node is None or node.is_faulty:
            return
        if node.is_list:
            for one in node.value:
                language, channel = (one.get(key) for key in ("language", "channel"))
                text = one.get("text")
                if text is not None:
                    shown = "" if channel is None else _told(channel)
                    yield self._statement("" if language is None else _told(language), text, shown)
            return
        by_channel = {key: inner for key, inner in node.items() if inner.is_mapping}
        plain = {key: inner for key, inner in node.items() if not inner.is_mapping}
        yield from self._by_language(plain, self._part.key("statements"), "")
        for channel, inner in by_channel.items():
            yield from self._by_language(dict(inner.items()), node.keys[channel], channel)

    def _by_language(
        self, texts: Mapping[str, Node], where: Span, channel: str
    ) -> Iterator[Statement]:
        sound = [key for key, node in texts.items() if _is_text(node)]
        present = {key.lower().partition("-")[0] for key in sound}
        missing = [one for one in _LANGUAGES if one not in present]
        if len(missing) == 1 and set(_LANGUAGES) & present:
            shown = f" for '{channel}'" if channel else ""
            message = f"the statement{shown} has no '{missing[0]}'"
            help_text = "who writes in it would be answered in another language, or not"
            self._report.warning("R357", where, message, help_text=help_text)
        for language, node in texts.items():
            if _is_text(node):
                yield self._statement(language.lower(), node, channel)

    def _statement(self, language: str, node: Node, channel: str) -> Statement:
        made = read_template(node, self._report)
        return Statement(language, made or TEMPLATE_AT_FAULT, channel)

    # --- the end ------------------------------------------------------------------------------

    def _stand_down(self, actions: PlaybookActions) -> StandDown:
        node: Node | None = self._part.get("stand_down")
        if node is None or node.is_faulty or node.value is None:
            return StandDown(timedelta())
        if node.is_list:
            return actions.at_the_end(node, StandDown(timedelta()))
        if not node.is_mapping:
            return StandDown(timedelta())  # `restore`, or `all`: as ever
        after, who = node.get("after"), node.get("who")
        bare = StandDown(
            timedelta() if after is None else self._duration(after),
            "" if who is None else _told(who),
        )
        inner = node.get("actions") or node.get("then")
        return bare if inner is None else actions.at_the_end(inner, bare)

    def _duration(self, node: Node) -> timedelta:
        try:
            return parse_duration(_told(node))
        except ValueError as error:
            self._report.error("R108", node.span, f"'after': {error}")
            return timedelta()


def _named(node: Node | None) -> Iterator[tuple[str, Node]]:
    """Yield names with what is said of each: of a mapping, or of a list of texts or mappings."""
    if node is None or node.is_faulty or node.value is None:
        return
    if node.is_mapping:
        yield from node.items()
        return
    for one in node.value if node.is_list else ():
        if not one.is_mapping:
            if _is_text(one):
                yield text_of(one), replace(one, value=None)
            continue
        name = next((one.get(key) for key in ("name", "level", "id") if one.get(key)), None)
        if name is not None:
            yield _told(name), one
        else:
            yield from one.items()


def _texts(node: Node | None) -> Iterable[str]:
    if node is None or node.is_faulty or node.value is None:
        return ()
    found = node.value if node.is_list else (node,)
    return [text_of(one) for one in found if _is_text(one)]


def _told(node: Node) -> str:
    return text_of(node) if _is_text(node) else str(node.plain())


def _is_text(node: Node) -> bool:
    return not (node.is_faulty or node.is_mapping or node.is_list or node.value is None)
