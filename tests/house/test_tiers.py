"""A module imports only tiers below its own."""

import subprocess
import sys
from pathlib import Path


def test_import_linter_finds_every_tier_kept(root):
    tool = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(
        [tool, "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_thinking_modules_reach_no_network_or_database(root):
    far = ("httpx", "sqlalchemy", "faust", "onnxruntime", "fastapi", "sklearn")
    near = [*(root / "engine").glob("*.py"), *(root / "engine" / "policy").rglob("*.py")]
    near += (root / "engine" / "windows").rglob("*.py")
    offenders = [
        f"{path.relative_to(root)}: {line}"
        for path in near
        if not path.name.startswith("app")
        for line in path.read_text("utf-8").splitlines()
        if line.strip().startswith(
            tuple(f"{word} {name}" for word in ("import", "from") for name in far)
        )
    ]
    assert offenders == []
