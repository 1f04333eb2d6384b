"""Tocsin: policies as text over a stream of mentions, safely acted on.

Tiers (a module imports only tiers below its own; import-linter checks it):

- T5 edge: ``engine.cli``, ``engine.console``
- T4 wiring: ``engine.app``, ``engine.proving``
- T3 streams: ``streams``
- T2 parts: ``models``, ``engine.actions``, ``engine.store``, ``engine.dispatch``
- T1 thinking: ``engine.decide``, ``engine.policy``, ``engine.windows``, ``engine.settings``
- T0 words: every other module of this package
"""

__version__ = "0.1.0"
