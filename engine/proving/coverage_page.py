"""What the tests cover, as one page that needs nothing but itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from engine.proving.coverage import Coverage


def coverage_page(coverage: Coverage) -> str:
    """Return the page: each rule with its condition as a tree, gaps in red.

    The same coverage gives the same page: it bears no date.
    """
    rules = list(coverage.rules.values())
    return _template().render(
        rules=rules,
        short=[one for one in rules if not one.is_whole],
        shares=(("rules", coverage.rule_share), ("branches", coverage.branch_share)),
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    source = Path(__file__).with_name("coverage.html").read_text("utf-8")
    return environment.from_string(source)
