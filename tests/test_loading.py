"""What the commands load: policies with the label sets in scope, and classifiers taught by them."""

import os
from pathlib import Path

import pytest

from engine.errors import ConfigError
from engine.loading import load_hub, load_language_identifier, load_policies
from engine.settings import Configuration, ModelSettings, Settings
from engine.testing import NOON

OWN = """
policy: own
brands: [acme]
rules:
  - id: wheels
    when: {defect: wheel}
    then: [{tag: [wheel]}]
  - id: threats
    when: {intent: legal_threat}
    then: [{tag: [legal]}]
---
labels:
  wheel:
    examples:
      en: ["the wheel is bent", "my front wheel wobbles", "a spoke of the wheel snapped"]
  brake:
    examples:
      en: ["the brake squeals", "my front brake failed", "a pad of the brake is worn"]
"""


@pytest.fixture
def configuration(tmp_path):
    settings = Settings(models=ModelSettings(cache=str(tmp_path / "cache")))
    return Configuration(settings, tmp_path, "tocsin.yaml", {})


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write


def load(configuration, *paths):
    return load_policies(configuration, paths, now=NOON)


def test_shipped_label_sets_and_those_among_the_policies_are_both_in_scope(configuration, write):
    policies, problems = load(configuration, write("defect.yaml", OWN))

    assert problems == []
    assert policies.label_sets["defect"].label_names == ("wheel", "brake")


def test_a_label_no_set_has_is_a_problem_and_nothing_loads(configuration, write):
    path = write("defect.yaml", OWN.replace("legal_threat", "legal_thread"))

    policies, (problem,) = load(configuration, path)

    assert policies is None
    assert (problem.rule, problem.span.line) == ("threats", 9)
    assert "legal_threat" in problem.help


def test_a_fault_in_a_label_set_of_the_settings_folder_is_told_too(write, tmp_path):
    write("labels/mood.yaml", "labels: {good: {exmples: {}}}")
    settings = Settings(models=ModelSettings(labels=str(tmp_path / "labels")))
    found = Configuration(settings, tmp_path, "tocsin.yaml", {})

    _, problems = load(found, write("own.yaml", "policy: own\nrules: []\n"))

    assert ["mood.yaml" in one.span.file for one in problems if "exmples" in one.message] == [True]


def test_a_set_among_the_policies_is_taught_once_and_kept(configuration, write, tmp_path):
    policies, _ = load(configuration, write("defect.yaml", OWN))

    hub = load_hub(configuration, policies)
    again = load_hub(configuration, policies)

    assert {"sentiment", "intent", "topic", "defect"} <= set(hub.tasks)
    assert hub.tasks["defect"] == again.tasks["defect"]
    assert hub.version == again.version
    assert [path.name.partition("-")[0] for path in Path(tmp_path / "cache").iterdir()] == [
        "defect"
    ]
    (answer,) = hub.classify(["my wheel wobbles"], ["en"], {"defect"})[0]
    assert max(answer.scores, key=answer.scores.get) == "wheel"


def test_a_set_that_nothing_can_be_learnt_from_is_refused_with_its_name(configuration, write):
    text = OWN.replace("the brake squeals", "").partition("  brake:")[0] + "  brake: {}\n"
    policies, _ = load(configuration, write("defect.yaml", text))

    with pytest.raises(ConfigError, match="defect"):
        load_hub(configuration, policies)


def test_what_a_folder_holds_and_nobody_can_read_is_told_not_passed_over(
    configuration, write, tmp_path
):
    write("rules/a.yaml", "policy: a\nrules: [{id: b, when: {source: x}}]\n")
    (tmp_path / "rules" / "gone.yaml").symlink_to("nowhere.yaml")
    (tmp_path / "rules" / ".#a.yaml").symlink_to("somebody@somewhere.7")
    (tmp_path / "rules" / "folder.yaml").mkdir()

    made, problems = load_policies(configuration, [tmp_path / "rules"], now=NOON)

    assert made is None
    ((code, file),) = [(one.code, one.span.file) for one in problems]
    assert (code, file) == ("R100", str(tmp_path / "rules" / "gone.yaml"))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_is_closed_is_told_of(configuration, write, tmp_path):
    write("rules/closed/a.yaml", "policy: a\nrules: [{id: b, when: {source: x}}]\n")
    (tmp_path / "rules" / "closed").chmod(0)

    made, problems = load_policies(configuration, [tmp_path / "rules"], now=NOON)
    (tmp_path / "rules" / "closed").chmod(0o755)

    assert made is None
    assert [one.code for one in problems] == ["R100"]


def test_a_models_path_is_relative_to_the_settings_file_and_a_name_is_left(tmp_path):
    models = ModelSettings(
        backend="transformers", transformers={"sentiment": "./none", "irony": {"model": "../none"}}
    )
    found = Configuration(Settings(models=models), tmp_path, "tocsin.yaml", {})

    with pytest.raises(ConfigError, match=rf"{tmp_path}/none"):
        load_hub(found, load(found)[0])


def test_a_language_is_named_without_any_setting():
    assert load_language_identifier().identify(["Merci beaucoup, c'est parfait"]) == ["fr"]
