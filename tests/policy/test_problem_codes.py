from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from engine.policy import load_paths
from engine.problem_codes import CODES

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULE_CODES = [code for code in CODES if code.startswith("R")]


@pytest.mark.parametrize("code", RULE_CODES)
def test_the_example_of_a_code_produces_that_code_alone(code, tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_bytes(CODES[code].example.encode("utf-8", "surrogateescape"))

    _, problems = load_paths([file], now=NOW)

    found = {problem.code for problem in problems}
    assert code in found
    assert found <= {code, "R191", "R210"}  # a template in an example may be there for itself alone


def test_every_code_the_reader_can_give_is_in_the_table(root):
    sources = [*(root / "engine" / "policy").rglob("*.py"), root / "engine" / "located_yaml.py"]
    written = "".join(file.read_text(encoding="utf-8") for file in sources)

    used = set(re.findall(r'"(R\d{3})"', written)) | {
        f"R{number}" for number in re.findall(r'_report\(\s*"(\d{3})"', written)
    }

    assert used == set(RULE_CODES)


def test_codes_stand_in_order_each_with_title_and_impact():
    assert sorted(RULE_CODES) == RULE_CODES
    for info in CODES.values():
        assert info.title
        assert info.description.endswith(".")
