"""What is told of clocks while an engine runs, and whose answers are our own."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from engine.account import Account
from engine.cases import Mark
from engine.cases.notice import SlaNotice
from engine.cases.ours import written_by
from engine.cases.watch import SlaWatch
from engine.mention import Author
from engine.testing import NOON, mention
from tests.cases.case_samples import case


class Scripted:
    """Answers what falls due, page by page; an exception is raised."""

    def __init__(self, *pages):
        self.asked = []
        self._pages = list(pages)

    async def due(self, now):
        self.asked.append(now)
        page = self._pages.pop(0) if self._pages else []
        if isinstance(page, Exception):
            raise page
        return page


def notice(mark):
    found = case()
    return SlaNotice(found, found.clocks[0], mark, found.clocks[0].due)


async def test_everything_that_fell_due_is_told_page_after_page():
    cases = Scripted([notice(Mark.WARNED), notice(Mark.BREACHED)], [notice(Mark.BREACHED)])
    with capture_logs() as logs:
        assert await SlaWatch(cases).due(NOON) == 3

    assert [(one["event"], one["log_level"]) for one in logs] == [
        ("case warned", "info"),
        ("case breached", "warning"),
        ("case breached", "warning"),
    ]
    assert logs[0]["told"].endswith("first-reply (2h) runs out at 2026-03-02T11:00:00Z")
    assert len(cases.asked) == 3


ACCOUNT = Account("acme", "mastodon", "mastodon", "https://m.example", "@Acme", "42")


@pytest.mark.parametrize(
    ("source", "author", "is_ours"),
    [
        pytest.param("mastodon", Author(id="42", handle="@renamed"), True, id="by its id"),
        pytest.param("mastodon", Author(handle="acme"), True, id="by its handle"),
        pytest.param("x", Author(id="42"), False, id="the same id elsewhere"),
        pytest.param("x", Author(handle="@acme"), False, id="the same handle elsewhere"),
        pytest.param("x", Author(handle="@ACME_help"), True, id="by a handle of the brand"),
        pytest.param("mastodon", Author(id="7", handle="@zoe"), False, id="somebody else"),
        pytest.param("mastodon", Author(), False, id="nobody"),
    ],
)
def test_our_own_accounts_are_known_on_their_source(source, author, is_ours):
    told = written_by([ACCOUNT], lambda: ["@acme_help"])

    assert told(mention(source=source, author=author)) is is_ours
