"""Where the command ``tocsin`` begins: nothing of ours is imported before its place is checked.

The packages `models` and `streams` have everyday names: another package of either name, installed
beside Tocsin, would be imported in its place.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("models", "streams")
_MISUSE = 2
_INTERRUPTED = 130


def shadowed(home: Path) -> list[str]:
    """Return a sentence for each of our packages that would be imported from elsewhere.

    Args:
        home: The folder that `engine` lies in.
    """
    found = []
    for name in PACKAGES:
        spec = find_spec(name)
        where = Path(spec.origin).resolve().parent.parent if spec and spec.origin else None
        if where != home:
            found.append(
                f"the package '{name}' in {where or 'no folder'} shadows Tocsin's own in {home}: "
                "install Tocsin in a virtual environment of its own"
            )
    return found


def main() -> None:
    """Check that our packages lie beside this one, then run the command line."""
    try:
        faults = shadowed(Path(__file__).resolve().parent.parent)
        if faults:
            if sys.stderr is not None:
                sys.stderr.write(f"tocsin: {'; '.join(faults)}\n")
            sys.exit(_MISUSE)
        from engine.cli import main as run  # noqa: PLC0415 - only now is it sure to be ours
    except KeyboardInterrupt:
        # Importing takes a moment; what comes after it tells of an interrupt by itself.
        sys.exit(_INTERRUPTED)
    run()
