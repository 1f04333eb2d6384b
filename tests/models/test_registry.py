"""Backends found, checked and put together."""

from __future__ import annotations

import json
import shutil

import pytest
import structlog

from engine.classification import BUILT_IN_TASKS
from engine.errors import ConfigError
from models.encoder_artifact import read_encoder
from models.label_heads import label_head_version
from models.labels import examples_version
from models.manifest import read_manifest, write_manifest
from models.registry import (
    ARTIFACTS,
    Places,
    default_threads,
    load_default,
    load_encoder,
    load_linear,
    read_examples,
)
from tests.tiny_encoder import write_tiny_encoder


@pytest.fixture
def artifacts(tmp_path):
    """A copy of the shipped artefacts that a test may spoil."""
    shutil.copytree(ARTIFACTS / "linear", tmp_path / "artifacts" / "linear")
    return tmp_path / "artifacts"


def test_the_shipped_backend_answers_sentiment_and_intent(hub):
    assert hub.tasks["sentiment"] == ("negative", "neutral", "positive")
    assert "complaint" in hub.tasks["intent"]


def test_the_shipped_intent_head_was_taught_by_the_shipped_examples(hub, root):
    name, examples = read_examples(root / "rules" / "labels" / "intent.yaml")
    ((answer,),) = hub.classify(["hello"], ["en"], ["intent"])

    assert name == "intent"
    assert answer.version == examples_version(examples), (
        "run: python -m models.training.linear --only intent"
    )


def test_the_shipped_artefacts_are_small():
    sizes = {path.name: path.stat().st_size for path in (ARTIFACTS / "linear").iterdir()}

    assert sizes["sentiment.skops"] <= 6_000_000
    assert sum(sizes.values()) <= 8_000_000


def test_the_manifest_names_every_shipped_file():
    folder = ARTIFACTS / "linear"

    assert set(read_manifest(folder).sha256_by_file) == {
        path.name for path in folder.iterdir() if path.name != "manifest.json"
    }


@pytest.mark.parametrize("name", ["sentiment.skops", "intent.skops"])
def test_a_changed_artefact_is_refused(artifacts, name):
    path = artifacts / "linear" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=rf"{name} is not the file its manifest names: sha256"):
        load_default(backend="linear", artifacts=artifacts)


def test_a_missing_artefact_is_refused(artifacts):
    (artifacts / "linear" / "sentiment.skops").unlink()

    with pytest.raises(ConfigError, match=r"sentiment\.skops cannot be read \(No such file"):
        load_default(backend="linear", artifacts=artifacts)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "cannot be read", id="none"),
        pytest.param("[]", "is not a manifest", id="a list"),
        pytest.param("{", "is not a manifest", id="cut off"),
        pytest.param('{"sha256": {}}', "names no file 'sentiment.skops'", id="empty"),
    ],
)
def test_a_manifest_at_fault_is_refused(artifacts, content, message):
    path = artifacts / "linear" / "manifest.json"
    path.unlink()
    if content is not None:
        path.write_text(content)

    with pytest.raises(ConfigError, match=message):
        load_default(backend="linear", artifacts=artifacts)


def test_the_manifests_version_follows_the_files(artifacts):
    before = json.loads((artifacts / "linear" / "manifest.json").read_text())["version"]
    (artifacts / "linear" / "card.md").write_text("another card")

    assert write_manifest(artifacts / "linear").version != before


def test_a_label_set_of_the_users_is_learnt_at_start_and_kept(labels_dir, tmp_path):
    cache = tmp_path / "cache" / "models"
    with structlog.testing.capture_logs() as first:
        learnt = load_default(backend="linear", labels_dir=labels_dir, cache_dir=cache)
    with structlog.testing.capture_logs() as second:
        kept = load_default(backend="linear", labels_dir=labels_dir, cache_dir=cache)

    texts = ["a hot coffee", "an ice cold coffee"]
    answers = learnt.classify(texts, ["en"] * 2, ["coffee"])
    assert [one.label for (one,) in answers] == ["hot", "cold"]
    assert kept.classify(texts, ["en"] * 2, ["coffee"]) == answers
    assert [(one["event"], one["task"]) for one in first] == [
        ("label set changed, learning it from its examples", "coffee")
    ]
    assert second == []
    assert [path.name for path in cache.iterdir()] == [f"coffee-{answers[0][0].version}.skops"]


