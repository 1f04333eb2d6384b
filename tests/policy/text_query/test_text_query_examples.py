"""The acceptance cases handed out with the language's page."""

from __future__ import annotations

import json

import pytest

from engine.mention_json import read_mention
from engine.policy.text_query import Document, parse


def test_queries_of_the_examples(root):
    file = root.parent / "shared" / "examples" / "queries.jsonl"
    if not file.is_file():
        pytest.skip("the examples (../shared/examples) are not here")
    wrong = []
    cases = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for case in cases:
        data = {
            "published_at": "2026-03-02T09:00:00Z",
            **case.get("mention", {"text": case.get("text")}),
        }
        query = parse(case["query"], case.get("lists", {}))
        if query.matches(Document.of(read_mention(data))) is not case["match"]:
            wrong.append(case)
    assert cases
    assert wrong == []
