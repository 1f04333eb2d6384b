"""A named model of the transformers library answers a task; every model here is made here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.classification import BUILT_IN_TASKS, UNKNOWN
from engine.errors import ConfigError
from models.transformers_backend import load_transformers

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

WORDS = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "late", "parcel", "phone"),
    *("!", ".", "##s", "merci", "@", "user", "a"),
]
TEXTS = [
    "good",
    "bad bad bad parcel !",
    "the phone and the parcels are late . " * 6,
    "",
    "good phone " * 60,
    "😡",
    "\ud83d half an emoji",
    "merci @zoe",
]
SENTIMENT = ["Negative", "Neutral", "POSITIVE"]


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """Keep the library's progress bars and advice out of the tests' output."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Write a tiny model with these labels to a folder and return its path."""

    def run(labels, *, kind="BertForSequenceClassification", seed=7, safe=True, **settings):
        folder = tmp_path_factory.mktemp("model")
        vocabulary = folder / "vocab.txt"
        vocabulary.write_text("\n".join(WORDS), "utf-8")
        torch.manual_seed(seed)
        config = transformers.BertConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=48,
            initializer_range=0.6,
            id2label=dict(enumerate(labels)),
            label2id={label: place for place, label in enumerate(labels)},
            **settings,
        )
        model = getattr(transformers, kind)(config)
        model.save_pretrained(folder)
        transformers.BertTokenizerFast(str(vocabulary)).save_pretrained(folder)
        if not safe:
            (folder / "model.safetensors").unlink()
            torch.save(model.state_dict(), folder / "pytorch_model.bin")
        return str(folder)

    return run


@pytest.fixture(scope="module")
def model(make):
    return make(SENTIMENT)


def load(model, task="sentiment", **more):
    (classifier,) = load_transformers({task: {"model": model, **more} if more else model})
    return classifier


def scores(classifier, texts):
    return [one.scores for (one,) in classifier.classify(texts, [None] * len(texts))]


def test_the_answers_are_those_of_the_model_itself(model):
    own = transformers.AutoModelForSequenceClassification.from_pretrained(model).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    with torch.inference_mode():
        expected = own(**tokenizer("bad parcels !", return_tensors="pt")).logits.softmax(-1)[0]

    ((answer,),) = load(model).classify(["bad parcels !"], ["en"])

    assert list(answer.scores) == ["negative", "neutral", "positive"]
    assert list(answer.scores.values()) == pytest.approx(expected.tolist(), abs=1e-6)
    assert answer.label == max(answer.scores, key=answer.scores.__getitem__)
    assert answer.score == max(answer.scores.values())
    assert (answer.task, answer.classifier) == ("sentiment", "transformers")


def test_a_text_gets_the_same_scores_in_any_batch(model):
    classifier = load(model)
    together = scores(classifier, TEXTS * 20)

    for place, text in enumerate(TEXTS):
        (alone,) = scores(classifier, [text])
        assert together[place + 10 * len(TEXTS)] == pytest.approx(alone, abs=1e-4)
    assert len({round(one["negative"], 4) for one in together}) >= 5


def test_a_model_without_a_padding_sign_reads_texts_one_by_one(make):
    path = make(SENTIMENT, pad_token_id=None)

    (alone,) = scores(load(path), [TEXTS[2]])
    assert scores(load(path), TEXTS)[2] == pytest.approx(alone, abs=1e-4)


def test_beyond_what_the_model_can_read_a_text_is_cut(model):
    first, second = scores(load(model), ["good " * 46 + "bad " * 40, "good " * 46])

    assert first == pytest.approx(second, abs=1e-6)


def test_the_models_order_of_labels_is_no_matter(make):
    first, second = (load(make(labels)) for labels in (SENTIMENT, SENTIMENT[::-1]))

    for one, other in zip(scores(first, TEXTS), scores(second, TEXTS), strict=True):
        assert (one["negative"], one["positive"]) == pytest.approx(
            (other["positive"], other["negative"])
        )
    assert first.tasks == second.tasks == {"sentiment": BUILT_IN_TASKS["sentiment"]}


def test_another_task_has_whatever_labels_the_model_says(make):
    classifier = load(make(["Spam!", "Ham"]), task="junk")

    assert classifier.tasks == {"junk": ("Spam!", "Ham")}


def test_labels_are_translated_and_those_that_mean_the_same_are_added(make):
    path = make([f"{stars} stars" for stars in range(1, 6)])
    meaning = dict(
        zip(
            ("1 stars", "2 Stars", "3 stars", "4 stars", "5 stars"),
            ("negative", "negative", "neutral", "positive", "positive"),
            strict=True,
        )
    )

    (own,) = scores(load(path, task="stars"), ["bad parcel"])
    (found,) = scores(load(path, labels=meaning), ["bad parcel"])

    assert found["negative"] == pytest.approx(own["1 stars"] + own["2 stars"])
    assert found["positive"] == pytest.approx(own["4 stars"] + own["5 stars"])
    assert sum(found.values()) == pytest.approx(1)


def test_labels_that_mean_nothing_are_translated(make):
    path = make(["LABEL_0", "LABEL_1"])

    classifier = load(path, "irony", labels={"LABEL_0": "not_irony", "label_1": "irony"})
    ((answer,),) = classifier.classify(["good"], [None])

    assert classifier.tasks == {"irony": BUILT_IN_TASKS["irony"]}
    assert list(answer.scores) == ["irony", "not_irony"]