def test_an_edited_label_set_is_learnt_again_and_a_comment_changes_nothing(labels_dir, tmp_path):
    path = labels_dir / "coffee.yaml"
    before = load_default(backend="linear", labels_dir=labels_dir, cache_dir=tmp_path).version
    path.write_text("# a comment\n" + path.read_text("utf-8"), encoding="utf-8")
    commented = load_default(backend="linear", labels_dir=labels_dir, cache_dir=tmp_path).version
    path.write_text(path.read_text("utf-8").replace("a hot cup", "a hot mug"), encoding="utf-8")
    edited = load_default(backend="linear", labels_dir=labels_dir, cache_dir=tmp_path).version

    assert commented == before
    assert edited != before


@pytest.mark.parametrize(
    "spoilt", [pytest.param(b"", id="empty"), pytest.param(b"PK\x03\x04", id="cut off")]
)
def test_a_spoilt_cache_is_learnt_again(labels_dir, tmp_path, spoilt):
    cache = tmp_path / "cache"
    load_default(backend="linear", labels_dir=labels_dir, cache_dir=cache)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(spoilt)

    with structlog.testing.capture_logs() as logs:
        load_default(backend="linear", labels_dir=labels_dir, cache_dir=cache)

    assert [one["log_level"] for one in logs] == ["warning", "info"]
    assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_costs_no_start(labels_dir, tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")

    with structlog.testing.capture_logs() as logs:
        hub = load_default(backend="linear", labels_dir=labels_dir, cache_dir=in_the_way / "cache")

    assert "coffee" in hub.tasks
    assert any("cannot be kept" in one["event"] for one in logs)


def test_a_folder_of_label_sets_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="nowhere is no folder; it should hold the label sets"):
        load_default(backend="linear", labels_dir=tmp_path / "nowhere")


