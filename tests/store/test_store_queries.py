"""The read side: what the command line, the API and the live view are shown."""

import json
from datetime import timedelta

import pytest

from engine.ports import DeadLetter
from engine.testing import NOON, given, mention
from tests.store.samples import LATER, action, batch, decided, plan, suppressed, undecided

HOUR = timedelta(hours=1)


@pytest.fixture
async def told(store):
    """Four mentions of two brands and two languages; the second is decided, by rule angry."""
    await store.log.append(
        batch(
            mention("The kettle is GREAT", external_id="1", language="en"),
            mention(
                "Élan brisé, 100% raté", external_id="2", language="fr", published_at=NOON + HOUR
            ),
            mention("burnt_out", external_id="3", brand="other", language="en"),
            mention("burnt out", external_id="4", classifications=given(sentiment="positive")),
        ),
        observed_at=NOON,
    )
    entries = await store.log.undecided(limit=2)
    await store.log.record(
        [undecided(entries[0]), decided(entries[1], action(1), suppressed(2), at=NOON + HOUR)],
        state={},
        at=LATER,
    )
    return store


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, [4, 3, 2, 1], id="newest first"),
        pytest.param({"limit": 2}, [4, 3], id="a page"),
        pytest.param({"before_seq": 3}, [2, 1], id="the next page"),
        pytest.param({"brand": "other"}, [3], id="a brand"),
        pytest.param({"language": "fr"}, [2], id="a language"),
        pytest.param({"since": NOON + HOUR}, [2], id="published since"),
        pytest.param({"text": "great"}, [1], id="words in any case"),
        pytest.param({"text": "ÉLAN"}, [2], id="accents in any case"),
        pytest.param({"text": "100%"}, [2], id="a percent sign is a percent sign"),
        pytest.param({"text": "burnt_out"}, [3], id="an underscore is an underscore"),
        pytest.param({"rule": "angry"}, [2], id="matched by a rule"),
        pytest.param({"rule": "calm"}, [], id="matched by no rule of that name"),
        pytest.param({"brand": "acme", "language": "en"}, [1], id="both must hold"),
    ],
)
async def test_mentions_are_found(told, wanted, found):
    assert [row["seq"] for row in await told.queries.mentions(**wanted)] == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, [1, 2, 3, 4], id="oldest first"),
        pytest.param({"after_seq": 1, "limit": 2}, [2, 3], id="a page"),
        pytest.param({"since": NOON + HOUR}, [2], id="published since"),
        pytest.param({"until": NOON + HOUR}, [1, 3, 4], id="published before"),
    ],
)
async def test_history_is_the_log_in_its_order(told, wanted, found):
    rows = await told.queries.history(**{"after_seq": 0, "limit": 50, **wanted})

    assert [row["seq"] for row in rows] == found


async def test_history_tells_mentions_as_stored_beside_the_labels_they_were_decided_by(told):
    first, _, _, fourth = await told.queries.history(after_seq=0, limit=50)

    assert list(first["classifications"]) == ["sentiment"]
    assert "classifications" not in first["body"]
    assert fourth["body"]["classifications"] == fourth["classifications"]


async def test_a_mention_shows_the_stored_labels_else_those_of_its_input(told):
    rows = {row["seq"]: row for row in await told.queries.mentions()}
    assert rows[2]["classifications"]["sentiment"]["label"] == "negative"
    assert rows[4]["classifications"]["sentiment"]["label"] == "positive"
    assert rows[3]["classifications"] == {}


async def test_one_mention_is_shown_with_all_that_came_of_it(told):
    found = await told.queries.mention("import:2")
    assert found["is_decided"] is True
    [decision] = found["decisions"]
    assert (decision["policy"], decision["rule"], decision["mention"]) == (
        "care",
        "angry",
        "import:2",
    )
    assert decision["trace"]["condition"] == "sentiment: negative"
    assert [one["state"] for one in decision["actions"]] == ["planned", "suppressed"]
    assert (await told.queries.mention("import:3"))["is_decided"] is False
    assert await told.queries.mention("import:99") is None


