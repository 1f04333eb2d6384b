"""An edit of live policies: taken up whole, or shown and refused; no mention pays for it."""

import asyncio
import shutil

import pytest

from engine.errors import ConfigError, StoreUnavailableError
from engine.life.stored import load_revision
from engine.life.watch import Watched
from engine.policy import load_text
from engine.testing import NOON, ScriptedClassifier, planned
from tests.life.house import POLICY

EDITED = POLICY.replace("id: refund", "id: money-back")
BROKEN = POLICY.replace("when:", "wehn:")
HOOK = """
---
channel: crm
kind: webhook
url: https://crm.example/hook
secret: ${NOT_SET_HERE}
"""


async def test_the_first_mention_after_a_good_edit_carries_the_new_revision(open_house):
    async with open_house() as house:
        before = house.running.policies.policies[0].revision
        await house.decide("a refund", "nothing")
        house.write(EDITED)
        assert await house.reloader.reload()
        after = house.running.policies.policies[0].revision
        await house.decide("refund now", "refund again")

        assert before != after
        assert await house.matches() == [
            ("1", "refund", before),
            ("3", "money-back", after),
            ("4", "money-back", after),
        ]


async def test_a_broken_edit_is_shown_and_the_last_good_goes_on_deciding(open_house):
    async with open_house() as house:
        before = house.running.policies.policies[0].revision
        await house.decide("a refund")
        house.write(BROKEN)
        assert not await house.reloader.reload()
        await house.decide("refund 2", "refund 3")
        refused = house.status.refused
        house.write(EDITED)
        assert await house.reloader.reload()
        await house.decide("refund 4")

        after = house.running.policies.policies[0].revision
        assert [one.code for one in refused.problems] == ["R104"]
        assert refused.problems[0].span.line == 4
        assert house.status.refused is None
        assert (house.status.reloads, house.status.refusals) == (1, 1)
        assert await house.matches() == [
            ("1", "refund", before),
            ("2", "refund", before),
            ("3", "refund", before),
            ("4", "money-back", after),
        ]
        kinds = [row["kind"] for row in await house.store.policies.history()]
        assert kinds == ["reload", "refused", "startup"]


async def test_what_runs_is_stored_word_for_word_before_it_decides(open_house):
    text = POLICY.replace("\n", "\r\n") + "# é 漢 \U0001f600 — the end, without a newline"
    async with open_house() as house:
        (house.folder / "care.yaml").write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert await house.reloader.reload()

        stored = await house.store.policies.running()
        assert stored.revision == house.status.revision
        assert stored.files == {"policies/care.yaml": "\ufeff" + text}


async def test_an_edit_that_is_undone_mends_the_refusal(open_house):
    async with open_house() as house:
        house.write(BROKEN)
        await house.reloader.reload()
        house.write(POLICY)
        assert await house.reloader.reload()

        assert house.status.refused is None
        assert house.status.revision == house.loaded.policies.revision


async def test_a_comment_alone_is_kept_under_the_same_revision(open_house):
    async with open_house() as house:
        house.write(POLICY + "# a thought\n")
        await house.reloader.reload()

        assert house.status.revision == house.loaded.policies.revision
        stored = await house.store.policies.running()
        assert stored.files["policies/care.yaml"].endswith("# a thought\n")


async def test_looking_again_at_the_same_refused_edit_tells_nothing_twice(open_house):
    async with open_house() as house:
        house.write(BROKEN)
        for _ in range(3):
            await house.reloader.reload()

        assert house.status.refusals == 1
        assert len(await house.store.policies.history()) == 2


async def test_a_folder_without_any_policy_left_is_refused(open_house):
    async with open_house() as house:
        (house.folder / "care.yaml").unlink()
        assert not await house.reloader.reload()

        assert "no policy is left" in house.status.refused.message
        await house.decide("a refund")
        assert [rule for _, rule, _ in await house.matches()] == ["refund"]


async def test_a_channel_that_cannot_be_used_refuses_the_edit(open_house):
    async with open_house() as house:
        house.write(POLICY + HOOK)
        assert not await house.reloader.reload()

        assert house.status.refused.message == "channel 'crm' needs NOT_SET_HERE in the environment"
        assert dict(house.running.channels) == {}