def test_a_label_set_at_fault_is_refused_with_its_place(labels_dir):
    (labels_dir / "coffee.yaml").write_text("labels:\n  hot: {examples: [1]}\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"coffee\.yaml cannot be used") as caught:
        load_default(backend="linear", labels_dir=labels_dir)

    assert caught.value.problems[0].span.line == 2


# --- the encoder ------------------------------------------------------------------------------


def test_an_encoder_learns_a_label_set_at_start_and_keeps_it(tiny_encoder, labels_dir, tmp_path):
    places = Places(labels_dir, tmp_path / "cache", tiny_encoder.parent)
    with structlog.testing.capture_logs() as first:
        learnt = load_encoder(places)
    with structlog.testing.capture_logs() as second:
        kept = load_encoder(places)

    texts = ["a hot coffee", "an ice cold coffee"]
    answers = learnt.classify(texts, ["en"] * 2)
    version = answers[0][-1].version
    assert set(answers[0][-1].scores) == {"hot", "cold"}
    assert kept.classify(texts, ["en"] * 2) == answers
    assert kept.version == learnt.version
    assert [(one["event"], one["task"]) for one in first] == [
        ("label set changed, learning it from its examples", "coffee")
    ]
    assert second == []
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [f"coffee-{version}.npz"]


def test_a_head_over_another_encoder_is_learnt_again(tiny_encoder, labels_dir, tmp_path):
    other = write_tiny_encoder(tmp_path / "artifacts" / "encoder", seed=6)
    load_encoder(Places(labels_dir, tmp_path / "cache", tiny_encoder.parent))

    with structlog.testing.capture_logs() as logs:
        load_encoder(Places(labels_dir, tmp_path / "cache", other.parent))

    assert [one["task"] for one in logs] == ["coffee"]
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_a_head_that_lies_among_the_artefacts_is_not_learnt_again(
    tiny_encoder, labels_dir, tmp_path
):
    load_encoder(Places(labels_dir, tmp_path / "cache", tiny_encoder.parent))
    (kept,) = (tmp_path / "cache").iterdir()
    folder = shutil.copytree(tiny_encoder, tmp_path / "artifacts" / "encoder")
    shutil.copy(kept, folder / "coffee.npz")
    write_manifest(folder)

    with structlog.testing.capture_logs() as logs:
        taught = load_encoder(Places(labels_dir, None, folder.parent))
        shipped = load_encoder(Places(artifacts=folder.parent))

    assert logs == []
    assert taught.tasks["coffee"] == shipped.tasks["coffee"] == ("hot", "cold")
    assert taught.version == shipped.version


def test_a_label_set_named_as_a_task_of_the_encoder_is_refused(tiny_encoder, labels_dir):
    (labels_dir / "coffee.yaml").rename(labels_dir / "irony.yaml")

    with pytest.raises(ConfigError, match=r"needs distinct tasks, got .*'irony', 'irony'"):
        load_encoder(Places(labels_dir, None, tiny_encoder.parent))


def test_tasks_answered_elsewhere_are_left_out_and_not_learnt(tiny_encoder, labels_dir):
    with structlog.testing.capture_logs() as logs:
        encoder = load_encoder(
            Places(
                labels_dir,
                artifacts=tiny_encoder.parent,
                elsewhere=frozenset({"sentiment", "coffee"}),
            )
        )
        linear = load_linear(Places(elsewhere=frozenset({"sentiment", "topic"})))

    assert list(encoder.tasks) == ["emotion", "offensive", "irony"]
    assert list(linear.tasks) == ["intent"]
    assert logs == []


def test_a_transformers_backend_without_models_is_refused():
    with pytest.raises(ConfigError, match="needs a model for at least one task"):
        load_default(backend="transformers")


def test_an_unregistered_backend_is_refused_by_name():
    with pytest.raises(ConfigError, match="backend 'cubic'; there are: encoder, linear, transfor"):
        load_default(backend="cubic")


def test_texts_are_read_side_by_side_on_four_threads_at_most():
    assert 1 <= default_threads() <= 4


# --- the encoder as it ships ------------------------------------------------------------------


def test_the_shipped_encoder_answers_every_built_in_task_and_label_set(shipped_encoder):
    expected = {task: set(labels) for task, labels in BUILT_IN_TASKS.items()}
    found = {task: set(labels) for task, labels in shipped_encoder.tasks.items()}

    assert found == expected | {task: found[task] for task in ("intent", "topic")}
    assert "complaint" in found["intent"]


@pytest.mark.parametrize("name", ["intent", "topic"])
def test_the_shipped_heads_were_taught_by_the_shipped_examples(shipped_encoder, root, name):
    _, examples = read_examples(root / "rules" / "labels" / f"{name}.yaml")
    version = read_encoder(read_manifest(ARTIFACTS / "encoder")).embedding_version
    ((answer,),) = shipped_encoder.classify(["hello"], ["en"], [name])

    assert answer.version == label_head_version(examples, version)


def test_the_shipped_encoder_is_small_and_named_whole_by_its_manifest(shipped_encoder):
    folder = ARTIFACTS / "encoder"
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}

    assert sum(sizes.values()) <= 60_000_000
    assert set(read_manifest(folder).sha256_by_file) == set(sizes) - {"manifest.json"}


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json", "encoder.json", "intent.npz"])
def test_a_changed_byte_of_the_shipped_encoder_is_refused(shipped_encoder, tmp_path, name):
    folder = shutil.copytree(ARTIFACTS / "encoder", tmp_path / "encoder")
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)

    with pytest.raises(ConfigError, match=rf"{name} is not the file its manifest names: sha256"):
        load_default(artifacts=tmp_path)
