"""A newcomer can read every file and function in one sitting."""

import ast

import pytest

MOST_LINES = 400
MOST_TEST_LINES = 500
MOST_FUNCTION_LINES = 40


def _sources(root):
    for folder in ("engine", "models", "streams", "benchmarks", "tests"):
        yield from sorted((root / folder).rglob("*.py"))


def test_no_file_is_too_long(root):
    long = {}
    for path in _sources(root):
        lines = path.read_text("utf-8").count("\n")
        most = MOST_TEST_LINES if "tests" in path.relative_to(root).parts else MOST_LINES
        if lines > most:
            long[str(path.relative_to(root))] = lines
    assert long == {}


def test_no_function_is_too_long(root):
    long = {}
    for path in _sources(root):
        if "tests" in path.relative_to(root).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > MOST_FUNCTION_LINES:
                    long[f"{path.relative_to(root)}:{node.lineno} {node.name}"] = lines
    assert long == {}


@pytest.mark.parametrize(
    "forbidden",
    ["mock." + "patch", "monkeypatch." + "setattr", "Magic" + "Mock", "time." + "sleep("],
)
def test_tests_use_no_mocks_and_no_sleeps(root, forbidden):
    users = [
        str(path.relative_to(root))
        for path in (root / "tests").rglob("*.py")
        if forbidden in path.read_text("utf-8")
    ]
    assert users == []
