"""Backends found, checked and put together."""

from __future__ import annotations

import json
import shutil

import pytest
import structlog

from engine.errors import ConfigError
from models.labels import examples_version
from models.manifest import read_manifest, write_manifest
from models.registry import ARTIFACTS, load_default, read_examples


@pytest.fixture
def artifacts(tmp_path):
    """A copy of the shipped artefacts that a test may spoil."""
    return shutil.copytree(ARTIFACTS, tmp_path / "artifacts")


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
        load_default(artifacts=artifacts)


def test_a_missing_artefact_is_refused(artifacts):
    (artifacts / "linear" / "sentiment.skops").unlink()

    with pytest.raises(ConfigError, match=r"sentiment\.skops cannot be read \(No such file"):
        load_default(artifacts=artifacts)


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
        load_default(artifacts=artifacts)


def test_the_manifests_version_follows_the_files(artifacts):
    before = json.loads((artifacts / "linear" / "manifest.json").read_text())["version"]
    (artifacts / "linear" / "card.md").write_text("another card")

    assert write_manifest(artifacts / "linear").version != before


def test_a_label_set_of_the_users_is_learnt_at_start_and_kept(labels_dir, tmp_path):
    cache = tmp_path / "cache" / "models"
    with structlog.testing.capture_logs() as first:
        learnt = load_default(labels_dir=labels_dir, cache_dir=cache)
    with structlog.testing.capture_logs() as second:
        kept = load_default(labels_dir=labels_dir, cache_dir=cache)

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
    before = load_default(labels_dir=labels_dir, cache_dir=tmp_path).version
    path.write_text("# a comment\n" + path.read_text("utf-8"), encoding="utf-8")
    commented = load_default(labels_dir=labels_dir, cache_dir=tmp_path).version
    path.write_text(path.read_text("utf-8").replace("a hot cup", "a hot mug"), encoding="utf-8")
    edited = load_default(labels_dir=labels_dir, cache_dir=tmp_path).version

    assert commented == before
    assert edited != before


@pytest.mark.parametrize(
    "spoilt", [pytest.param(b"", id="empty"), pytest.param(b"PK\x03\x04", id="cut off")]
)
def test_a_spoilt_cache_is_learnt_again(labels_dir, tmp_path, spoilt):
    cache = tmp_path / "cache"
    load_default(labels_dir=labels_dir, cache_dir=cache)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(spoilt)

    with structlog.testing.capture_logs() as logs:
        load_default(labels_dir=labels_dir, cache_dir=cache)

    assert [one["log_level"] for one in logs] == ["warning", "info"]
    assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_costs_no_start(labels_dir, tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")

    with structlog.testing.capture_logs() as logs:
        hub = load_default(labels_dir=labels_dir, cache_dir=in_the_way / "cache")

    assert "coffee" in hub.tasks
    assert any("cannot be kept" in one["event"] for one in logs)


def test_a_folder_of_label_sets_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="nowhere is no folder; it should hold the label sets"):
        load_default(labels_dir=tmp_path / "nowhere")


def test_a_label_set_at_fault_is_refused_with_its_place(labels_dir):
    (labels_dir / "coffee.yaml").write_text("labels:\n  hot: {examples: [1]}\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"coffee\.yaml cannot be used") as caught:
        load_default(labels_dir=labels_dir)

    assert caught.value.problems[0].span.line == 2