def test_temperature_and_floor(model):
    (plain,), (cool,) = (scores(load(model, temperature=t), ["bad"]) for t in (1.0, 10.0))
    ((answer,),) = load(model, floor=1.0, temperature=2.0).classify(["bad"], [None])

    assert max(cool.values()) < max(plain.values())
    assert answer.label == UNKNOWN
    assert sum(answer.scores.values()) == pytest.approx(1)


def test_the_version_tells_weights_and_choices_apart(make, model):
    versions = [load(path).version for path in (model, model, make(SENTIMENT, seed=8))]

    assert versions[0] == versions[1]
    assert len({*versions, load(model, floor=0.4).version}) == 3


def test_several_tasks_in_the_order_given(make, model):
    junk = make(["spam", "ham"])

    assert [
        list(one.tasks) for one in load_transformers({"junk": junk, "sentiment": model}, threads=2)
    ] == [["junk"], ["sentiment"]]
    assert load_transformers({}) == []


def test_no_texts_get_no_answers(model):
    assert load(model).classify([], []) == []


@pytest.mark.parametrize(
    ("labels", "task", "more", "why"),
    [
        pytest.param(
            ["LABEL_0", "LABEL_1"],
            "junk",
            {},
            r"does not say what LABEL_0, LABEL_1 mean; give 'labels'",
            id="labels that mean nothing",
        ),
        pytest.param(
            ["LABEL_0", "LABEL_1", "LABEL_2"],
            "sentiment",
            {},
            r"has the labels LABEL_0, .* the task has negative, neutral, positive; give 'labels'",
            id="labels that mean nothing, in a built-in task",
        ),
        pytest.param(
            ["negative", "positive"],
            "sentiment",
            {},
            "the task has negative, neutral, positive",
            id="a label too few",
        ),
        pytest.param(
            SENTIMENT,
            "sentiment",
            {"labels": {"happy": "positive"}},
            "has no label happy; its labels are: Negative, Neutral, POSITIVE",
            id="a translation of nothing",
        ),
        pytest.param(
            ["a", "b"],
            "junk",
            {"labels": {"a": "spam", "b": "spam"}},
            "every label is called 'spam'",
            id="one label in the end",
        ),
        pytest.param(["x"], "junk", {}, "gives one number", id="a regression"),
        pytest.param(
            SENTIMENT, "sentiment", {"temperature": 0}, "must be above 0", id="no temperature"
        ),
        pytest.param(SENTIMENT, "sentiment", {"floor": 2}, "between 0 and 1", id="a high floor"),
        pytest.param(
            SENTIMENT,
            "sentiment",
            {"heat": 1},
            "unknown heat; it has: model, labels",
            id="a setting that is none",
        ),
    ],
)
def test_what_does_not_fit_the_task_is_refused(make, labels, task, *, more, why):
    with pytest.raises(ConfigError, match=why):
        load(make(labels), task, **more)


def test_a_model_of_several_labels_at_once_is_refused(make):
    path = make(SENTIMENT, problem_type="multi_label_classification")

    with pytest.raises(ConfigError, match=r"made for multi_label_classification; .* one of"):
        load(path)


def test_a_model_that_was_not_taught_to_classify_is_refused(make):
    with pytest.raises(ConfigError, match=r"not trained to classify: .* classifier\.bias"):
        load(make(SENTIMENT, kind="BertModel"))


def test_weights_that_could_run_code_are_refused(make):
    with pytest.raises(ConfigError, match=r"cannot be read: .*safetensors"):
        load(make(SENTIMENT, safe=False))


def test_a_model_that_brings_code_is_refused(make):
    path = make(SENTIMENT)
    marker = Path(path) / "own-code-was-run"
    (Path(path) / "own.py").write_text(f"open({str(marker)!r}, 'w').close()", "utf-8")
    file = Path(path) / "config.json"
    own = {"model_type": "own", "auto_map": {"AutoConfig": "own.Config"}}
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | own), "utf-8")

    with pytest.raises(ConfigError, match=r"cannot be read: .* custom code"):
        load(path)
    assert not marker.exists()


def test_a_model_without_its_vocabulary_is_refused(make):
    path = make(SENTIMENT)
    for file in Path(path).iterdir():
        if file.name not in ("config.json", "model.safetensors"):
            file.unlink()

    with pytest.raises(ConfigError, match="has no vocabulary"):
        load(path)


def test_broken_weights_are_refused(make):
    path = make(SENTIMENT)
    weights = Path(path) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])

    with pytest.raises(ConfigError, match="cannot be read: "):
        load(path)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nothing is no folder with a config\.json"):
        load(str(tmp_path / "nothing"))


def in_another_process(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )


LOAD = """
from engine.errors import ConfigError
from models.transformers_backend import load_transformers
try:
    load_transformers({"sentiment": "acme/no-such-model"})
except ConfigError as error:
    print(error)
"""


def test_without_the_library_the_message_says_what_to_install(root):
    blocked = f"import sys; sys.modules['torch'] = None\n{LOAD}"

    done = in_another_process(blocked, PYTHONPATH=str(root))

    assert "need torch" in done.stdout, done.stderr
    assert "pip install 'tocsin[transformers]'" in done.stdout


def test_without_a_network_the_message_says_what_to_do(root, tmp_path):
    done = in_another_process(LOAD, PYTHONPATH=str(root), HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))

    assert "the model 'acme/no-such-model' of task 'sentiment'" in done.stdout, done.stderr
    assert "give the path of its folder" in done.stdout
