"""Label sets taught over an embedding.

The encoder's place is taken by one that counts a text's letters: close texts share letters.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pytest

from engine.classification import UNKNOWN
from engine.errors import ConfigError
from models.label_heads import (
    label_head_version,
    read_label_head,
    train_label_head,
    write_label_head,
)
from models.label_kernel import Landmarks
from models.label_training import spread_out, train

WET = ("rain", "more rain", "heavy rain", "our rain", "rain rain", "rainy rain", "raining")
DRY = ("sun", "sun up", "such sun", "sun sun", "sunny sun", "suns", "much sun")
WEATHER = {"wet": {"en": WET}, "dry": {"en": DRY}}


def letters(texts):
    """Return letter counts brought to length 1, float32, (n_texts, 26)."""
    counts = np.array([[text.count(chr(97 + at)) for at in range(26)] for text in texts], float)
    counts += 1e-3
    return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


def taught(examples=WEATHER, *, task="weather"):
    return train_label_head(task, examples, letters, encoder_version="letters-1")


def answered(head, texts, languages=None):
    languages = languages or ["en"] * len(texts)
    return head.answers(letters(texts), texts, languages, classifier="encoder")


@pytest.fixture(scope="module")
def weather():
    return taught()


class TestAnswers:
    def test_a_label_set_is_learnt_and_tells_its_labels_apart(self, weather):
        wet, dry = answered(weather, ["rain again", "sun at us"])

        assert (wet.label, dry.label) == ("wet", "dry")
        assert (wet.task, wet.classifier, wet.version) == ("weather", "encoder", weather.version)
        assert list(wet.scores) == ["wet", "dry"]
        assert sum(wet.scores.values()) == pytest.approx(1)
        assert wet.score == wet.scores["wet"] > wet.scores["dry"]

    def test_a_text_far_from_every_example_is_unknown_and_keeps_its_scores(self, weather):
        (far,) = answered(weather, ["zzzz qqq kkkk zzz"])

        assert far.label == UNKNOWN
        assert sum(far.scores.values()) == pytest.approx(1)

    def test_a_score_below_the_floor_is_unknown(self, weather):
        assert [one.label for one in answered(replace(weather, floor=1.0), ["rain sun"])] == [
            UNKNOWN
        ]

    def test_no_texts_have_no_answers(self, weather):
        nothing = np.zeros((0, 26), np.float32)

        assert weather.answers(nothing, [], [], classifier="encoder") == []

    def test_a_text_is_answered_the_same_in_any_company(self, weather):
        texts = ["rain", "sun", "rain and sun", "a", ""]

        together = [one.scores["wet"] for one in answered(weather, texts)]
        alone = [answered(weather, [text])[0].scores["wet"] for text in texts]

        assert together == pytest.approx(alone, abs=1e-5)

    def test_a_language_may_have_a_temperature_of_its_own(self, weather):
        warm = replace(weather.calibration, by_language={"fr": weather.calibration.default * 5})
        english, french, unsaid = answered(
            replace(weather, calibration=warm), ["rain"] * 3, ["en", "fr", None]
        )

        assert french.score < english.score == unsaid.score


class TestOutOfScope:
    OTHERS = ("zebra quiz", "quick zebra", "zoo quiz", "pizza jazz", "jazz quiz", "fuzzy jazz")

    def test_examples_of_unknown_are_no_label_and_lower_the_raw_scores_around_them(self):
        close = {**WEATHER, UNKNOWN: {"en": ("ruins", "ruin us", "in ruins", "runs in ruins")}}
        head = taught(close)
        text = letters(["ruins"])

        raw_scores = [
            (one.landmarks.nearness(text) @ one.weights).max() for one in (taught(), head)
        ]

        assert head.labels == ("wet", "dry")
        assert raw_scores[1] < raw_scores[0]

    def test_what_is_given_up_and_found_is_measured(self):
        outside = taught({**WEATHER, UNKNOWN: {"en": self.OTHERS}}).measured["out_of_scope"]

        assert outside["n"] == len(self.OTHERS)
        assert outside["recall"] == 1.0
        assert outside["right_answers_given_up"] <= 0.1

    def test_without_examples_of_unknown_no_recall_is_claimed(self, weather):
        assert "recall" not in weather.measured["out_of_scope"]


class TestMeasured:
    def test_it_says_how_good_it_is_on_examples_held_out(self, weather):
        measured = weather.measured

        assert (measured["n"], measured["folds"]) == (14, 5)
        assert measured["macro_f1"] == measured["accuracy"] == 1.0
        assert measured["macro_f1_by_language"] == {"en": 1.0}
        assert measured["f1_by_label"] == {"wet": 1.0, "dry": 1.0}
        assert measured["n_by_label"] == {"wet": 7, "dry": 7}
        assert measured["confusions"] == []

    def test_labels_without_a_difference_are_measured_as_such(self):
        mixed = [one for pair in zip(WET, DRY, strict=True) for one in pair]
        measured = taught({"a": {"en": mixed[:7]}, "b": {"en": mixed[7:]}}).measured

        assert measured["macro_f1"] < 0.9
        assert sum(one["n"] for one in measured["confusions"]) == round(
            (1 - measured["accuracy"]) * 14
        )

    def test_translations_are_held_out_together(self):
        """Each text stands in both languages and resembles its translation alone."""
        alphabet = "abcdefghijklmnopqrst"
        texts = [letter * 3 for letter in alphabet]
        examples = {
            "a": {"en": texts[::2], "fr": [f"{one} y" for one in texts[::2]]},
            "b": {"en": texts[1::2], "fr": [f"{one} y" for one in texts[1::2]]},
        }

        assert taught(examples).measured["accuracy"] < 0.7

    def test_figures_are_given_by_label_and_language(self):
        bilingual = {
            "wet": {"en": WET, "fr": ("pluie", "la pluie", "pluies")},
            "dry": {"en": DRY, "fr": ("soleil", "le soleil", "soleils")},
        }
        measured = taught(bilingual).measured

        assert measured["n_by_language"] == {"en": 14, "fr": 6}
        assert set(measured["f1_by_label_and_language"]["wet"]) == {"en", "fr"}
        assert set(measured["macro_f1_by_language"]) == {"en", "fr"}

    def test_the_largest_confusion_comes_first_and_is_named(self):
        examples = {**WEATHER, "damp": {"en": [f"{text} " + "n" for text in WET]}}
        confusions = taught(examples).measured["confusions"]

        assert {confusions[0]["label"], confusions[0]["taken_for"]} == {"wet", "damp"}
        assert [one["n"] for one in confusions] == sorted(
            (one["n"] for one in confusions), reverse=True
        )

    def test_it_can_be_written_as_json(self, weather):
        assert json.loads(json.dumps(weather.measured)) == weather.measured


class TestLandmarks:
    def test_every_label_keeps_its_share_from_all_over_its_list(self):
        truth = np.array([0] * 80 + [-1] * 10 + [1] * 20)

        chosen = spread_out(truth, most=25)

        assert len(chosen) == len(set(chosen.tolist())) == 25
        assert 18 <= (truth[chosen] == 0).sum() <= 22
        assert (truth[chosen] >= 0).all()
        assert chosen[0] < 10
        assert max(chosen[chosen < 80]) > 70

    def test_few_examples_all_become_landmarks(self):
        assert spread_out(np.array([0, 1, -1, 1]), most=25).tolist() == [0, 1, 3]

    def test_some_landmarks_do_for_many_examples(self):
        vectors = np.random.default_rng(7).normal(size=(300, 4))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        by_text = {f"text {at}": vector for at, vector in enumerate(vectors)}
        side = ["left" if vector[0] < 0 else "right" for vector in vectors]
        examples = {
            name: {"en": [text for text, one in zip(by_text, side, strict=True) if one == name]}
            for name in ("left", "right")
        }

        head = train(
            "sides",
            examples,
            lambda texts: np.array([by_text[text] for text in texts], np.float32),
            version="1",
            most_landmarks=40,
        )

        assert len(head.landmarks.vectors) == len(head.weights) == 40
        assert head.measured["n"] == 300
        assert head.measured["accuracy"] > 0.9


class TestVersion:
    def test_it_follows_labels_examples_languages_and_encoder(self):
        renamed = {"soaked": WEATHER["wet"], "dry": WEATHER["dry"]}
        longer = {**WEATHER, "dry": {"en": [*DRY, "dust"]}}
        moved = {**WEATHER, "dry": {"fr": DRY}}
        versions = {label_head_version(one, "e1") for one in (WEATHER, renamed, longer, moved)}
        versions.add(label_head_version(WEATHER, "e2"))

        assert len(versions) == 5

    def test_it_is_the_heads_own(self, weather):
        assert weather.version == label_head_version(WEATHER, "letters-1")

    def test_the_order_of_languages_changes_nothing(self):
        one = {"wet": {"en": WET, "fr": ("pluie",)}, "dry": {"en": DRY}}
        other = {"wet": {"fr": ("pluie",), "en": WET}, "dry": {"en": DRY}}

        assert write_label_head(taught(one)) == write_label_head(taught(other))


class TestFile:
    def test_a_head_survives_its_file(self, weather):
        content = write_label_head(weather)
        again = read_label_head(content, name="weather.npz")
        texts = ["rain", "sun", "zzzz", "rain or sun"]

        assert answered(again, texts) == answered(weather, texts)
        assert (again.measured, again.floor) == (weather.measured, weather.floor)
        assert write_label_head(again) == content

    def test_equal_examples_give_equal_files(self, weather):
        assert write_label_head(taught()) == write_label_head(weather)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            pytest.param({"about.json": None}, "not a label set's head", id="nothing about it"),
            pytest.param({"about.json": b"[]"}, "not a label set's head", id="about is a list"),
            pytest.param(
                {"about.json": b'{"format": 99}'}, "of format 99, this engine", id="newer format"
            ),
            pytest.param({"weights.npy": b"no array"}, "not a label set's head", id="no array"),
            pytest.param(
                {"weights.npy": np.zeros((2, 2), np.float32)}, "do not fit", id="other shape"
            ),
            pytest.param(
                {"weights.npy": np.array([["a", "b"]] * 14)}, "finite numbers", id="letters"
            ),
            pytest.param(
                {"weights.npy": np.full((14, 2), np.nan)}, "finite numbers", id="not numbers"
            ),
            pytest.param(
                {"landmarks.npy": np.array([{}], object)}, "not a label set's head", id="objects"
            ),
        ],
    )
    def test_a_file_at_fault_is_refused_by_name(self, weather, change, message):
        with pytest.raises(ConfigError, match=rf"weather.npz is .*{message}"):
            read_label_head(_changed(write_label_head(weather), change), name="weather.npz")

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"{}"])
    def test_bytes_that_are_no_file_are_refused(self, content):
        with pytest.raises(ConfigError, match=r"x\.npz is not a label set's head"):
            read_label_head(content, name="x.npz")

    def test_a_shortened_file_is_refused(self, weather):
        content = write_label_head(weather)
        with pytest.raises(ConfigError, match="is not a label set's head"):
            read_label_head(content[: len(content) // 2], name="x.npz")

    def test_reading_and_answering_needs_no_slow_library(self):
        code = (
            "import sys, models.label_heads; "
            "print([one for one in ('sklearn', 'scipy', 'skops') if one in sys.modules])"
        )
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )

        assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        pytest.param({}, "it has no labels", id="no labels"),
        pytest.param({"a": {"en": ["one", "two"]}}, "it has 1, and 'a' has 2", id="one label"),
        pytest.param(
            {"a": {"en": ["one", "two"]}, "b": {"en": ["three"]}},
            "'b' has 1 distinct examples",
            id="one example",
        ),
        pytest.param(
            {"a": {"en": ["one", "two"]}, "b": {"en": ["three", "three "]}},
            "'b' has 1 distinct examples",
            id="one example twice",
        ),
        pytest.param(
            {"a": {"en": ["one", "two"]}, UNKNOWN: {"en": ["three", "four"]}},
            "it has 1, and 'a' has 2",
            id="one label beside unknown",
        ),
    ],
)
def test_too_little_to_learn_from_is_refused(examples, message):
    with pytest.raises(ConfigError, match=message):
        taught(examples, task="tiny")


def test_two_examples_a_label_are_enough():
    head = taught({"a": {"en": ["aaa", "aab"]}, "z": {"en": ["zzz", "zzy"]}}, task="tiny")

    assert [one.label for one in answered(replace(head, floor=0.0, reach=0.0), ["aa", "zz"])] == [
        "a",
        "z",
    ]


def test_nearness_is_one_on_a_landmark_and_falls_with_distance():
    landmarks = Landmarks(np.eye(3, dtype=np.float32), slope=1.0)

    near = landmarks.nearness(np.eye(3, dtype=np.float32))

    assert near.diagonal() == pytest.approx(1)
    assert near[0, 1] == pytest.approx(np.exp(-2))


def _changed(content, change):
    with ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, new in change.items():
        if isinstance(new, np.ndarray):
            written = BytesIO()
            np.save(written, new, allow_pickle=True)
            parts[name] = written.getvalue()
        elif new is None:
            del parts[name]
        else:
            parts[name] = new
    changed = BytesIO()
    with ZipFile(changed, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return changed.getvalue()
