"""A stored file is called what the settings would call it, wherever the installation lies."""

from pathlib import Path

import pytest

from engine.errors import ConfigError
from engine.life.places import Places
from engine.settings import Configuration, Settings, bundled


def places(tmp_path, *named):
    return Places.of(Configuration(Settings(policies=named), tmp_path, "tocsin.yaml", {}))


@pytest.mark.parametrize(
    ("named", "inside", "name"),
    [
        ("policies", "care.yaml", "policies/care.yaml"),
        ("./policies", "team/care.yaml", "policies/team/care.yaml"),
        ("../policies", "care.yaml", "../policies/care.yaml"),
        ("policies/care.yaml", "", "policies/care.yaml"),
        (".", "care.yaml", "care.yaml"),
        ("bundled:rules/demo", "veloce-care.yaml", "bundled:rules/demo/veloce-care.yaml"),
    ],
)
def test_a_name_leads_back_to_its_file(tmp_path, named, inside, name):
    found = places(tmp_path, named)
    path = (found.paths[0] / inside).resolve()

    assert found.name(str(found.paths[0] / inside)) == name
    assert found.path(name).resolve() == path
    assert found.reads(found.path(name))


def test_a_file_outside_the_roots_is_named_from_the_settings(tmp_path):
    found = places(tmp_path, "policies")

    assert (
        found.name(str(tmp_path / "policies" / ".." / "lists" / "press.txt")) == "lists/press.txt"
    )
    assert found.name("/etc/press.txt") == "/etc/press.txt"
    assert not found.reads(tmp_path / "policies-old" / "care.yaml")


def test_a_folder_that_ships_lies_where_it_ships(tmp_path):
    assert places(tmp_path, "bundled:rules/demo").paths == [bundled("rules/demo")]


def test_paths_of_the_command_line_are_named_whole(tmp_path):
    settings = Configuration(Settings(), Path("/nowhere"), "tocsin.yaml", {})
    found = Places.of(settings, [tmp_path])

    assert found.name(str(tmp_path / "care.yaml")) == f"{tmp_path}/care.yaml"
    assert found.path(f"{tmp_path}/care.yaml") == tmp_path / "care.yaml"


def test_a_root_that_is_missing_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"no such policy file or folder: .*policies"):
        places(tmp_path, "policies").require()
