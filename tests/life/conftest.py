"""Fixtures of the tests of this folder."""

from tests.life.house import configure, open_house

__all__ = ["configure", "open_house"]
