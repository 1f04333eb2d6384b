"""A package that takes the name of one of ours is told of, not imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.entry import shadowed


def test_our_own_packages_are_fine(root):
    assert shadowed(root) == []


def test_a_package_of_our_name_elsewhere_is_told_of(root, tmp_path):
    (tmp_path / "streams").mkdir()
    (tmp_path / "streams" / "__init__.py").write_text("")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from engine.entry import main; main()"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert done.returncode == 2
    assert f"'streams' in {tmp_path} shadows Tocsin's own in {root}" in done.stderr
    assert "virtual environment of its own" in done.stderr


INTERRUPTED = """
import builtins
importing = builtins.__import__

def interrupted(name, *rest):
    if name == "engine.cli":
        raise KeyboardInterrupt
    return importing(name, *rest)

builtins.__import__ = interrupted
from engine.entry import main
main()
"""


def test_an_interrupt_while_it_begins_shows_no_traceback():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def closed(number):
    """Return what a child does before it begins, to begin without one of its standard streams."""
    return lambda: os.close(number)


def tocsin(*arguments, cwd, **how):
    command = [sys.executable, "-m", "engine.cli", *arguments]
    return subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, text=True, check=False, **how)


def test_without_standard_error_the_result_is_the_same(tmp_path):
    (tmp_path / "empty").mkdir()

    done = tocsin("check", "empty", cwd=tmp_path, preexec_fn=closed(2))

    assert (done.returncode, done.stdout) == (0, "0 rule(s) fine, 0 warning(s)\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_standard_error_ends_nothing(tmp_path):
    (tmp_path / "empty").mkdir()

    with Path("/dev/full").open("w") as full:
        done = tocsin("check", "empty", cwd=tmp_path, stderr=full)

    assert (done.returncode, done.stdout) == (0, "0 rule(s) fine, 0 warning(s)\n")


def test_without_standard_input_there_is_nothing_to_read(tmp_path):
    (tmp_path / "a.yaml").write_text("policy: a\nrules: [{id: b, when: {source: x}}]\n", "utf-8")

    done = tocsin(
        *("backtest", "--policy", "a.yaml", "--input", "-"),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        preexec_fn=closed(0),
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input is closed" in done.stderr
