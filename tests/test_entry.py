"""A package that takes the name of one of ours is told of, not imported."""

import subprocess
import sys

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

    assert done.returncode == 1
    assert f"'streams' in {tmp_path} shadows Tocsin's own in {root}" in done.stderr
    assert "virtual environment of its own" in done.stderr
