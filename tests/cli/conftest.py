"""The command line, called as a person would, in a folder and with a database of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

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
    """Runs ``tocsin …`` in a fresh folder; keyword arguments are environment variables."""

    def call(*arguments, stdin=None, **environment):
        command = [sys.executable, "-m", "engine.cli", *map(str, arguments)]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={
                **clean,
                "COLUMNS": "200",
                "TOCSIN_DATABASE_URL": "sqlite:///test.db",
                **environment,
            },
            input=stdin,
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

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