async def test_decisions_are_filtered_and_paged_in_both_directions(told):
    for number in range(3):
        await told.log.record([], state={"k": {"n": number}}, at=NOON)
    entries = await told.log.undecided(limit=9)
    await told.log.record([decided(entry, rule="calm") for entry in entries], state={}, at=NOON)

    async def rules(**wanted):
        return [(row["rule"], row["seq"]) for row in await told.queries.decisions(**wanted)]

    assert await rules() == [("calm", 3), ("calm", 2), ("angry", 1)]
    assert await rules(after_seq=1, limit=1) == [("calm", 2)]
    assert await rules(before_seq=3, limit=1) == [("calm", 2)]
    assert await rules(rule="angry") == [("angry", 1)]
    assert await rules(mention="import:4") == [("calm", 3)]
    assert await rules(since=NOON + HOUR) == [("angry", 1)]
    assert await rules(severity="critical") == []


async def test_outcomes_are_filtered_by_rule_mention_state_and_time(told):
    async def actions(**wanted):
        return [row["action_id"] for row in await told.queries.outcomes(**wanted)]

    assert await actions() == ["action-2"]
    assert await actions(rule="angry", mention="import:2", state="suppressed") == ["action-2"]
    assert await actions(since=LATER) == ["action-2"]
    assert await actions(since=LATER + HOUR) == []
    assert await actions(after_seq=1) == []
    assert await actions(mention="import:1") == []


async def test_actions_are_filtered_by_state_kind_rule_and_mention(told):
    async def ids(**wanted):
        return [row["id"] for row in await told.queries.actions(**wanted)]

    assert await ids() == ["action-2", "action-1"]
    assert await ids(state="planned") == ["action-1"]
    assert await ids(kind="reply") == []
    assert await ids(rule="angry", mention="import:2", after_seq=0) == ["action-1", "action-2"]


async def test_an_action_says_what_its_mention_is_about(told):
    action = (await told.queries.actions(state="planned"))[0]
    assert action["mention"] == "import:2"
    assert (action["about"]["text"], action["about"]["language"]) == ("Élan brisé, 100% raté", "fr")
    assert action["about"]["author"]["handle"] == "@zoe"
    assert "body" not in action


async def test_matches_are_found_by_mention(told):
    found = await told.queries.matches(["import:2", "import:1", "nobody"])
    assert list(found) == ["import:2"]
    match = found["import:2"][0]
    assert (match["policy"], match["rule"], match["mode"]) == ("care", "angry", "enforce")
    assert await told.queries.matches([]) == {}


async def test_dead_letters_are_newest_first(told):
    letters = tuple(DeadLetter("feed", f"f:{line}", "why", "raw") for line in (1, 2))
    await told.log.append(batch(dead=letters), observed_at=NOON)
    assert [row["place"] for row in await told.queries.dead_letters()] == ["f:2", "f:1"]
    assert await told.queries.dead_letters(source="other") == []


async def test_the_overview_counts_labels_and_rules(told):
    assert await told.queries.overview() == {
        "sentiment": {"negative": 2},
        "rules": [{"policy": "care", "rule": "angry", "mode": "enforce", "count": 1}],
    }
    assert await told.queries.label_counts(since=NOON + HOUR) == {"negative": 1}
    assert await told.queries.label_counts(task="emotion") == {}
    assert await told.queries.rule_counts(since=NOON + 2 * HOUR) == []


async def test_everything_shown_is_plain_json(told):
    await plan_all(told)
    queries = told.queries
    shown = [
        await queries.mentions(),
        await queries.mention("import:2"),
        await queries.decisions(),
        await queries.actions(),
        await queries.outcomes(),
        await queries.dead_letters(),
        await queries.counts(),
        await queries.overview(),
    ]
    assert json.loads(json.dumps(shown)) == shown
    assert "severity_rank" not in json.dumps(shown)


async def plan_all(store):
    entries = await store.log.undecided(limit=9)
    await store.log.record([undecided(entry) for entry in entries], state={}, at=NOON)
    await plan(store, action("last"))
