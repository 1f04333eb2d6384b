"""`/api/v1`: pages, filters, refusals, the token, and its description."""

import re
from datetime import timedelta

import pytest

from engine.errors import StoreUnavailableError, StoreUnusableError
from engine.store.chain import ChainReport
from engine.testing import NOON

TOKEN = "a-long-token-nobody-guesses"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PATHS = (
    "mentions",
    "mentions/import:1",
    "decisions",
    "actions",
    "outcomes",
    "dead-letters",
    "log/verify",
    "status",
)
CASES = ("cases", "cases/{case_id}", "cases/{case_id}/acts")


async def get(console, path, **params):
    return await console.client.get(f"/api/v1/{path}", params=params)


async def test_cursors_reach_every_mention_once(console, rows):
    console.reads.mention_rows = [rows["mention"](seq) for seq in range(7, 0, -1)]

    seen, cursor = [], {}
    while True:
        page = (await get(console, "mentions", limit=3, **cursor)).json()
        seen += [row["seq"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_a_mention_carries_its_fields_and_classifications(console, rows):
    console.reads.mention_rows = [rows["mention"](1, "merci", label="positive", language="fr")]

    row = (await get(console, "mentions")).json()["items"][0]

    assert (row["text"], row["language"], row["author"]["handle"]) == ("merci", "fr", "@zoe")
    assert row["classifications"]["sentiment"]["label"] == "positive"
    assert row["published_at"] == "2026-03-02T12:00:00Z"


async def test_media_nested_beyond_what_can_be_written_are_cut(console, rows):
    deep = []
    for _ in range(900):
        deep = [deep]
    console.reads.mention_rows = [rows["mention"](1, media=({"url": "a.png", "more": deep},))]

    answer = await get(console, "mentions")

    assert answer.status_code == 200
    media = answer.json()["items"][0]["media"][0]
    assert (media["url"], str(media["more"]).count("[")) == ("a.png", 49)


async def test_filters_reach_the_store_as_values(console):
    given = {"brand": "acme", "language": "fr", "text": "lid", "since": "2026-03-02T10:00:00+01:00"}

    assert (await get(console, "mentions", **given)).status_code == 200

    asked = console.reads.asked[-1]
    assert asked["since"].isoformat() == "2026-03-02T09:00:00+00:00"
    assert {name: asked[name] for name in ("brand", "language", "text")} == {
        "brand": "acme",
        "language": "fr",
        "text": "lid",
    }


async def test_a_span_counts_back_from_now(console):
    assert (await get(console, "mentions", since="7d")).status_code == 200

    assert console.reads.asked[-1]["since"] == NOON - timedelta(days=7)


async def test_an_action_tells_what_it_would_send_and_on_what(console, rows):
    console.reads.action_rows = [rows["action"](2, text="my kettle broke"), rows["action"](1)]
    asked = {"state": "awaiting_approval", "kind": "reply", "rule": "r", "mention": "import:1"}

    page = (await get(console, "actions", limit=1, **asked)).json()

    assert console.reads.asked[-1] == asked
    assert page["next_cursor"] == "2"
    reply = page["items"][0]
    assert (reply["params"]["text"], reply["params"]["template"]) == ("Hello Zoé", "hello")
    assert (reply["about"]["text"], reply["about"]["author"]["handle"]) == (
        "my kettle broke",
        "@zoe",
    )
    assert (reply["attempts"], reply["mention"]) == (0, "import:1")


async def test_a_broken_log_names_its_first_bad_row(console):
    whole = (await get(console, "log/verify")).json()
    console.reads.report = ChainReport(3, "a" * 64, 4, "row 4 was changed")
    broken = (await get(console, "log/verify")).json()

    assert (whole["is_intact"], whole["rows"], whole["bad_row"]) == (True, 3, None)
    assert broken == {
        "rows": 3,
        "head": "a" * 64,
        "is_intact": False,
        "bad_row": 4,
        "problem": "row 4 was changed",
    }


async def test_an_id_with_slashes_and_colons_finds_its_mention(console, rows):
    console.reads.mention_rows = [rows["mention"](1, id="feed:https://a.example/p/1?x=2")]

    answer = await console.client.get("/api/v1/mentions/feed:https://a.example/p/1%3Fx=2")

    assert answer.json()["mention"]["id"] == "feed:https://a.example/p/1?x=2"
    assert answer.json()["is_decided"] is True


async def test_followers_of_the_log_read_oldest_first_and_get_no_cursor(console, rows):
    console.reads.outcome_rows = [rows["outcome"](seq) for seq in (4, 3, 2, 1)]

    page = (await get(console, "outcomes", after=1, limit=2)).json()

    assert [row["seq"] for row in page["items"]] == [2, 3]
    assert page["next_cursor"] is None


async def test_status_says_what_is_waited_for_and_counted(console, rows):
    console.stats.waiting["store"] = "the database is locked"
    console.stats.read = 12
    console.reads.decision_rows = [rows["decision"](1)]
    console.reads.rules = [{"policy": "p", "rule": "r", "mode": "draft", "count": 1}]

    status = (await get(console, "status")).json()

    assert (status["status"], status["waiting"]) == ("waiting", {"store": "the database is locked"})
    assert (status["since_start"]["read"], status["stored"]["decisions"]) == (12, 1)
    assert status["rules"] == console.reads.rules


@pytest.mark.parametrize(
    ("path", "params", "words"),
    [
        pytest.param(
            "mentions", {"limit": 0}, "limit: .*greater than or equal to 1", id="a page of none"
        ),
        pytest.param(
            "mentions", {"limit": 501}, "limit: .*less than or equal to 500", id="too large a page"
        ),
        pytest.param(
            "mentions", {"limit": "ten"}, "limit: .*integer.*saw 'ten'", id="a limit in words"
        ),
        pytest.param("mentions", {"cursor": "1 or 1=1"}, "cursor: ", id="a cursor that is none"),
        pytest.param(
            "mentions",
            {"cursor": "9" * 40},
            "cursor: ",
            id="a cursor beyond the database's numbers",
        ),
        pytest.param("mentions", {"since": "yesterday"}, "since: ", id="an instant in words"),
        pytest.param(
            "mentions",
            {"since": "2026-03-02T10:00:00"},
            "since: .*no time zone.*7d",
            id="an instant without a zone",
        ),
        pytest.param(
            "outcomes", {"since": "2 days"}, "since: .*7d or 24h", id="a span in other words"
        ),
        pytest.param(
            "decisions", {"since": "7h3d"}, "since: .*6m30s.*2026-03-02T", id="a span out of order"
        ),
        pytest.param("mentions", {"since": "9999d"}, "since: .*ten years", id="an endless span"),
        pytest.param("mentions", {"since": ""}, "since: ", id="an empty instant"),
        pytest.param("actions", {"state": "waiting"}, "state: .*'sent'", id="no such state"),
        pytest.param(
            "decisions", {"severity": "huge"}, "severity: .*'critical'", id="an unknown severity"
        ),
        pytest.param("outcomes", {"state": "lost"}, "state: .*'sent'", id="an unknown state"),
        pytest.param("outcomes", {"after": -1}, "after: ", id="a negative number"),
        pytest.param(
            "outcomes", {"after": 1, "cursor": "2"}, "opposite directions", id="both directions"
        ),
        pytest.param("mentions/" + "x" * 3000, {}, "mention_id: ", id="an endless id"),
    ],
)
async def test_bad_parameters_are_named(console, path, params, words):
    answer = await get(console, path, **params)

    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "invalid_parameter"
    assert re.search(words, error["message"]), error["message"]
    assert len(error["message"]) < 400


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("GET", "/api/v1/mentions/nobody", 404, "not_found", id="an unknown mention"),
        pytest.param("GET", "/api/v2/mentions", 404, "not_found", id="an unknown path"),
        pytest.param(
            "DELETE", "/api/v1/mentions", 405, "method_not_allowed", id="a method it does not take"
        ),
    ],
)
async def test_other_errors_have_the_same_shape(console, *, method, path, status, code):
    answer = await console.client.request(method, path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        pytest.param(
            StoreUnavailableError("the database is locked"),
            503,
            "database_unavailable",
            id="locked",
        ),
        pytest.param(
            StoreUnusableError("the database is damaged"), 500, "database_unusable", id="damaged"
        ),
    ],
)
@pytest.mark.parametrize("path", [path for path in PATHS if path != "status"])
async def test_a_database_that_does_not_answer_is_said(console, *, path, failure, status, code):
    console.reads.failure = failure

    answer = await get(console, path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["message"] == str(failure)
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_a_fault_of_ours_tells_nothing(console):
    console.reads.failure = RuntimeError("the password is hunter2")

    answer = await get(console, "mentions")

    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("path", PATHS)
async def test_every_path_needs_the_token_where_one_is_set(open_console, rows, path):
    async with open_console(api_token=TOKEN) as console:
        console.reads.mention_rows = [rows["mention"](1)]

        assert (await get(console, path)).status_code == 401
        answer = await console.client.get(f"/api/v1/{path}", headers=BEARER)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="empty"),
        pytest.param("Bearer", id="no token"),
        pytest.param(f"Bearer {TOKEN}x", id="more than the token"),
        pytest.param(f"Bearer {TOKEN[:-1]}", id="less than the token"),
        pytest.param(f"Token {TOKEN}", id="another scheme"),
        pytest.param(f"Basic {TOKEN}", id="the token where Basic wants base64"),
        pytest.param("Bearer \xff\xfe", id="bytes beyond ASCII"),
    ],
)
async def test_a_wrong_token_is_refused_without_showing_the_right_one(open_console, header):
    async with open_console(api_token=TOKEN) as console:
        headers = {"Authorization": header.encode("latin-1")}
        answer = await console.client.get("/api/v1/mentions", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert TOKEN not in answer.text + str(answer.headers)


async def test_openapi_describes_every_path_with_its_errors(console):
    document = (await console.client.get("/openapi.json")).json()

    paths = {path for path in document["paths"] if path.startswith("/api/v1")}
    known = (*(path.replace("import:1", "{mention_id}") for path in PATHS), *CASES)
    reads = {f"/api/v1/{path}" for path in known}
    assert {path for path in paths if not path.startswith("/api/v1/drafts")} == reads
    for described in [one for path in paths for one in document["paths"][path].values()]:
        answers = described["responses"]
        for code in ("401", "422", "503"):
            shape = answers[code]["content"]["application/json"]["schema"]["$ref"]
            assert shape == "#/components/schemas/ErrorAnswer"
    assert document["components"]["securitySchemes"]["api_token"]["scheme"] == "bearer"
    schemas = document["components"]["schemas"]
    assert "example" in str(schemas["Mention"])
    params = schemas["ListedAction"]["properties"]["params"]
    assert {"text", "language", "template"} <= set(params["examples"][0])
    assert "`reply`: `text`" in params["description"]
