"""What the README shows works as shown."""

import re
import shlex
import subprocess
import sys

import pytest

from engine.policy import load_text
from engine.testing import NOON

FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def fences(root, page, kind):
    return [
        body for found, body in FENCE.findall((root / page).read_text("utf-8")) if found == kind
    ]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_console_fences_name_targets_that_make_has(root, page):
    makefile = (root / "Makefile").read_text("utf-8")
    lines = [line for body in fences(root, page, "console") for line in body.splitlines() if line]
    assert lines
    for line in lines:
        command = line.partition("#")[0].split()
        words = [word for word in command if "=" not in word]
        assert words[0] == "make", line
        assert f"\n{words[1]}:" in makefile, line


def test_bash_fences_run(root, tmp_path):
    commands = [
        line for body in fences(root, "README.md", "bash") for line in body.splitlines() if line
    ]
    assert commands
    for command in commands:
        program, *arguments = shlex.split(command)
        if program == "export":
            assert arguments == ["TOCSIN_DATABASE_URL=sqlite:///var/try.db"]
            continue
        assert program == "tocsin"
        done = subprocess.run(
            [sys.executable, "-m", "engine.cli", *arguments],
            cwd=root,
            env={"TOCSIN_DATABASE_URL": f"sqlite:///{tmp_path}/readme.db", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)


@pytest.mark.parametrize("page", ["README.md", "rules/README.md"])
def test_policies_on_the_page_load_without_errors(root, page):
    bodies = [body for body in fences(root, page, "yaml") if body.startswith("policy:")]
    assert bodies
    for body in bodies:
        _, problems = load_text(
            body, now=NOON, tasks={"intent": ("complaint", "churn_risk", "question")}
        )
        assert [one.as_text() for one in problems if one.severity == "error"] == []
