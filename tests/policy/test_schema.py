"""The JSON Schema agrees with the reader on whole policies, and completes what files define."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from engine.policy import known_names, policy_json_schema
from engine.problem_codes import CODES


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(json.dumps(policy_json_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def documents(text):
    return [json.loads(json.dumps(one, default=str)) for one in yaml.safe_load_all(text) if one]


@pytest.mark.parametrize(
    "name",
    [
        "veloce-care.yaml",
        "veloce-crisis.yaml",
        "veloce-watch.yaml",
        "response.yaml",
        "channels.yaml",
    ],
)
def test_the_policies_of_the_demonstration_fit_the_schema(validator, root, name):
    text = (root / "rules" / "demo" / name).read_text("utf-8")

    assert [list(map(str, validator.iter_errors(one))) for one in documents(text)] == [
        [] for _ in documents(text)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "policy: a\nrules: [{id: b, wehn: {source: x}}]\n",
        "policy: a\nrules: [{id: b, when: {sentiment: negatve}}]\n",
        "policy: a\nrules: [{id: b, when: {author.followers: {atleast: 3}}}]\n",
        "policy: a\nrules: [{id: b, window: {over: 1h, having: {cuont: {at_least: 3}}}}]\n",
        "queue: care\nmembres: [zoe]\n",
        "policy: a\nrules: [{id: b, cooldown: {per: author, for: 1 day}}]\n",
        "policy: a\nrules: [{id: b, window: {over: '15', having: {count: {at_least: 3}}}}]\n",
        "policy: a\nrules: [{id: b, resolve: {below: '0.6'}}]\n",
    ],
    ids=[
        "misspelt field",
        "misspelt label",
        "misspelt operator",
        "misspelt measure",
        "queue",
        "duration in words",
        "duration without a unit",
        "share without its sign",
    ],
)
def test_an_editor_sees_what_check_would_say(validator, text):
    assert [one for each in documents(text) for one in validator.iter_errors(each)]


def test_examples_of_warnings_fit_the_schema(validator):
    for code in ("R191", "R210", "R307", "R308", "R332", "R404"):
        for one in documents(CODES[code].example):
            assert list(validator.iter_errors(one)) == [], code


def test_names_of_files_are_offered_though_the_files_have_faults(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "policy: a\nlists: {press: [x]}\nmacros: {angry: {source: x}}\ntemplates: {sorry: {en: x}}\n"
        "wrong: x\n---\nqueue: care\n---\nchannel: desk\nkind: log\n",
        "utf-8",
    )

    schema = policy_json_schema(known_names([tmp_path], tasks={"intent": ("complaint",)}))

    written = json.dumps(schema)
    for name in ("press", "angry", "sorry", "care", "desk", "complaint"):
        assert f'"{name}"' in written
    reply = schema["$defs"]["ReplyBody"]["properties"]["template"]
    assert reply["anyOf"][0]["enum"] == ["sorry"]
