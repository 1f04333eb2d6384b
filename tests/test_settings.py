"""Settings: the file, the environment over it, and every fault where it stands."""

from contextlib import suppress
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigError
from engine.settings import Settings, bundled
from engine.settings_codes import SETTINGS_CODES
from engine.settings_file import environment_name, read_configuration, setting_names


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "tocsin.yaml"
        path.write_text(text, "utf-8")
        return path

    return write


def faults(path, environment=None):
    with pytest.raises(ConfigError) as caught:
        read_configuration(path, environment or {})
    return [
        (one.code, one.span.line, one.span.column, one.severity.value)
        for one in caught.value.problems
    ]


def test_an_empty_file_is_valid_and_all_defaults(write):
    found, problems = read_configuration(write(""), {})

    assert found.settings == Settings()
    assert problems == []


def test_without_a_file_the_demonstration_is_read():
    found, _ = read_configuration(None, {})

    assert Path(found.file) == bundled("config/default.yaml")
    assert found.path(found.settings.policies[0]).is_dir()


def test_the_environment_names_the_file(write):
    path = write("http: {port: 9000}")

    found, _ = read_configuration(None, {"TOCSIN_CONFIG": str(path)})

    assert found.settings.http.port == 9000


def test_the_environment_overrides_the_file(write):
    path = write("http: {port: 9000}\ndispatch: {first_pause: 3s}")

    found, _ = read_configuration(
        path, {"TOCSIN_HTTP_PORT": "9001", "TOCSIN_DISPATCH_LONGEST_PAUSE": "2m"}
    )

    assert found.settings.http.port == 9001
    assert found.settings.dispatch.first_pause == timedelta(seconds=3)
    assert found.settings.dispatch.longest_pause == timedelta(minutes=2)


def test_a_mapping_in_the_environment_is_names_and_values(write):
    found, _ = read_configuration(
        write("models: {transformers: {irony: old/one}}"),
        {"TOCSIN_MODELS_TRANSFORMERS": "sentiment=owner/name, emotion=./mine"},
    )

    assert found.settings.models.transformers == {"sentiment": "owner/name", "emotion": "./mine"}


@pytest.mark.parametrize(
    ("text", "column", "why"),
    [
        pytest.param(
            "models: {backend: transformers}",
            1,
            "backend 'transformers' needs 'transformers': a model for at least one task",
            id="a backend of models without any",
        ),
        pytest.param(
            "models: {transformers: sentiment}",
            24,
            "'sentiment' should read 'name=value,…'",
            id="no mapping",
        ),
        pytest.param("models: {threads: 0}", 19, "greater than or equal to 1", id="no thread"),
        pytest.param("models: {backend: cubic}", 19, "'encoder', 'linear' or", id="no backend"),
    ],
)
def test_a_choice_of_classifiers_at_fault_is_told(write, text, column, why):
    with pytest.raises(ConfigError) as caught:
        read_configuration(write(text), {})

    (problem,) = caught.value.problems
    assert (problem.code, problem.span.column) == ("C106", column)
    assert why in problem.message


def test_paths_are_relative_to_the_settings_file(write, tmp_path):
    found, _ = read_configuration(write("policies: [mine]"), {})

    assert found.path("mine") == tmp_path / "mine"
    assert found.path("/abs") == Path("/abs")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("databse: {}", [("C103", 1, 1, "error")], id="an unknown section"),
        pytest.param("http:\n  prot: 1", [("C103", 2, 3, "error")], id="an unknown setting"),
        pytest.param("http: {port: 99999}", [("C106", 1, 14, "error")], id="out of range"),
        pytest.param("http: {port: off}", [("C106", 1, 14, "error")], id="of the wrong kind"),
        pytest.param("dispatch: {first_pause: soon}", [("C106", 1, 25, "error")], id="no duration"),
        pytest.param("http: [1]", [("C106", 1, 1, "error")], id="a list for a section"),
        pytest.param("- a\n- b", [("C104", 1, 1, "error")], id="a list for everything"),
        pytest.param("http: {port: 1}\nhttp: {port: 2}", [("C102", 2, 1, "error")], id="twice"),
        pytest.param("http: {port: 1", [("C101", 1, 7, "error")], id="not YAML"),
        pytest.param(
            "sources: [{kind: file}]", [("C104", 1, 11, "error")], id="a source without name"
        ),
        pytest.param(
            "sources: [{name: a, kind: feed}]", [("C106", 1, 11, "error")], id="a feed without url"
        ),
        pytest.param(
            "sources: [{name: a, kind: folder, path: x, speed: 60x}]",
            [("C106", 1, 11, "error")],
            id="a field that has no effect on this kind of source",
        ),
        pytest.param(
            "sources: [{name: a, kind: feed, url: 'http://x', every: 0s}]",
            [("C106", 1, 11, "error")],
            id="a feed that is asked without a pause",
        ),
        pytest.param(
            "sources: [{name: a, kind: file, path: x, speed: fast}]",
            [("C106", 1, 49, "error")],
            id="no speed",
        ),
        pytest.param(
            "dispatch: {first_pause: 300}", [("C106", 1, 25, "error")], id="a bare number of what"
        ),
        pytest.param(
            "http: {api_token: hunter2}", [("C107", 1, 19, "error")], id="a secret in the file"
        ),
        pytest.param(
            "database: {url: 'postgresql://me:pw@h/d'}", [("C107", 1, 17, "error")], id="a password"
        ),
        pytest.param(
            "http: {api_token: '${GONE}'}", [("C108", 1, 19, "error")], id="an unset secret"
        ),
    ],
)
def test_a_fault_is_shown_where_it_stands(write, text, wanted):
    assert faults(write(text)) == wanted


