"""The way out of a command that fails for a fault of ours."""

import subprocess
import sys

FAILING = """
from engine.cli import app, main

@app.command()
def boom():
    raise ZeroDivisionError

main()
"""


def test_a_fault_of_ours_shows_where_and_is_not_told_as_problems_found():
    done = subprocess.run(
        [sys.executable, "-c", FAILING, "boom"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "ZeroDivisionError" in done.stderr
