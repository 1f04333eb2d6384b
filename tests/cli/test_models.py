"""The commands about classifiers, on a small label set and a backend that starts quickly."""

import json
import subprocess
import sys

import pytest

COFFEE = """\
labels:
  hot:
    description: about the temperature of a drink
    examples:
      en: [too hot to drink, burning hot coffee, so hot again, hot hot hot, a hot cup]
      fr: [trop chaud pour boire, un café brûlant chaud, si chaud]
  not_hot:
    description: its contrary
    examples:
      en: [too cold to drink, ice cold coffee, so cold again, cold cold cold, a cold cup]
      fr: [trop froid pour boire, un café glacé froid, si froid]
"""
ROWS = [
    {"text": "my drink is burning hot", "label": "hot", "language": "en"},
    {"text": "stone cold again", "label": "non-hot", "language": "en"},
    {"text": "c'est si froid", "label": "not_hot", "language": "fr"},
    {"text": "hot hot", "label": "not_hot", "language": "en"},
]


@pytest.fixture
def models(tocsin, write):
    """Runs ``tocsin models …`` with the small backend and no label sets but one's own."""
    write("none/README", "no label set here")
    config = write("tocsin.yaml", "models: {backend: linear, labels: none}\n")
    write("own/coffee.yaml", COFFEE)

    def call(command, *arguments, **more):
        return tocsin("models", command, *arguments, "--config", config, **more)

    return call


def test_a_set_of_ones_own_is_measured_and_drawn(models, write, tmp_path):
    write("rows.jsonl", [*ROWS, "no JSON", {"text": "tea", "label": "oos", "language": "en"}])
    evaluate = ("evaluate", "--task", "coffee", "--labels", "own", "--input", "rows.jsonl")
    pictures = ("--reliability", "r.png", "--confusion", "c.png")

    done = models(*evaluate, *pictures, "--out-of-scope", "oos", "--format", "json")

    assert done.code == 0, done.err
    found = done.json
    assert (found["n"], found["accuracy"], found["set_aside"]) == (4, 0.75, 1)
    assert found["per_label"]["hot"] == {"n": 1, "precision": 0.5, "recall": 1.0, "f1": 0.6667}
    assert (found["macro_recall"], found["out_of_scope"]["n"]) == (0.8333, 1)
    assert {code: one["n"] for code, one in found["by_language"].items()} == {"en": 3, "fr": 1}
    assert found["confusions"] == [{"label": "not_hot", "taken_for": "hot", "n": 1}]
    assert 0 <= found["ece"] <= 1
    assert "rows.jsonl:5: not JSON" in done.err
    assert "read label 'non-hot' as 'not_hot': 1 text(s)" in done.err
    assert all((tmp_path / one).read_bytes().startswith(b"\x89PNG") for one in ("r.png", "c.png"))

    again = models(*evaluate, "--out-of-scope", "oos")

    assert "coffee: 4 texts, answered by linear" in again.out
    assert "accuracy 75.0" in again.out
    assert "not_hot was taken for hot 1 time(s)" in again.out
    assert "learning it" in done.err
    assert "learning it" not in again.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("--task", "coffe"), "did you mean 'coffee'?", id="a task nobody answers"),
        pytest.param(
            ("--task", "coffee"),
            "'nothot', 2 text(s). did you mean 'not_hot'? Labels: hot, not_hot",
            id="labels the task does not know",
        ),
        pytest.param(
            ("--task", "coffee", "--out-of-scope", "hot"),
            "--out-of-scope hot: is a label of 'coffee'",
            id="a label of the task as out of scope",
        ),
        pytest.param(
            ("--task", "coffee", "--reliability", "nowhere/r.png"),
            "nowhere/r.png: is a folder, or its folder does not exist",
            id="a picture in no folder",
        ),
    ],
)
def test_what_cannot_be_measured_is_wrong_usage(models, write, arguments, message):
    rows = write("rows.jsonl", [ROWS[0], *[{"text": "cold", "label": "nothot"}] * 2])

    done = models("evaluate", "--labels", "own/coffee.yaml", "--input", rows, *arguments)

    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_label_set_is_taught_kept_and_its_mistakes_listed(models, write):
    path = write("odd.yaml", COFFEE.replace("a hot cup]", "a hot cup, ice cold cold drink]"))

    done = models("train-labels", path, "--examples", "--format", "json")

    assert done.code == 0, done.err
    found = done.json
    assert (found["name"], found["n"], found["backend"]) == ("odd", 17, "linear")
    assert set(found["f1_by_label"]) == {"hot", "not_hot"}
    assert found["n_by_label"] == found["few_examples"] == {"hot": 9, "not_hot": 8}
    (wrong,) = [one for one in found["mistakes"] if one["text"] == "ice cold cold drink"]
    assert (wrong["label"], wrong["taken_for"], wrong["language"]) == ("hot", "not_hot", "en")

    again = models("train-labels", path)

    assert "odd (version " in again.out
    assert "too few examples to say much: hot (9), not_hot (8)" in again.out
    assert "learning it" not in again.err


@pytest.mark.parametrize(
    ("name", "text", "code", "message"),
    [
        pytest.param(
            "x.yaml", COFFEE.replace("examples", "exmples"), 1, "unknown field 'exmples'", id="typo"
        ),
        pytest.param("irony.yaml", COFFEE, 2, "'irony' is a task of the engine's own", id="name"),
        pytest.param(
            "x.yaml",
            "labels: {a: {examples: {en: [one]}}, b: {examples: {en: [two]}}}",
            2,
            "cannot be learnt: it needs two labels with two examples each",
            id="too little",
        ),
    ],
)
def test_a_label_set_at_fault_is_told(models, write, name, text, *, code, message):
    done = models("train-labels", write(name, text))

    assert (done.code, done.out) == (code, "")
    assert message in done.err


def test_info_names_what_ships_with_its_scores(models):
    done = models("info", "--format", "json")

    assert done.code == 0, done.err
    linear = done.json["shipped"]["linear"]
    assert done.json["backend"] == "linear"
    assert linear["tasks"]["sentiment"]["labels"] == ["negative", "neutral", "positive"]
    assert linear["tasks"]["sentiment"]["measured"]["sets"]["umsab-fr"]["n"] == 322
    assert linear["bytes"] == sum(linear["files"].values())
    assert linear["card"].endswith("card.md")

    text = models("info").out

    assert "models.backend is linear" in text
    assert "umsab-fr" in text


def test_no_picture_library_is_loaded_where_no_picture_is_wanted():
    code = "import sys, engine.cli, models.evaluate; print('matplotlib' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert json.loads(done.stdout.lower()) is False