async def test_the_gates_see_other_modes_and_channels_at_once(open_house):
    item = planned("tag", index=0)
    async with open_house(POLICY.replace("refund\n", "angry\n", 1)) as house:
        channels = house.running.channels
        assert house.running.mode_of(item).value == "draft"
        text = POLICY.replace("id: refund", "id: angry\n    mode: shadow")
        house.write(text + "---\nchannel: desk\nkind: log\n")
        assert await house.reloader.reload()

        assert house.running.mode_of(item).value == "shadow"
        assert "desk" in channels
        house.write(POLICY)
        await house.reloader.reload()
        assert house.running.mode_of(item) is None
        assert "desk" not in channels


async def test_label_sets_that_cannot_be_learnt_refuse_the_edit(open_house):
    def teach(_policies):
        message = "label set 'defect': 'brake' has no example"
        raise ConfigError(message)

    async with open_house(teach=teach) as house:
        house.write(EDITED)
        assert not await house.reloader.reload()

        assert "'brake' has no example" in house.status.refused.message


class AwayHistory:
    """A history that is out of reach for the first calls of some of its methods."""

    def __init__(self, history, faults):
        self._history = history
        self._faults = dict(faults)

    def __getattr__(self, name):
        method = getattr(self._history, name)

        async def call(*args, **kwargs):
            if self._faults.get(name, 0) > 0:
                self._faults[name] -= 1
                message = "the database is locked"
                raise StoreUnavailableError(message)
            return await method(*args, **kwargs)

        return call


@pytest.mark.parametrize("call", ["running", "latest", "keep"])
async def test_a_reload_waits_for_a_database_that_is_away(open_house, store, call):
    async with open_house(history=AwayHistory(store.policies, {call: 2})) as house:
        house.write(EDITED)
        assert await house.reloader.reload()
        await house.decide("a refund")

        assert [rule for _, rule, _ in await house.matches()] == ["money-back"]
        assert (await store.policies.running()).revision == house.status.revision
        assert house.runner.stats.waiting == {}


async def test_a_refusal_is_shown_although_the_database_is_away(open_house, store):
    async with open_house(history=AwayHistory(store.policies, {"note": 2})) as house:
        house.write(BROKEN)
        assert not await house.reloader.reload()

        assert house.status.refusals == 1
        assert [row["kind"] for row in await store.policies.history()] == ["refused", "startup"]


async def test_a_batch_is_decided_by_the_revision_it_began_with(open_house):
    """The swap happens while the first batch is being classified."""
    other, _ = load_text(EDITED, now=NOON)
    swap = []

    class Swapping(ScriptedClassifier):
        def classify(self, texts, languages):
            for use in swap:
                use()
            swap.clear()
            return super().classify(texts, languages)

    async with open_house(classifier=Swapping()) as house:
        pipeline = house.runner.pipeline
        replaced = type(pipeline)(
            identifier=pipeline._identifier, classify=pipeline._classify, policies=other
        )
        swap.append(lambda: house.runner.use(replaced))
        await house.decide("refund 1")
        await house.decide("refund 2")

        assert [rule for _, rule, _ in await house.matches()] == ["refund", "money-back"]


async def test_a_cooldown_goes_on_over_an_edit(open_house):
    text = POLICY + "    cooldown: {per: author, for: 24h}\n"
    async with open_house(text) as house:
        await house.decide("a refund")
        house.write(text.replace("when: {text: refund}", "when: {text: refund*}"))
        assert await house.reloader.reload()
        await house.decide("two refunds")

        rows = await house.store.queries.actions(limit=5)
        assert [(row["state"], row["reason"]) for row in rows] == [
            ("suppressed", "cooldown"),
            ("planned", None),
        ]


def save_in_place(folder):
    (folder / "care.yaml").write_text(EDITED)


def save_by_rename(folder):
    (folder / ".care.yaml.swp1").write_text(EDITED)
    (folder / ".care.yaml.swp1").replace(folder / "care.yaml")


def add_a_file_in_a_new_folder(folder):
    (folder / "team").mkdir()
    (folder / "team" / "more.yml").write_text(EDITED.replace("policy: care", "policy: more"))


