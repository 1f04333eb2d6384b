"""Classifiers for whatever policies are to run: label sets that an edit changes are learnt anew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from engine.loading import load_hub
from engine.proving.prove import prove
from engine.proving.stages import Stages
from engine.redaction.inputs import Redactor
from streams.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.brand import BrandFinder
    from engine.policy import PolicySet
    from engine.ports import LanguageIdentifier
    from engine.proving.report import TestReport
    from engine.settings import Configuration
    from models.hub import Hub


@dataclass(frozen=True, slots=True)
class Taught:
    """Classifiers that answer what some policies may ask.

    Attributes:
        prove: Runs the examples and tests of policies with them. Blocking.
    """

    hub: Hub
    prove: Callable[[PolicySet], TestReport]


class Teacher:
    """Returns the same classifiers as long as policies define the same label sets.

    Args:
        hub: Classifiers to use whatever the policies define, in place of the settings' own.
    """

    def __init__(
        self,
        configuration: Configuration,
        identifier: LanguageIdentifier,
        *,
        brands: BrandFinder | None = None,
        hub: Hub | None = None,
    ) -> None:
        self._configuration = configuration
        self._identifier = identifier
        self._brands = brands
        self._hub = hub
        kinds = configuration.settings.privacy.redact
        self._redactor = Redactor(kinds) if kinds else None
        self._last: tuple[object, Taught] | None = None

    def teach(self, policies: PolicySet) -> Taught:
        """Return classifiers for the policies. Blocking where there is something to learn.

        Raises:
            ConfigError: A label set is at fault, or no classifier can be loaded as configured.
        """
        wanted = dict(policies.label_sets)
        if self._last is not None and self._last[0] == wanted:
            return self._last[1]
        hub = self._hub or load_hub(self._configuration, policies)
        taught = Taught(hub, partial(self._prove, hub))
        self._last = (wanted, taught)
        return taught

    def _prove(self, hub: Hub, policies: PolicySet) -> TestReport:
        stages = Stages(lambda: hub, lambda: self._identifier, brands=self._brands)
        return prove(policies, stages, brands=self._brands)

    def pipeline(self, policies: PolicySet, taught: Taught) -> Pipeline:
        """Return the stages that decide by the policies."""
        return Pipeline(
            identifier=self._identifier,
            classify=taught.hub.classify_mentions,
            policies=policies,
            brands=self._brands,
            redactor=self._redactor,
        )
