"""Teaching a label set on purpose: what is held out, and what is got wrong."""

import pytest

from engine.errors import ConfigError
from models.registry import Places
from models.teaching import FOLDS, few_examples, lessons, mistakes, teach

EXAMPLES = {
    "wet": {
        "en": [f"rain and {one} rain" for one in ("more", "heavy", "cold", "endless", "our")],
        "fr": ["la pluie", "il pleut", "pluie froide"],
    },
    "dry": {"en": [f"sun and {one} sun" for one in ("more", "bright", "hot", "endless", "our")]},
}


def test_every_example_is_held_out_once_with_its_translations():
    found = lessons(EXAMPLES)

    assert len(found) == FOLDS
    held_out = [one for lesson in found for one in lesson.held_out]
    assert len(held_out) == len(set(held_out)) == 13
    assert found[1].held_out == (
        ("wet", "en", "rain and heavy rain"),
        ("wet", "fr", "il pleut"),
        ("dry", "en", "sun and bright sun"),
    )
    assert "il pleut" not in found[1].examples["wet"]["fr"]


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param({"a": {"en": ["one", "two"]}}, id="too few to spare any"),
        pytest.param({"a": {"en": ["one", "two", "one", "two"]}}, id="too few distinct ones"),
        pytest.param({"unknown": {"en": ["one", "two", "three"]}}, id="texts of no label"),
    ],
)
def test_what_cannot_be_spared_is_never_held_out(examples):
    assert [lesson.held_out for lesson in lessons(examples)] == [()] * FOLDS


def test_labels_with_few_distinct_examples_are_named():
    many = {"en": [f"text {at}" for at in range(10)]}

    assert few_examples({"many": many, "few": {"en": ["one", "one ", "two"]}}) == {"few": 2}


def test_an_example_among_anothers_is_a_mistake():
    odd = {**EXAMPLES, "dry": {"en": [*EXAMPLES["dry"]["en"], "heavy rain, cold rain, our rain"]}}
    told = []

    found = mistakes("linear", "odd", Places(more_sets={"odd": odd}), on_progress=told.append)

    wrong = {(one.label, one.taken_for, one.text) for one in found}
    assert ("dry", "wet", "heavy rain, cold rain, our rain") in wrong
    assert len(wrong) < 4
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert told == [1, 2, 3, 4, 5]


def test_only_the_set_itself_is_taught_and_it_is_kept(tmp_path):
    folder, cache = tmp_path / "labels", tmp_path / "cache"
    folder.mkdir()
    (folder / "other.yaml").write_text("labels: {a: {}, b: {}}", "utf-8")
    places = Places(labels_dir=folder, cache_dir=cache, more_sets={"weather": EXAMPLES})

    head = teach("linear", "weather", places)

    assert head.measured["n"] == 13
    assert [path.stem for path in cache.iterdir()] == [f"weather-{head.version}"]


def test_a_backend_that_learns_nothing_is_refused():
    with pytest.raises(ConfigError, match="'transformers' learns no label sets"):
        teach("transformers", "weather", Places(more_sets={"weather": EXAMPLES}))


def test_the_encoder_is_taught_and_its_mistakes_are_those_of_examples_held_out(
    tiny_encoder, labels_dir
):
    places = Places(labels_dir, artifacts=tiny_encoder.parent, more_sets={"weather": EXAMPLES})

    head = teach("encoder", "weather", places)
    found = mistakes("encoder", "weather", places)

    assert (head.labels, head.measured["n"]) == (("wet", "dry"), 13)
    held_out = {one for lesson in lessons(EXAMPLES) for one in lesson.held_out}
    assert {(one.label, one.language, one.text) for one in found} <= held_out
    assert all(one.label != one.taken_for for one in found)
    # Both hold the same examples out, so they err about as often.
    assert abs(len(found) / 13 - (1 - head.measured["accuracy"])) < 0.35
