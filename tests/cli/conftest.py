"""The command line, called as a person would, in a folder and with a database of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        assert self.out, self.err[-1500:]
        return json.loads(self.out)


@pytest.fixture
def tocsin(tmp_path):
    """Runs ``tocsin …`` in a fresh folder; keyword arguments are environment variables.

    One that is None is not set: the database has a name unless it is taken away.
    """

    def call(*arguments, stdin=None, stdout=None, **environment):
        command = [sys.executable, "-m", "engine.cli", *map(str, arguments)]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
        known = {
            **clean,
            "COLUMNS": "200",
            "TOCSIN_DATABASE_URL": "sqlite:///test.db",
            **environment,
        }
        sink = Path(stdout).open("wb") if stdout else subprocess.PIPE  # noqa: SIM115
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={key: value for key, value in known.items() if value is not None},
            input=stdin,
            stdout=sink,
            stderr=subprocess.PIPE,
            check=False,
        )
        if stdout:
            sink.close()
        return Done(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())

    return call


@pytest.fixture
def write(tmp_path):
    """Writes a file into the folder the commands run in."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list):
            content = "".join(
                json.dumps(row) + "\n" if isinstance(row, dict) else row + "\n" for row in content
            )
        path.write_text(content, "utf-8")
        return path

    return write
