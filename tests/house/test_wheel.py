"""What is installed holds all that the engine needs to run, and nothing of ours beside it."""

import zipfile

import pytest
from hatchling.builders.wheel import WheelBuilder


@pytest.fixture(scope="module")
def names(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    built = next(iter(WheelBuilder(str(root)).build(directory=str(folder), versions=["standard"])))
    with zipfile.ZipFile(built) as wheel:
        return set(wheel.namelist())


@pytest.mark.parametrize(
    "needed",
    [
        "engine/_bundled/config/default.yaml",
        "engine/_bundled/rules/demo/stream.jsonl",
        "engine/_bundled/rules/labels/intent.yaml",
        "engine/_bundled/rules/platforms/x.yaml",
        "engine/store/migrations/env.py",
        "engine/console/templates/live.html",
        "engine/proving/coverage.html",
        "models/artifacts/encoder/encoder.onnx",
        "models/artifacts/encoder/manifest.json",
        "models/artifacts/linear/manifest.json",
        "engine/py.typed",
        "streams/embedded.py",
    ],
)
def test_the_wheel_holds(names, needed):
    assert needed in names


def test_the_wheel_leaves_tests_and_benchmarks_out(names):
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/"))]
