"""What a policy is once it is read: frozen, typed, every reference resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.decision import Mode
from engine.policy.index import RuleIndex
from engine.policy.shared_documents import SharedDocuments

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime, timedelta

    from engine.calendar import WorkingHours
    from engine.decision import Severity
    from engine.mention import Mention
    from engine.policy.condition import Condition
    from engine.policy.over_time import Inhibition, Mute, OverTime
    from engine.policy.platform import PlatformPack
    from engine.policy.playbook import Playbook
    from engine.policy.policy_test import PolicyTest
    from engine.policy.shapes_actions import Approval
    from engine.policy.shared_documents import Chain, Queue
    from engine.policy.templates import Template, TemplateSet
    from engine.ports import Channel
    from engine.problem import Span
    from engine.rota import Rota


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """One item of a rule's ``then``.

    Attributes:
        index: Its place in ``then``, from 0.
        mode: The stricter of the rule's and its own.
        tags: For ``tag``.
        channel: For ``notify`` and ``webhook``: the channel's name.
        text: For ``notify`` and ``incident``: what to say; None for the usual.
        params: What else the action needs, as plain JSON.
        template: For ``reply``.
        approval: For ``reply``.
    """

    kind: str
    index: int
    mode: Mode
    span: Span
    tags: tuple[str, ...] = ()
    channel: str = ""
    text: Template | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    template: TemplateSet | None = None
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class RuleException:
    """Where a rule does not apply although its condition holds.

    Attributes:
        expires: No longer valid from 00:00 UTC of that day; None for never.
    """

    name: str
    when: Condition
    span: Span
    owner: str = ""
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Cooldown:
    """The least time between two actions of a rule for one key.

    Attributes:
        per: ``author``, ``thread``, ``brand``, ``rule`` or a field's path.
    """

    per: str
    every: timedelta


@dataclass(frozen=True, slots=True)
class Example:
    """A mention on which a rule must fire, or must not.

    Attributes:
        mention: With the gaps filled: the policy's first brand, some time; its language stays
            absent where the author gave none.
    """

    mention: Mention
    fires: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Allowance:
    """A warning that is meant.

    Attributes:
        lint: Its code.
        reason: Why, in the author's words.
    """

    lint: str
    reason: str
    span: Span


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy.

    Attributes:
        revision: Hash of the rule and all it refers to; examples and descriptions do not count.
        brands: Those of its policy; empty means all.
        tasks: Tasks that its condition, its window and its exceptions look at.
        condition: Beside a window: which mentions count; always true where nothing is said.
        over_time: What it judges over time; None for a rule of single mentions.
        judged_revision: Hash of what it judges over time: while that stays, its state goes on.
        expires: Off from 00:00 UTC of that day; None for never.
        allowed: Warnings about it that are not given.
    """

    id: str
    policy: str
    title: str
    severity: Severity
    mode: Mode
    revision: str
    condition: Condition
    span: Span
    over_time: OverTime | None = None
    judged_revision: str = ""
    exceptions: tuple[RuleException, ...] = ()
    cooldown: Cooldown | None = None
    actions: tuple[PlannedAction, ...] = ()
    examples: tuple[Example, ...] = ()
    owner: str = ""
    description: str = ""
    brands: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()
    expires: date | None = None
    allowed: tuple[Allowance, ...] = ()

    def is_active(self, now: datetime) -> bool:
        """Say whether it is evaluated at all: it is not off and has not expired.

        Args:
            now: Aware UTC: the mention's event time.
        """
        return self.mode is not Mode.OFF and (self.expires is None or now.date() < self.expires)


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy.

    Attributes:
        brands: Empty means every brand; compared without regard to case.
        inhibitions: Which rule holds others back.
        mutes: Which calendar holds rules back.
    """

    id: str
    revision: str
    brands: frozenset[str]
    rules: tuple[Rule, ...]
    span: Span
    inhibitions: tuple[Inhibition, ...] = ()
    mutes: tuple[Mute, ...] = ()
    owner: str = ""
    description: str = ""
    _folded: frozenset[str] = field(default=frozenset(), repr=False)
    _index: RuleIndex | None = field(default=None, init=False, repr=False, compare=False)
    _counting: RuleIndex | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def index(self) -> RuleIndex:
        """Which rules hold for a mention; made when first asked for, as it takes a while."""
        index = self._index
        if index is None:
            index = RuleIndex([rule for rule in self.rules if rule.over_time is None])
            object.__setattr__(self, "_index", index)
        return index

    @property
    def counting(self) -> RuleIndex:
        """Which rules over time count a mention, their exceptions aside."""
        index = self._counting
        if index is None:
            index = RuleIndex([rule for rule in self.rules if rule.over_time is not None])
            object.__setattr__(self, "_counting", index)
        return index

    def __post_init__(self) -> None:
        object.__setattr__(self, "_folded", frozenset(brand.casefold() for brand in self.brands))

    def applies_to(self, brand: str | None) -> bool:
        """Say whether a mention of this brand is the policy's business."""
        return not self._folded or (brand is not None and brand.casefold() in self._folded)


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Everything that the given paths define.

    Attributes:
        policies: In the order of files and, within a file, of documents.
        revision: sha256 in hex over the canonical content; secrets do not count.
        missing_environment: By channel, the variables it names that the environment lacks; such a
            channel has empty text in their place and must not be used.
        label_sets: Tasks that ``labels:`` documents among the paths define, with their labels.
        tests: Those of the ``tests:`` documents, in order; they do not count in the revision.
        sources: Every text this was made of, exactly as read, by file name in order of reading.
        shared: The calendars, rotas, chains, queues, playbooks and platform packs that the policies
            share.
    """

    policies: tuple[Policy, ...]
    channels: Mapping[str, Channel]
    revision: str
    missing_environment: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    label_sets: Mapping[str, Any] = field(default_factory=dict)
    tests: tuple[PolicyTest, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    shared: SharedDocuments = field(default_factory=SharedDocuments)

    @property
    def calendars(self) -> Mapping[str, WorkingHours]:
        """Working hours by the calendar's id."""
        return self.shared.calendars

    @property
    def rotas(self) -> Mapping[str, Rota]:
        """Who is on call, by the rota's id."""
        return self.shared.rotas

    @property
    def chains(self) -> Mapping[str, Chain]:
        """Escalation chains by id."""
        return self.shared.chains

    @property
    def queues(self) -> Mapping[str, Queue]:
        """Queues by id."""
        return self.shared.queues

    @property
    def playbooks(self) -> Mapping[str, Playbook]:
        """Playbooks by id."""
        return self.shared.playbooks

    @property
    def platforms(self) -> Mapping[str, PlatformPack]:
        """Platform packs by the platform's name: those that ship, as documents change them."""
        return self.shared.platforms

    @property
    def rules(self) -> int:
        """How many rules there are in all, those that are off too."""
        return sum(len(policy.rules) for policy in self.policies)

    @property
    def required_tasks(self) -> frozenset[str]:
        """Tasks that must be classified for the rules that are not off."""
        return frozenset(
            task
            for policy in self.policies
            for rule in policy.rules
            if rule.mode.freedom > 0
            for task in rule.tasks
        )
