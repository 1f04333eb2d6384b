"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import (  # fixtures: importing them here makes them known to every test
    fresh_database,
    postgres_server,
    postgres_url,
    sqlite_url,
    sqlite_with_tables,
    store,
    store_url,
)

__all__ = [
    "fresh_database",
    "postgres_server",
    "postgres_url",
    "sqlite_url",
    "sqlite_with_tables",
    "store",
    "store_url",
]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The labelled data beside the checkout; its tests are skipped where it is missing."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the labelled data (../shared/data) is not here")
    return folder
