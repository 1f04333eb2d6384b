"""Earlier revisions are found, loaded from the store alone, and put back without losing anything."""

import pytest

from engine.errors import RevisionError
from engine.life.modes import Held
from engine.life.places import Places
from engine.life.rollback import roll_back
from engine.life.stored import find_revision, policies_of_revision
from engine.store.policies import MOST_REFUSED, EventKind, PolicyEvent, PolicyRevision
from engine.testing import NOON
from tests.life.house import POLICY

EDITED = POLICY.replace("id: refund", "id: money-back")
MORE = POLICY.replace("policy: care", "policy: more")


async def back(house, named, **options):
    given = {"by": "zoe", "reason": "it answered everybody", "now": NOON, **options}
    return await roll_back(house.store, named, house.places, **given)


async def two_revisions(house):
    """Let an edit with one more file run; return the revision before it."""
    house.write(EDITED)
    house.write(MORE, "more.yaml")
    assert await house.reloader.reload()
    return house.loaded.policies.revision


async def test_a_rollback_puts_the_files_back_and_the_engine_takes_them_up(open_house):
    async with open_house() as house:
        first = await two_revisions(house)
        second = house.status.revision
        done = await back(house, first[:8])

        assert (house.folder / "care.yaml").read_text() == POLICY
        assert [path.name for path in house.folder.iterdir()] == ["care.yaml"]
        assert (done.written, done.removed) == (("policies/care.yaml",), ("policies/more.yaml",))
        assert done.kept == second
        assert await house.reloader.reload()
        assert house.status.revision == first
        rows = await house.store.policies.history()
        shown = [(row["kind"], row["by"], row["reason"]) for row in rows]
        assert shown[:2] == [
            ("reload", "zoe", "it answered everybody"),
            ("rollback", "zoe", "it answered everybody"),
        ]
        [told] = await house.store.queries.outcomes(kind="policy")
        assert (told["action"], told["action_id"]) == ("rollback", first)
        assert told["payload"]["by"] == "zoe"
        assert told["payload"]["reason"] == "it answered everybody"
        assert (await house.store.queries.verify_chain()).is_intact


async def test_a_rollback_can_be_rolled_back(open_house):
    async with open_house() as house:
        first = await two_revisions(house)
        second = house.status.revision
        await back(house, first)
        await back(house, second)

        assert (house.folder / "care.yaml").read_text() == EDITED
        assert (house.folder / "more.yaml").read_text() == MORE


@pytest.mark.parametrize(
    "edit", [pytest.param(POLICY + "# x\n", id="loads"), pytest.param("policy: [", id="broken")]
)
async def test_edits_that_never_ran_are_replaced_only_by_force_and_kept(open_house, edit):
    async with open_house() as house:
        first = await two_revisions(house)
        house.write(edit)
        with pytest.raises(RevisionError, match=r"edits that never ran: policies/care\.yaml;"):
            await back(house, first)
        assert (house.folder / "care.yaml").read_text() == edit

        done = await back(house, first, is_forced=True)

        assert (house.folder / "care.yaml").read_text() == POLICY
        kept = await house.store.policies.get(done.kept)
        assert kept.files["policies/care.yaml"] == edit
        assert "replaced" in [row["kind"] for row in await house.store.policies.history()]


async def test_a_revision_that_does_not_load_is_not_put_back(open_house):
    async with open_house() as house:
        revision = PolicyRevision("ab" * 32, {"policies/care.yaml": "policy: [\n"})
        event = PolicyEvent(EventKind.REPLACED, revision.texts, revision.revision)
        await house.store.policies.keep(revision, event, at=NOON)
        with pytest.raises(RevisionError, match=r"does not load any more: .*care\.yaml:1"):
            await back(house, "abab")
        assert (house.folder / "care.yaml").read_text() == POLICY