def remove_and_copy_the_folder(folder):
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "care.yaml").write_text(EDITED)


@pytest.mark.parametrize(
    "edit",
    [save_in_place, save_by_rename, add_a_file_in_a_new_folder, remove_and_copy_the_folder],
)
async def test_an_edit_on_the_disk_is_seen(open_house, edit):
    async with open_house(watches=True) as house:
        edit(house.folder)
        await house.until(lambda: house.status.reloads and house.status.refused is None)

        await house.decide("a refund")
        assert "money-back" in [rule for _, rule, _ in await house.matches()]


LISTED = """\
policy: care
lists: {words: {file: ../lists/words.txt}}
rules:
  - id: listed
    when: {text: "{words}"}
    then: [{tag: [listed]}]
"""


async def test_a_list_in_a_file_elsewhere_is_seen_and_kept(open_house, tmp_path):
    (tmp_path / "lists").mkdir()
    words = tmp_path / "lists" / "words.txt"
    words.write_text("refund\n")
    async with open_house(LISTED, watches=True) as house:
        words.write_text("chargeback\n")
        await house.until(lambda: house.status.reloads)
        await house.decide("a refund", "a chargeback")

        assert [number for number, _, _ in await house.matches()] == ["2"]
        first = await house.store.policies.get(house.loaded.policies.revision)
        assert first.files["lists/words.txt"] == "refund\n"
        words.unlink()
        made, problems = load_revision(first, house.places, now=NOON)
        assert (made.revision, problems) == (first.revision, [])


def write_half(folder):
    (folder / "care.yaml").write_text(POLICY[: POLICY.index("{text") + 3])


def write_latin(folder):
    (folder / "care.yaml").write_bytes(POLICY.encode() + "# caf\u00e9\n".encode("latin-1"))


def delete(folder):
    (folder / "care.yaml").unlink()


@pytest.mark.parametrize("edit", [write_half, write_latin, delete])
async def test_a_fault_on_the_disk_is_seen_and_so_is_its_mending(open_house, edit):
    async with open_house(watches=True) as house:
        edit(house.folder)
        await house.until(lambda: house.status.refused is not None)
        await house.decide("a refund")
        house.write(EDITED)
        await house.until(lambda: house.status.reloads)

        await house.decide("refund 2")
        assert [rule for _, rule, _ in await house.matches()] == ["refund", "money-back"]


async def test_a_link_that_is_turned_to_another_folder_is_seen(open_house, tmp_path):
    for name, text in (("one", POLICY), ("two", EDITED)):
        (tmp_path / "releases" / name).mkdir(parents=True)
        (tmp_path / "releases" / name / "care.yaml").write_text(text)
    (tmp_path / "policies").symlink_to(tmp_path / "releases" / "one")
    async with open_house(None, watches=True) as house:
        (tmp_path / "next").symlink_to(tmp_path / "releases" / "two")
        (tmp_path / "next").replace(tmp_path / "policies")
        await house.until(lambda: house.status.reloads)
        # The watch has moved with the link.
        (tmp_path / "releases" / "two" / "care.yaml").write_text(POLICY)
        await house.until(lambda: house.status.reloads == 2)

        assert house.status.revision == house.loaded.policies.revision


async def test_a_database_among_the_policies_is_not_looked_at(tmp_path):
    (tmp_path / "tocsin.db").write_text("")
    watched = Watched.of([tmp_path], [])

    assert not watched.counts(None, str(tmp_path.resolve() / "tocsin.db"))
    assert watched.counts(None, str(tmp_path.resolve() / "new.yaml"))


async def test_a_fault_of_the_engine_leaves_what_runs_running(open_house):
    def teach(_policies):
        raise ZeroDivisionError

    async with open_house(teach=teach, watches=True) as house:
        house.write(EDITED)
        await house.until(lambda: house.status.refused is not None)

        assert "ZeroDivisionError" in house.status.refused.message
        await house.decide("a refund")
        assert [rule for _, rule, _ in await house.matches()] == ["refund"]
        assert not house.tasks[1].done()


async def test_watching_ends_when_the_engine_stops(open_house):
    async with open_house(watches=True) as house:
        house.stop.set()
        async with asyncio.timeout(30):
            await house.tasks[1]
