"""The stages every mention goes through, whichever runner moves it.

Pure: no broker, no database, no clock, no globals. A runner feeds the stages and stores what they
return; the same input gives the same output.
"""

from __future__ import annotations

import json
import traceback
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import structlog

from engine.brand import brand_text
from engine.decide import decide_facts
from engine.decide_over_time import decide_transition
from engine.decide_telling import decide_call, decide_notice, decide_telling
from engine.decision import Phase
from engine.errors import MentionError
from engine.incidents import inhibit, mute, silence
from engine.mention_json import write_mention
from engine.policy import Facts
from engine.ports import DeadLetter, Decided, SourceBatch
from streams.normalise import normalise
from streams.sources.lines import cut_raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from engine.brand import BrandFinder
    from engine.classification import Classification
    from engine.decision import Decision, HeldBack
    from engine.mention import Mention
    from engine.policy import Policy, PolicySet, Rule
    from engine.ports import LanguageIdentifier, LogEntry
    from engine.redaction.inputs import Redactor
    from engine.windows import WindowState
    from engine.windows.judges.contract import Transition

ENGINE_SOURCE = "engine"
_log = structlog.get_logger("tocsin.pipeline")


class Pipeline:
    """Normalise, identify the language and the brand, classify, decide.

    Args:
        identifier: Names the language of mentions that do not say theirs.
        classify: Returns one Classification a task for each mention; blocking.
        policies: What to decide by.
        brands: Names the brand of mentions that do not say theirs; None leaves them without.
        hold_back: Returns a decision without what operators hold back; before it takes effect.
        redactor: Takes personal data out of what arrives; None leaves it in.
    """

    def __init__(  # noqa: PLR0913 - the stages, by name
        self,
        *,
        identifier: LanguageIdentifier,
        classify: Callable[[Sequence[Mention]], list[tuple[Classification, ...]]],
        policies: PolicySet,
        brands: BrandFinder | None = None,
        hold_back: Callable[[Decision], Decision] | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self._identifier = identifier
        self._brands = brands
        self._classify = classify
        self._hold_back = hold_back
        self._redactor = redactor
        self.policies = policies
        for policy in policies.policies:
            policy.index, policy.counting  # noqa: B018 - made now, where no mention waits for it

    def prepare(self, batch: SourceBatch) -> SourceBatch:
        """Return the batch with its mentions as they are to be stored.

        A mention of which nothing is left, or at which normalising fails by a fault of ours,
        becomes a dead letter: ``read`` stays the same. A language nobody can name stays absent.
        Personal data is taken out before anything but `normalise` has read the text.
        """
        mentions: list[Mention] = []
        dead = list(batch.dead)
        for mention in batch.mentions:
            try:
                mentions.append(self._redacted(normalise(mention)))
            except MentionError as error:
                dead.append(_dead_letter(batch.source, mention, str(error)))
            except Exception:  # noqa: BLE001 - the guard: one mention must not stop the rest
                reason = _fault_reason(mention, "normalise")
                dead.append(_dead_letter(batch.source, mention, reason))
        try:
            mentions = with_languages(self._identifier, mentions)
        except Exception:  # noqa: BLE001 - the guard: this batch goes on without languages
            _log.exception("the languages of a batch could not be named", source=batch.source)
        try:
            mentions = with_brands(self._brands, mentions)
        except Exception:  # noqa: BLE001 - the guard: this batch goes on without brands
            _log.exception("the brands of a batch could not be named", source=batch.source)
        if self._redactor is not None:
            dead = [self._redactor.dead_letter(letter) for letter in dead]
        return replace(batch, mentions=tuple(mentions), dead=tuple(dead))

    def _redacted(self, mention: Mention) -> Mention:
        return mention if self._redactor is None else self._redactor.mention(mention)

    def classify(
        self, mentions: Sequence[Mention]
    ) -> tuple[list[tuple[Classification, ...]], list[DeadLetter]]:
        """Return the classifications of each mention, and a dead letter for each fault of ours.

        A mention whose classification fails goes on with none: rules then see its tasks as absent.
        """
        try:
            return self._classify(mentions), []
        except Exception:  # noqa: BLE001 - the guard: one mention must not stop the rest
            return self._classify_singly(mentions)

    def decide(
        self,
        entries: Sequence[LogEntry],
        classified: Sequence[tuple[Classification, ...]],
        windows: WindowState,
    ) -> tuple[list[Decided], list[DeadLetter]]:
        """Decide mentions in log order, moving the window state along.

        Returns:
            One Decided an entry, and a dead letter for each fault of ours; a policy that fails at
            a mention decides nothing about it, the others do.
        """
        windows.use(self.policies)
        decided: list[Decided] = []
        dead: list[DeadLetter] = []
        for entry, answers in zip(entries, classified, strict=True):
            facts = Facts(entry.mention, answers)
            over_time, late = self._over_time(facts, windows, dead)
            decisions = self._single(facts, windows, late, dead)
            self._assign(facts, decisions, windows)
            decided.append(
                Decided(entry.seq, entry.mention, answers, tuple(decisions), tuple(over_time))
            )
        return decided, dead

    def advance(self, until: datetime, windows: WindowState) -> list[Decision]:
        """Decide what comes true as time reaches an instant, inclusive, while nothing arrives."""
        windows.use(self.policies)
        try:
            judged = windows.advance(until)
            return self._decided(judged.transitions, windows, until)
        except Exception:  # noqa: BLE001 - the guard: time must go on, and what is due later
            _log.exception("what fell due as time passed could not be judged", until=str(until))
            return []

    def _single(
        self,
        facts: Facts,
        windows: WindowState,
        late: Sequence[tuple[Policy, HeldBack]],
        dead: list[DeadLetter],
    ) -> list[Decision]:
        """Return what each policy's rules of single mentions say, and what came too late."""
        decisions = []
        for policy in self.policies.policies:
            try:
                decision = decide_facts(policy, facts, windows, now=facts.mention.published_at)
            except Exception:  # noqa: BLE001 - the guard: one mention must not stop the rest
                dead.append(_fault(facts.mention, f"decide by {policy.id}"))
                continue
            decision = self._held(decision, policy, windows, facts)
            missed = [held for its, held in late if its is policy]
            if missed:
                decision = replace(decision, held_back=(*decision.held_back, *missed))
            windows.apply(decision, facts.mention)
            if decision.matches or decision.held_back:
                decisions.append(decision)
        return decisions

    def _over_time(
        self, facts: Facts, windows: WindowState, dead: list[DeadLetter]
    ) -> tuple[list[Decision], Sequence[tuple[Policy, HeldBack]]]:
        try:
            judged = windows.take(facts)
            until = windows.watermark or facts.mention.published_at
            return self._decided(judged.transitions, windows, until), judged.late
        except Exception:  # noqa: BLE001 - the guard: one mention must not stop the rest
            dead.append(_fault(facts.mention, "judge over time"))
            return [], ()

    def _decided(
        self,
        transitions: Iterable[tuple[Policy, Transition]],
        windows: WindowState,
        until: datetime,
    ) -> list[Decision]:
        """Decide what entered and resolved, and whom chains told meanwhile, in order of time."""
        decisions: list[Decision] = []
        for at, group in groupby(transitions, key=lambda one: one[1].at):
            decisions += self._told(windows, at)
            together = list(group)
            for policy, one in together:
                # What enters at one instant inhibits, and what resolves does not any more, whatever
                # the order of the rules.
                windows.note_firing(policy.id, one.rule.id, one.firing)
            for policy, one in together:
                decision = self._held(decide_transition(policy, one, windows), policy, windows)
                windows.apply(decision, one.mention)
                if one.firing.phase is Phase.ENTERED:
                    windows.entered(one.rule, one.firing)
                decisions.append(decision)
        decisions += self._told(windows, until)
        decisions += self._noticed(windows, until)
        return [*decisions, *self._put_back(windows), *self._played(windows, until)]

    def _put_back(self, windows: WindowState) -> Iterator[Decision]:
        """Yield what puts back what rules of single mentions changed for incidents now over."""
        for decision in windows.undoings():
            match = decision.matches[0]
            policy, rule = self._rule(decision.policy, match.rule)
            if policy is None or rule is None:
                yield decision  # what was changed is put back, although its rule is gone
                continue
            match = replace(match, revision=rule.revision)
            yield replace(decision, revision=policy.revision, matches=(match,))

    def _played(self, windows: WindowState, until: datetime) -> Iterator[Decision]:
        """Yield what playbooks of incidents have the engine do."""
        for call in windows.calls(until):
            policy, rule = self._rule(call.policy, call.rule)
            if policy is not None and rule is not None:
                yield decide_call(policy, rule, call)

    def _noticed(self, windows: WindowState, until: datetime) -> Iterator[Decision]:
        """Yield what tells people again of incidents that nobody has taken in hand."""
        for policy_id, rule_id, firing, mention, at in windows.notices(until):
            policy, rule = self._rule(policy_id, rule_id)
            if policy is not None and rule is not None:
                decision = decide_notice(policy, rule, firing, mention, at=at)
                if decision.matches[0].actions:
                    yield self._held(decision, policy, windows)

    def _told(self, windows: WindowState, until: datetime) -> list[Decision]:
        found = []
        for cause, chain, telling in windows.tellings(until):
            policy, rule = self._rule(cause.policy, cause.rule)
            if policy is not None and rule is not None:
                decision = decide_telling(policy, rule, cause, chain=chain, telling=telling)
                windows.apply(decision)
                found.append(decision)
        return found

    def _rule(self, policy_id: str, rule_id: str) -> tuple[Policy | None, Rule | None]:
        policy = next((one for one in self.policies.policies if one.id == policy_id), None)
        rules = () if policy is None else policy.rules
        return policy, next((one for one in rules if one.id == rule_id), None)

    def _held(
        self, decision: Decision, policy: Policy, windows: WindowState, facts: Facts | None = None
    ) -> Decision:
        """Return the decision without what operators, calendars and other rules hold back."""
        if not decision.matches:
            return decision
        if self._hold_back is not None:
            decision = self._hold_back(decision)
        if windows.silences:
            decision = silence.hold_back(decision, windows.silences)
        if policy.mutes:
            decision = mute.hold_back(decision, policy.mutes, self.policies.calendars)
        if policy.inhibitions:
            values = (
                (lambda _name: None)
                if facts is None
                else inhibit.mention_values(facts.mention, facts.classified.values())
            )
            decision = inhibit.hold_back(
                decision, policy.inhibitions, windows.firing_now(policy.id), values=values
            )
        return decision

    def _assign(self, facts: Facts, decisions: Sequence[Decision], windows: WindowState) -> None:
        """Tell the rules that wait for answers to whom the mention was given."""
        queues = {
            action.params["queue"]
            for decision in decisions
            for match in decision.matches
            for action in match.actions
            if action.kind == "assign" and action.reason is None and "queue" in action.params
        }
        if queues:
            windows.assigned(facts, queues)

    def _classify_singly(
        self, mentions: Sequence[Mention]
    ) -> tuple[list[tuple[Classification, ...]], list[DeadLetter]]:
        answers: list[tuple[Classification, ...]] = []
        dead: list[DeadLetter] = []
        for mention in mentions:
            try:
                answers += self._classify([mention])
            except Exception:  # noqa: BLE001 - the guard: this mention goes on without labels
                answers.append(mention.classifications)
                dead.append(_fault(mention, "classify"))
        return answers, dead


def with_languages(identifier: LanguageIdentifier, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions, each that does not say its language with the one its text is in."""
    told = list(mentions)
    silent = [at for at, mention in enumerate(told) if mention.language is None]
    declared = [told[at].author.language for at in silent]
    found = identifier.identify([told[at].text for at in silent], declared) if silent else []
    for at, language in zip(silent, found, strict=True):
        told[at] = replace(told[at], language=language)
    return told


def with_brands(finder: BrandFinder | None, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions, each that does not say its brand with the one its text is about."""
    told = list(mentions)
    silent = [at for at, mention in enumerate(told) if mention.brand is None]
    if finder is None or not silent:
        return told
    found = finder.match_all([brand_text(told[at]) for at in silent])
    for at, matches in zip(silent, found, strict=True):
        told[at] = replace(told[at], brand=matches.brand)
    return told


def fault_batch(dead: Sequence[DeadLetter]) -> SourceBatch:
    """Return faults of ours as a batch the log takes like any other."""
    return SourceBatch(ENGINE_SOURCE, (), tuple(dead))


def _fault(mention: Mention, stage: str) -> DeadLetter:
    """Return the record of an exception being handled; must be called while it is."""
    return DeadLetter(
        source=ENGINE_SOURCE,
        place=f"{stage}:{mention.id}",
        reason=_fault_reason(mention, stage),
        raw=mention.text,
    )


def _fault_reason(mention: Mention, stage: str) -> str:
    error = traceback.format_exc(limit=-4)
    return f"a fault of the engine while it had to {stage} {mention.id}: {error}"


def _dead_letter(source: str, mention: Mention, reason: str) -> DeadLetter:
    written = json.dumps(write_mention(mention), ensure_ascii=False, default=str)
    raw = cut_raw(written.encode("utf-8", "replace"))
    return DeadLetter(source=source, place=mention.id, reason=reason, raw=raw)
