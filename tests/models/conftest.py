"""Fixtures for the classifiers' tests."""

from __future__ import annotations

import pytest

from models.language import PackagedLanguageIdentifier
from models.registry import load_default
from tests.tiny_encoder import write_tiny_encoder

COFFEE = """\
labels:
  hot:
    description: about the temperature of a drink
    examples:
      en: [too hot to drink, burning hot coffee, so hot again, hot hot hot, a hot cup]
      fr: [trop chaud pour boire, un café brûlant chaud]
  cold:
    description: its contrary
    examples:
      en: [too cold to drink, ice cold coffee, so cold again, cold cold cold, a cold cup]
      fr: [trop froid pour boire, un café glacé froid]
"""


@pytest.fixture(scope="session")
def hub():
    """The small backend as it ships, with its shipped label sets."""
    return load_default(backend="linear")


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    """An artefact folder of an encoder with weights by chance; not to be changed."""
    return write_tiny_encoder(tmp_path_factory.mktemp("artifacts") / "encoder")


@pytest.fixture(scope="session")
def shipped_encoder():
    """The default backend as it ships, with its shipped label sets."""
    return load_default(backend="encoder", threads=2)


@pytest.fixture(scope="session")
def identifier():
    return PackagedLanguageIdentifier()


@pytest.fixture
def labels_dir(tmp_path):
    """A folder with one small label set, ``coffee``."""
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "coffee.yaml").write_text(COFFEE, encoding="utf-8")
    return folder
