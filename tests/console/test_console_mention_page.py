"""A mention's own page: all that is known of it, and why each rule matched."""

import pytest

from engine.console.pages.trace import shown_value, trace_lines
from engine.errors import StoreUnavailableError, StoreUnusableError
from engine.mention import Author, Metrics
from engine.testing import NOON
from engine.units import format_instant

AT = format_instant(NOON)
HELD = {"✓": True, "✗": False, "?": None}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"


def leaf(condition, mark, *, value=None, wanted=None):
    return {"condition": condition, "held": HELD[mark], "value": value, "wanted": wanted}


def inner(condition, mark, *children):
    return {**leaf(condition, mark), "children": list(children)}


ANGRY = leaf(
    "sentiment: negative", "✓", value={"label": "negative", "score": 0.93}, wanted="negative"
)
WORDS = leaf("text: refund*", "✗", value="the lid snapped", wanted="refund*")
PRESS = leaf("author.handle: {in_list: press}", "?", wanted={"in_list": "press"})
TRACE = inner(
    "[{any: [{sentiment: negative}, {text: refund*}]}, {not: {author.handle: {in_list: press}}}]",
    "✓",
    inner("[{sentiment: negative}, {text: refund*}]", "✓", ANGRY, WORDS),
    inner("not: {author.handle: {in_list: press}}", "✓", PRESS),
)


def whole(rows, **fields):
    """Return what the store knows of a decided mention with a sent notice and a held-back reply."""
    action = {
        **rows["action"](1),
        "kind": "notify",
        "state": "failed",
        "reason": "attempts_spent",
        "params": {"channel": "team", "text": "A lid snapped"},
        "attempts": [
            {"number": 1, "started_at": AT, "ended_at": AT, "result": "failed", "detail": "503"}
        ],
    }
    decision = {**rows["decision"](5), "trace": TRACE, "actions": [action]}
    held = {"policy": "acme-care", "rule": "calm", "action": "", "reason": "except", "at": AT}
    return {"decisions": [decision], "held_back": [{**held, "detail": "own-staff"}], **fields}


async def page(console, path="/mentions/import:1", status=200, **headers):
    answer = await console.client.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


async def test_it_shows_the_mention_whole(console, rows):
    answer = {
        "label": "praise",
        "score": 0.5,
        "scores": {"other": 0.25, "praise": 0.5},
        "classifier": "linear",
        "version": "1",
    }
    row = rows["mention"](
        1,
        "the lid snapped " * 200 + "THE END",
        url="https://example.com/p/1",
        metrics=Metrics(likes=1234),
        author=Author(handle="@zoe", followers=5000),
    )
    row["classifications"]["intent"] = answer
    console.reads.mention_rows = [row]

    shown = await page(console)

    for said in ("THE END", "@zoe", "import", "likes 1,234", "5,000 followers", "2026-03-02 12:00"):
        assert said in shown
    assert '<a class="original" href="https://example.com/p/1" rel="noopener noreferrer' in shown
    assert '<rect width="50.0"' in shown
    assert shown.index('"row">praise') < shown.index('"row">other')
    assert "No rule matched." in shown


async def test_it_says_why_a_rule_matched_and_what_came_of_it(console, rows):
    console.reads.mention_rows = [rows["mention"](1, "the lid snapped")]
    console.reads.whole = {"import:1": whole(rows)}
    of_it = rows["outcome"](3, action_id=f"{1:064x}", state="failed", reason="attempts_spent")
    console.reads.outcome_rows = [rows["outcome"](4, reason="expired"), of_it]

    shown = await page(console)

    assert 'id="decision-5"' in shown
    assert 'href="/?rule=angry-refund"' in shown
    trace = shown[shown.index('class="trace"') :]
    order = (
        *("✓", "when", "✓", "any of these", "✓", "negative 0.93", "✗", "the mention&#39;s text"),
        *("refund*", "✓", "not", "?", "author.handle", "in_list: press"),
    )
    for said in order:
        assert said in trace
        trace = trace.partition(said)[2]
    for said in ("failed", "attempt 1", "503", "every allowed attempt failed", "A lid snapped"):
        assert said in shown
    assert "log 3" in shown
    assert "log 4" not in shown
    assert "an exception of the rule held · own-staff" in shown


async def test_it_speaks_french(console, rows):
    console.reads.mention_rows = [rows["mention"](1, "the lid snapped")]
    console.reads.whole = {"import:1": whole(rows)}

    shown = await page(console, **{"accept-language": "fr"})

    assert '<html lang="fr">' in shown
    for said in ("quand", "au moins une de ces conditions", "tous les essais permis ont échoué"):
        assert said in shown


async def test_a_mention_not_decided_yet_says_so(console, rows):
    console.reads.mention_rows = [rows["mention"](1)]
    console.reads.whole = {"import:1": {"is_decided": False}}

    assert "Not decided yet." in await page(console)