async def test_a_revision_of_other_places_is_not_put_back(open_house, tmp_path):
    async with open_house() as house:
        revision = PolicyRevision("ab" * 32, {"elsewhere/care.yaml": POLICY})
        event = PolicyEvent(EventKind.REPLAY, revision.texts, revision.revision)
        await house.store.policies.keep(revision, event, at=NOON)
        with pytest.raises(RevisionError, match=r"do not read: elsewhere/care\.yaml"):
            await back(house, "abab")
        assert not (tmp_path / "elsewhere").exists()


async def test_where_a_link_stands_what_it_leads_to_is_replaced(open_house, tmp_path):
    async with open_house() as house:
        first = await two_revisions(house)
        (tmp_path / "shared.txt").write_text(EDITED)
        (house.folder / "care.yaml").unlink()
        (house.folder / "care.yaml").symlink_to(tmp_path / "shared.txt")
        await back(house, first)

        assert (house.folder / "care.yaml").is_symlink()
        assert (tmp_path / "shared.txt").read_text() == POLICY
        assert sorted(path.name for path in tmp_path.iterdir() if "new" in path.name) == []


async def test_a_folder_that_is_gone_altogether_comes_back(open_house):
    async with open_house() as house:
        (house.folder / "care.yaml").unlink()
        house.folder.rmdir()
        await back(house, house.loaded.policies.revision)

        assert (house.folder / "care.yaml").read_text() == POLICY


async def test_an_earlier_revision_loads_without_its_files(open_house):
    async with open_house() as house:
        first = await two_revisions(house)
        for path in list(house.folder.iterdir()):
            path.unlink()
        for named in (first, first[:6], house.loaded.policies.policies[0].revision):
            made, problems = await policies_of_revision(house.store, named, house.places, now=NOON)
            assert (made.revision, problems) == (first, [])
        assert made.policies[0].rules[0].span.file == str(house.folder / "care.yaml")


async def test_a_revision_is_loaded_with_what_was_held(store, configure):
    text = POLICY.replace("id: refund", "id: refund\n    mode: enforce")
    held = Held("care", "refund", "has no examples").as_json()
    revision = PolicyRevision("cd" * 32, {"policies/care.yaml": text}, held=(held,))
    event = PolicyEvent(EventKind.RELOAD, revision.texts, revision.revision)
    await store.policies.keep(revision, event, at=NOON)

    made, _ = await policies_of_revision(store, "cdcd", Places.of(configure()), now=NOON)

    assert made.policies[0].rules[0].mode.value == "draft"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("abc", r"at least 4 of its hexadecimal digits"),
        ("nonsense", r"'nonsense' is no revision"),
        ("ab%%", r"is no revision"),
        ("abcd", r"may mean abcdef111111, abcdef000000|may mean abcdef000000, abcdef111111"),
        ("abcdef0123", r"no revision 'abcdef0123' is stored; did you mean abcdef"),
        ("9999", r"`tocsin policy history` lists them"),
    ],
)
async def test_a_name_that_means_no_one_revision_is_told(store, named, said):
    for last in "01":
        revision = PolicyRevision("abcdef" + last * 58, {"policies/care.yaml": POLICY})
        event = PolicyEvent(EventKind.RELOAD, revision.texts, revision.revision)
        await store.policies.keep(revision, event, at=NOON)

    with pytest.raises(RevisionError, match=said):
        await find_revision(store, named)


async def test_of_refused_edits_only_the_latest_are_kept(store):
    for number in range(MOST_REFUSED + 5):
        event = PolicyEvent(EventKind.REFUSED, "f" * 64, detail={"message": str(number)})
        await store.policies.note(event, at=NOON)

    rows = await store.policies.history(limit=1000)

    assert len(rows) == MOST_REFUSED
    assert rows[-1]["detail"]["message"] == "5"


async def test_storing_the_same_twice_stores_it_once(store):
    revision = PolicyRevision("ab" * 32, {"policies/care.yaml": POLICY, "policies/b.yaml": POLICY})
    event = PolicyEvent(EventKind.STARTUP, revision.texts, revision.revision)
    for _ in range(2):
        await store.policies.keep(revision, event, at=NOON)

    assert len(await store.policies.history()) == 1
    assert await store.policies.running() == revision
