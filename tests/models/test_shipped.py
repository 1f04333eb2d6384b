"""What is said of the artefacts that lie beside the code."""

import json
import shutil

import pytest

from engine.errors import ConfigError
from models.manifest import write_manifest
from models.registry import ARTIFACTS
from models.shipped import shipped_backends


def test_the_small_backend_tells_its_tasks_floors_and_figures():
    found = {one.name: one for one in shipped_backends()}

    linear = found["linear"]
    tasks = {one.name: one for one in linear.tasks}
    assert tasks["sentiment"].labels == ("negative", "neutral", "positive")
    assert 0 < tasks["sentiment"].floor < 1
    assert tasks["intent"].measured["macro_f1_by_language"]["fr"] > 0
    assert linear.card.is_file()
    assert linear.bytes_by_file["manifest.json"] > 0


def test_an_encoder_tells_its_tasks_without_being_made_ready(tiny_encoder):
    (found,) = shipped_backends(tiny_encoder.parent)

    assert [one.name for one in found.tasks] == ["sentiment", "emotion", "offensive", "irony"]
    assert found.tasks[3].labels == ("irony", "not_irony")
    assert {one.version for one in found.tasks} == {found.version}


def test_what_is_not_the_file_of_the_manifest_is_refused(tmp_path):
    folder = shutil.copytree(ARTIFACTS / "linear", tmp_path / "linear")
    (folder / "topic.skops").write_bytes(b"another")

    with pytest.raises(ConfigError, match=r"topic\.skops is not the file its manifest names"):
        shipped_backends(tmp_path)


def test_a_description_that_is_not_json_is_refused(tmp_path):
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "encoder.json").write_text("{", "utf-8")
    write_manifest(tmp_path / "encoder")

    with pytest.raises(ConfigError, match=r"encoder\.json is not JSON"):
        shipped_backends(tmp_path)


def test_folders_without_a_manifest_are_no_backends(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "notes.json").write_text(json.dumps({}), "utf-8")

    assert shipped_backends(tmp_path) == []