async def test_hostile_values_are_shown_as_text(console, rows):
    author = Author(handle=HOSTILE, name=HOSTILE)
    links = (f"https://example.com/{HOSTILE}", "javascript:alert(1)")
    row = rows["mention"](
        1, HOSTILE, label=HOSTILE, author=author, links=links, in_reply_to=HOSTILE
    )
    row["classifications"][HOSTILE] = row["classifications"]["sentiment"]
    console.reads.mention_rows = [row]
    trace = inner(f"[{HOSTILE}", "✓", leaf(HOSTILE, "✓", value=HOSTILE * 2, wanted=HOSTILE))
    action = {
        **rows["action"](1, kind=HOSTILE, state=HOSTILE, reason=HOSTILE, detail=HOSTILE),
        "params": {"text": HOSTILE, "channel": HOSTILE, "tags": [HOSTILE], "language": HOSTILE},
        "attempts": [{"number": 1, "started_at": AT, "result": HOSTILE, "detail": HOSTILE}],
    }
    decision = rows["decision"](1, rule=HOSTILE, severity=HOSTILE, mode=HOSTILE, policy=HOSTILE)
    held = dict.fromkeys(("policy", "rule", "action", "reason", "detail"), HOSTILE)
    console.reads.whole = {
        "import:1": {
            "decisions": [{**decision, "trace": trace, "actions": [action]}],
            "held_back": [held],
        }
    }

    shown = await page(console)

    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert "<img src=x" not in shown
    assert 'href="javascript' not in shown


@pytest.mark.parametrize(
    ("path", "headers", "said"),
    [
        pytest.param("/mentions/nobody", {}, "No mention with this id", id="unknown"),
        pytest.param(
            "/mentions/nobody", {"accept-language": "fr"}, "Mention inconnue", id="in French"
        ),
        pytest.param("/mentions/" + "x" * 3000, {}, "No mention with this id", id="endless"),
    ],
)
async def test_a_mention_that_is_not_stored_is_a_page_with_404(console, path, headers, said):
    assert said in await page(console, path, 404, **headers)


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        pytest.param(StoreUnavailableError("the database is locked"), 503, id="locked"),
        pytest.param(StoreUnusableError("the database is damaged"), 500, id="damaged"),
    ],
)
async def test_a_database_that_does_not_answer_is_a_page_too(console, failure, status):
    console.reads.failure = failure

    shown = await page(console, status=status)

    assert "The database does not answer" in shown
    assert str(failure) in shown


async def test_an_id_with_slashes_and_a_query_finds_its_page(console, rows):
    console.reads.mention_rows = [rows["mention"](1, id="feed:https://a.example/p?x=2")]

    assert "hello acme" in await page(
        console, "/mentions/feed%3Ahttps%3A%2F%2Fa.example%2Fp%3Fx%3D2"
    )


YES, NO, UNSURE = (leaf(f"field-{mark}: 1", mark) for mark in HELD)


@pytest.mark.parametrize(
    ("node", "label"),
    [
        pytest.param(
            inner("[{a: 1}, {b: 2}]", "✓", YES, YES), "when", id="a rule's list, all held"
        ),
        pytest.param(inner("[{a: 1}, {b: 2}]", "✓", YES, NO), "any_of", id="one of a list held"),
        pytest.param(inner("[{a: 1}, {b: 2}]", "✓", YES, UNSURE), "any_of", id="one undecided"),
        pytest.param(inner("[{a: 1}, {b: 2}]", "✗", YES, NO), "all_of", id="one of a list failed"),
        pytest.param(inner("[{a: 1}, {b: 2}]", "?", YES, UNSURE), "all_of", id="none failed"),
        pytest.param(inner("[{a: 1}, {b: 2}]", "?", NO, UNSURE), "any_of", id="none held"),
        pytest.param(inner("{a: 1, b: 2}", "✓", YES, YES), "all_of", id="a mapping"),
        pytest.param(inner("not: {a: 1}", "✓", NO), "not_this", id="not"),
        pytest.param(inner("macro: asks", "✓", YES), "", id="a macro is named"),
    ],
)
def test_a_node_says_how_it_joins(node, label):
    assert trace_lines(node, "").label == label


@pytest.mark.parametrize(
    ("above", "written", "label"),
    [
        pytest.param("[{any: [{a: 1}, {b: 2}]}]", "[{a: 1}, {b: 2}]", "any_of", id="any"),
        pytest.param("[{all: [{a: 1}, {b: 2}]}]", "[{a: 1}, {b: 2}]", "all_of", id="all"),
        pytest.param("not: {any: [{a: 1}, {b: 2}]}", "[{a: 1}, {b: 2}]", "any_of", id="under not"),
        pytest.param("[{any: [{a: 1}, {…", "[{a: 1}, {b: 2}]", "any_of", id="cut above"),
        pytest.param("[{any: [{a: 1}, {b: 2}, {…", "[{a: 1}, …", "any_of", id="cut in both"),
        pytest.param("[{c: 3}, {d…", "[{a: 1}, {b: 2}]", "together", id="cut off before it"),
        pytest.param(
            "[{all: [{c: 3}]}, {any: [{a: 1}]}]", "[{a: 1}]", "any_of", id="the other one beside it"
        ),
        pytest.param(
            "[{all: [{a: 1}]}, {any: [{a: 1}]}]", "[{a: 1}]", "together", id="both the same"
        ),
    ],
)
def test_the_text_above_tells_any_from_all_where_answers_agree(above, written, label):
    trace = inner(above, "✓", inner(written, "✓", YES, YES))

    assert trace_lines(trace, "").lines[0].label == label


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(None, "—", id="absent"),
        pytest.param(True, "true", id="a flag"),
        pytest.param(12, "12", id="a count"),
        pytest.param(0.47764457, "0.478", id="a share"),
        pytest.param({"label": "praise", "score": 0.5}, "praise 0.5", id="a label"),
        pytest.param({"in": ["en", "fr"], "x": 1}, "in: [en, fr], x: 1", id="operators"),
        pytest.param("x" * 400, "x" * 300 + "…", id="a long text"),
    ],
)
def test_a_value_is_one_short_line(value, shown):
    assert shown_value(value) == shown
