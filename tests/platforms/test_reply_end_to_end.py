"""From a policy's file to a platform: the whole engine as it is built, and a strict imitation."""

from __future__ import annotations

from contextlib import AsyncExitStack

from engine.app import build_engine
from engine.clock import SystemClock
from engine.ports import SourceBatch
from engine.settings_file import read_configuration
from engine.testing import ScriptedClassifier, mention
from models.hub import Hub
from tests.platforms.mastodon_server import TOKEN, Mastodon

POLICY = """
policy: care
brands: [acme]
templates:
  thanks: {en: "Thank you, {{ author.handle }}!"}
  sorry: {en: "We are sorry, {{ author.handle }}."}
rules:
  - id: love
    mode: enforce
    when: {text: lovely}
    then: [{reply: {template: thanks, approval: none}}]
  - id: refund
    mode: draft
    when: {text: refund}
    then: [{reply: {template: sorry}}]
"""
CONFIG = """
database: {url: "sqlite:///%s"}
policies: [policy.yaml]
accounts:
  - {name: care, platform: mastodon, base_url: "%s", token: "${TOKEN}", handle: "@acme",
     is_automated: true}
"""


class Said:
    """A source that brings some mentions once."""

    name = "said"

    def __init__(self, *mentions):
        self._mentions = mentions

    async def batches(self, cursor):
        if cursor is None:
            yield SourceBatch(self.name, self._mentions, cursor={"done": True})


async def run(folder, *mentions):
    """Run a whole engine until all that is brought is decided and sent; return its actions."""
    configuration, _ = read_configuration(folder / "config.yaml", {"TOKEN": TOKEN})
    async with AsyncExitStack() as stack:
        hub = Hub([ScriptedClassifier()])
        engine = await build_engine(stack, configuration, sources=[Said(*mentions)], hub=hub)
        await engine.drain()
        return await engine.store.queries.actions(limit=10)


async def test_what_a_policy_says_stands_under_the_mention_once_and_drafts_wait(tmp_path):
    async with Mastodon(SystemClock()).listening() as server:
        (tmp_path / "policy.yaml").write_text(POLICY, "utf-8")
        config = CONFIG % (tmp_path / "engine.db", server.url)
        (tmp_path / "config.yaml").write_text(config, "utf-8")
        texts = {"bob": "@acme what a lovely kettle", "eve": "@acme I want a refund"}
        said = [
            mention(
                text,
                source="mastodon",
                external_id=server.do_add_status(by=author, text=text),
                author_id=author,
                handle=f"@{author}",
                language="en",
                published_at=server.now(),
            )
            for author, text in texts.items()
        ]
        rows = await run(tmp_path, *said)
        stands = {row["rule"]: (row["state"], row["detail"]) for row in rows}
        assert stands == {"love": ("sent", ""), "refund": ("awaiting_approval", "")}
        [reply] = server.seen("reply")
        assert (reply["to"], reply["count"]) == (said[0].external_id, 1)
        # A machine's words say so.
        assert reply["text"] == "Thank you, @bob!\n\nAutomatic reply (AI)."

        again = await run(tmp_path, *said)
        assert [row["state"] for row in again] == [row["state"] for row in rows]
        assert len(server.seen("reply")) == 1
        assert server.complaints == []
