"""Where a fault of a query stands, however the query is written."""

from __future__ import annotations

import pytest

from engine.policy import load_text
from engine.testing import NOON

HEAD = "policy: a\nrules:\n  - id: b\n    when:\n"
WRITTEN = [
    ("plain", "      text: refund »NEAR bill\n"),
    ("in single quotes", "      text: 'l''eau OR (»NEAR bill)'\n"),
    ("in double quotes", '      text: "\\"money back\\" »NEAR bill"\n'),
    ("in flow", "      {text: 'refund »NEAR bill'}\n"),
    ("a block kept", "      text: |\n        (refund OR\n          money)\n        »NEAR bill\n"),
    (
        "a block folded",
        "      text: >-\n        (refund OR\n        money)\n\n        »NEAR bill\n",
    ),
    ("quotes over lines", "      text: 'refund OR\n        money »NEAR\n        bill'\n"),
    ("plain over lines", "      text: refund OR\n        »NEAR bill\n"),
    ("at its end", "      text: 'refund NEAR/5 (bill »OR )'\n"),
    ("the first line of a block", "      text: |\n        refund »NEAR bill\n        OR money\n"),
    # An escape the walk does not know: the text's own place is all that can be told.
    ("an escape", '      text: »"caf\\u00e9 NEAR bill"\n'),
]


@pytest.mark.parametrize("marked", [row[1] for row in WRITTEN], ids=[row[0] for row in WRITTEN])
def test_the_caret_stands_under_the_fault(marked):
    before = (HEAD + marked).partition("»")[0]

    _, problems = load_text((HEAD + marked).replace("»", ""), now=NOON)

    (problem,) = problems
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert (problem.code, (problem.span.line, problem.span.column)) == ("R301", place)
