"""``python -m engine.cli`` is the same as ``tocsin``."""

from engine.cli import main

main()