def test_all_faults_are_shown_at_once(write):
    text = "databse: {}\nhttp: {port: x, api_token: y}\nengine: {batch: 0}"

    assert [code for code, *_ in faults(write(text))] == ["C103", "C106", "C107", "C106"]


def test_a_secret_written_in_the_file_is_not_repeated_on_the_terminal(write):
    with pytest.raises(ConfigError) as caught:
        read_configuration(write("http: {api_token: hunter2}"), {})

    assert "hunter2" not in "".join(one.as_text() for one in caught.value.problems)


def test_secrets_come_from_the_environment_or_files(write, tmp_path):
    (tmp_path / "key").write_text("from-file\n", "utf-8")
    path = write(
        f"http: {{api_token: '${{MINE}}', webhook_secrets: ['${{file:{tmp_path}/key}}', '${{MINE}}']}}"
    )

    found, _ = read_configuration(path, {"MINE": "from-env"})

    assert found.settings.http.api_token == "from-env"
    assert found.settings.http.webhook_secrets == ("from-file", "from-env")


def test_a_misspelt_variable_is_a_warning_with_the_right_name(write):
    _, warnings = read_configuration(write(""), {"TOCSIN_HTTP_PRT": "1", "TOCSIN_TEST_KAFKA": "x"})

    assert [(one.code, one.severity.value) for one in warnings] == [("C105", "warning")]
    assert "TOCSIN_HTTP_PORT" in warnings[0].help


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_configuration(tmp_path / "none.yaml", {})


def test_a_file_that_is_not_utf8_is_told_with_its_place(tmp_path):
    path = tmp_path / "tocsin.yaml"
    path.write_bytes(b"http:\n  host: caf\xe9\n")

    assert faults(path) == [("C100", 2, 12, "error")]


def test_every_setting_has_its_own_environment_name_and_description():
    names = dict(setting_names())

    assert len({environment_name(name) for name in names}) == len(names)
    assert all(field.description for field in names.values())


@pytest.mark.parametrize("code", [code for code, info in SETTINGS_CODES.items() if info.example])
def test_the_example_of_each_code_produces_it(tmp_path, code):
    path = tmp_path / "tocsin.yaml"
    path.write_bytes(SETTINGS_CODES[code].example.encode("utf-8", "surrogateescape"))

    assert [found for found, *_ in faults(path)] == [code]


@given(text=st.text(max_size=200))
def test_no_text_makes_the_reader_raise_anything_else(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, "utf-8", errors="replace")

    # Raises only what names the problems: anything else fails the test.
    with suppress(ConfigError):
        read_configuration(path, {})


def test_quiet_hours_are_named_from_and_until(write):
    path = write('limits: {quiet_hours: {from: "22:00", until: 08:00, time_zone: Europe/Paris}}')
    found, problems = read_configuration(path, {})
    assert problems == []
    assert found.settings.limits.quiet_hours.hours == (time(22), time(8))
    moved, _ = read_configuration(path, {"TOCSIN_LIMITS_QUIET_HOURS_FROM": "21:30"})
    assert moved.settings.limits.quiet_hours.hours == (time(21, 30), time(8))


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        pytest.param('limits: {quiet_hours: {from: "22:00"}}', "C106", 10, id="no end"),
        pytest.param(
            'limits: {quiet_hours: {from: "9:00", until: "08:00"}}', "C106", 30, id="no time"
        ),
        pytest.param("limits: {quiet_hours: {time_zone: Paris}}", "C106", 35, id="no zone"),
        pytest.param(
            "limits: {caps: {author: {within: 0s}}}", "C106", 34, id="no time to count in"
        ),
        pytest.param("limits: {caps: {author: {most: 0}}}", "C106", 32, id="nothing at all"),
        pytest.param("limits: {quiet_hours: {form: x}}", "C103", 24, id="a slip"),
    ],
)
def test_limits_that_limit_nothing_are_refused(write, text, code, column):
    [*_, (found, line, at, severity)] = faults(write(text))
    assert (found, line, severity) == (code, 1, "error")
    assert at == column
