"""The encoder's folder: its versions, and what is refused when it is loaded."""

from __future__ import annotations

import json
import shutil

import pytest

from engine.errors import ConfigError
from models.encoder import EncoderClassifier
from models.encoder_artifact import read_encoder
from models.encoder_reader import EncoderReader
from models.manifest import read_manifest, write_manifest
from tests.tiny_encoder import LONGEST, write_tiny_encoder


@pytest.fixture(scope="module")
def artifact(tiny_encoder):
    return read_encoder(read_manifest(tiny_encoder))


@pytest.fixture
def folder(tiny_encoder, tmp_path):
    """A copy of the small encoder that a test may spoil."""
    return shutil.copytree(tiny_encoder, tmp_path / "encoder")


def load(folder):
    return EncoderClassifier(EncoderReader(read_encoder(read_manifest(folder))))


def edit(folder, **changes):
    """Change the description of a folder's encoder, and name the changed file in its manifest."""
    path = folder / "encoder.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), encoding="utf-8")
    write_manifest(folder)


# --- versions ---------------------------------------------------------------------------------


def test_another_floor_is_another_version_but_the_same_embedding(folder, artifact):
    tasks = json.loads((folder / "encoder.json").read_text("utf-8"))["tasks"]
    tasks["sentiment"]["floor"] = 0.9
    edit(folder, tasks=tasks)

    changed = read_encoder(read_manifest(folder))

    assert changed.version != artifact.version
    assert changed.embedding_version == artifact.embedding_version


def test_what_was_measured_and_the_card_change_no_version(folder, artifact):
    tasks = json.loads((folder / "encoder.json").read_text("utf-8"))["tasks"]
    tasks["sentiment"]["measured"] = {"macro_f1": 0.5}
    (folder / "card.md").write_text("another card", encoding="utf-8")
    edit(folder, tasks=tasks)

    assert read_encoder(read_manifest(folder)).version == artifact.version


def test_other_weights_are_another_embedding(tmp_path, artifact):
    other = read_encoder(read_manifest(write_tiny_encoder(tmp_path / "encoder", seed=6)))

    assert other.embedding_version != artifact.embedding_version
    assert other.version != artifact.version


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json", "encoder.json"])
def test_a_changed_byte_is_refused(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)

    with pytest.raises(ConfigError, match=rf"{name} is not the file its manifest names: sha256"):
        load(folder)


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json", "encoder.json"])
def test_a_missing_file_is_refused(folder, name):
    (folder / name).unlink()

    with pytest.raises(ConfigError, match=rf"{name} cannot be read \(No such file"):
        load(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"tasks": {}}, "tasks: .* at least 1 item", id="no task"),
        pytest.param({"width": "wide"}, "width: .* valid integer", id="a width in words"),
        pytest.param({"longest": 0}, "longest: .* greater than or equal to 4", id="no tokens"),
        pytest.param(
            {"tasks": {"sentiment": {"labels": ["good"]}}},
            r"tasks\.sentiment\.labels: .* at least 2 items",
            id="a task of one label",
        ),
        pytest.param(
            {"tasks": {"sentiment": {"labels": ["a", "b"], "temperature": 0}}},
            r"tasks\.sentiment\.temperature: .* greater than 0",
            id="no temperature",
        ),
        pytest.param(
            {"tasks": {"sentiment": {"labels": ["a", "b"], "floor": 1.5}}},
            r"tasks\.sentiment\.floor: .* less than or equal to 1",
            id="a floor above one",
        ),
    ],
)
def test_a_description_at_fault_is_refused(folder, changes, message):
    edit(folder, **changes)

    with pytest.raises(
        ConfigError, match=rf"encoder\.json does not describe an encoder: {message}"
    ):
        load(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"tasks": {"sentiment": {"labels": ["a", "b"]}}},
            r"logits \(1, 11\).* logits \(1, 2\).* was expected",
            id="fewer labels than raw scores",
        ),
        pytest.param(
            {"width": 384},
            r"embedding \(1, 64\).* embedding \(1, 384\) was expected",
            id="another width",
        ),
    ],
)
def test_a_graph_that_does_not_fit_its_description_is_refused(folder, changes, message):
    edit(folder, **changes)

    with pytest.raises(
        ConfigError, match=rf"encoder\.onnx does not fit encoder\.json: .*{message}"
    ):
        load(folder)


def test_a_graph_for_shorter_texts_than_promised_is_refused(folder, capfd):
    edit(folder, longest=LONGEST + 1)

    with pytest.raises(ConfigError, match="does not take texts of 17 tokens"):
        load(folder)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param(
            "encoder.onnx", b"not a graph", "is no graph that onnxruntime", id="not a graph"
        ),
        pytest.param("tokenizer.json", b"{}", "is no tokenizer: ", id="not a tokenizer"),
        pytest.param("encoder.json", b"[", "the whole: ", id="not JSON"),
    ],
)
def test_a_file_of_another_kind_is_refused(folder, capfd, *, name, content, message):
    (folder / name).write_bytes(content)
    write_manifest(folder)

    with pytest.raises(ConfigError, match=message):
        load(folder)
    assert capfd.readouterr().err == ""


def test_a_tokenizer_that_neither_opens_nor_closes_texts_is_refused(folder):
    path = folder / "tokenizer.json"
    saved = json.loads(path.read_text("utf-8")) | {"post_processor": None, "padding": None}
    path.write_text(json.dumps(saved), encoding="utf-8")
    write_manifest(folder)

    with pytest.raises(ConfigError, match="one token before a text and one after, it puts 0"):
        load(folder)
