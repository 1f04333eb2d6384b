"""Our accounts from the command line, against a platform that runs in a process of its own."""

from __future__ import annotations

import pytest

from tests.platforms.imitation import running
from tests.platforms.mastodon_server import TOKEN

SETTINGS = """
accounts:
  - name: care
    platform: mastodon
    base_url: {url}
    handle: "{handle}"
    token: ${{CARE_TOKEN}}
    brands: [acme]
    is_automated: true
"""


@pytest.fixture
def mastodon():
    with running("mastodon_server") as remote:
        yield remote
        assert remote.complaints() == []


@pytest.fixture
def asked(tocsin, tmp_path, mastodon):
    """Runs ``tocsin accounts …`` with one account."""

    def asked(*arguments, handle="@acme", token=TOKEN):
        path = tmp_path / "tocsin.yaml"
        path.write_text(SETTINGS.format(url=mastodon.url, handle=handle), "utf-8")
        return tocsin("accounts", *arguments, "--config", path, CARE_TOKEN=token)

    return asked


def test_accounts_are_listed_without_their_tokens(asked):
    done = asked("list")
    assert done.code == 0
    assert done.out.split() == ["care", "mastodon", "@acme", "mastodon", "acme", "automated"]
    [one] = asked("list", "--format", "json").json
    assert (one["name"], one["handle"], one["brands"]) == ("care", "@acme", ["acme"])
    assert TOKEN not in done.out + done.err + str(one)


def test_an_account_that_is_as_set_up_is_fine(asked):
    done = asked("check")
    assert (done.code, done.out) == (0, "care: fine (@acme, labelled as automated)\n")
    [one] = asked("check", "care", "--format", "json").json
    assert one == {
        "name": "care",
        "platform": "mastodon",
        "ok": True,
        "found": "@acme",
        "is_labelled": True,
        "faults": [],
    }


def test_an_account_that_is_not_as_set_up_ends_in_one(asked, mastodon):
    done = asked("check", handle="@other")
    assert done.code == 1
    assert "the token stands for @acme, the settings say @other" in done.out
    mastodon.do("expire_token")
    done = asked("check")
    assert done.code == 1
    assert "the token of the account 'care' is refused" in done.out


def test_an_account_nobody_named_is_told(asked):
    done = asked("check", "nobody")
    assert (done.code, done.out) == (2, "")
    assert "no account 'nobody'" in done.err


def test_no_accounts_are_told(tocsin):
    for command in ("list", "check"):
        done = tocsin("accounts", command)
        assert (done.code, done.out) == (0, "")
        assert "name no account" in done.err
