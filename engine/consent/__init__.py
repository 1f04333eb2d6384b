"""Consent: who asked not to be written to, in nine languages, one a file."""

from engine.consent.asking import asks_to_stop, is_opt_out

__all__ = ["asks_to_stop", "is_opt_out"]
