"""What the code offers, the pages describe, and what the pages name exists."""

import re

import pytest

from engine.cli.reference import RULES_PAGE, pages
from engine.problem_codes import CODES
from engine.reasons import Reason


@pytest.mark.parametrize(
    "name", ["commands.md", "problems.md", "reasons.md", "settings.md", RULES_PAGE]
)
def test_made_pages_are_up_to_date(root, name):
    found = (root / "docs" / name).read_text("utf-8")

    assert found == pages()[name], "run: python -m engine.cli.reference"


def test_every_reason_has_its_text():
    assert all(reason.text for reason in Reason)


def test_every_code_used_in_the_sources_is_in_the_table(root):
    used = set()
    for folder in ("engine", "models", "streams"):
        for path in (root / folder).rglob("*.py"):
            if path.name != "problem_codes.py":
                used |= set(re.findall(r"\"([RC][1-4]\d\d)\"", path.read_text("utf-8")))
    assert used - set(CODES) == set()


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CONTRIBUTING.md",
        "rules/README.md",
        "docs/architecture.md",
        "docs/connectors.md",
        "docs/detection.md",
        "docs/approval.md",
        "docs/incidents.md",
        "docs/cases.md",
    ],
)
def test_every_path_a_page_names_exists(root, page):
    text = (root / page).read_text("utf-8")
    named = re.findall(
        r"`((?:engine|rules|models|streams|config|tests|docs|benchmarks)/[\w./*-]*)`", text
    )
    named += re.findall(r"\]\(((?!https?:|#)[^)#]+)\)", text)
    base = (root / page).parent
    missing = [
        path
        for path in named
        if not (
            any(root.glob(path))
            if "*" in path
            else (root / path).exists() or (base / path).exists()
        )
    ]
    assert missing == []
