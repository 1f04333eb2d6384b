"""Forgetting, exporting and retention from the command line."""

import asyncio
import json

import pytest

from engine.store import Store
from engine.testing import NOON
from tests.privacy.lives import HANDLE, NAME, TEXT, left_of, of_others, theirs
from tests.store.samples import batch


@pytest.fixture
def written(tmp_path):
    """A database of three mentions, two of them by one person; returns its URL."""
    url = f"sqlite:///{tmp_path}/test.db"

    async def write():
        store = await Store.open(url)
        await store.log.append(
            batch(theirs(1), theirs(2), of_others(3, f"hé @{HANDLE}")), observed_at=NOON
        )
        await store.close()

    asyncio.run(write())
    return url


def test_a_person_is_forgotten(tocsin, written, tmp_path):
    asked = tocsin("forget", HANDLE, "--reason", "request 1", "--dry-run", "--format", "json")
    assert asked.json["mentions"] == 2
    assert asked.json["elsewhere"] == {"mentions": 1}

    done = tocsin("forget", f"@{HANDLE}", "--reason", "request 1", "--by", "lea")

    assert done.code == 0, done.err
    assert "2 mention(s) are erased" in done.out
    assert left_of(written, HANDLE, NAME, TEXT) == []
    assert tocsin("verify-log").code == 0


def test_what_is_held_is_written_to_a_file(tocsin, written, tmp_path):
    done = tocsin("export", HANDLE, "--reason", "request 2", "--out", "held.json")

    assert done.code == 0, done.err
    held = json.loads((tmp_path / "held.json").read_text())
    assert [one["text"] for one in held["mentions"]] == [TEXT, TEXT]
    again = tocsin("export", HANDLE, "--reason", "request 2", "--out", "held.json")
    assert again.code == 2
    assert "is there already" in again.err
    nowhere = tocsin("export", HANDLE, "--reason", "request 2", "--out", "no/held.json")
    assert (nowhere.code, "no: is no folder" in nowhere.err) == (2, True)
    assert tocsin("outcomes").out.count("privacy export") == 1, "what was not written is not logged"


def test_retention_says_what_it_would_erase_and_erases_it(tocsin, written):
    asked = tocsin(
        "retention", "run", "--dry-run", "--format", "json", TOCSIN_PRIVACY_RETENTION_DEFAULT="1d"
    )
    assert asked.json["old"] == 3

    done = tocsin("retention", "run", TOCSIN_PRIVACY_RETENTION_DEFAULT="1d")

    assert "3 mention(s) too old and 0 deleted elsewhere are erased" in done.out
    assert left_of(written, TEXT) == []


def test_a_reason_that_names_the_person_is_refused(tocsin, written):
    done = tocsin("forget", HANDLE, "--reason", f"{HANDLE} asked")

    assert done.code == 2
    assert "names the person" in done.err
