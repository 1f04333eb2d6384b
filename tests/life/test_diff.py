"""What differs between two sets of policies, by rule and field."""

import pytest

from engine.errors import RevisionError
from engine.life.comparing import compare_policies
from engine.life.diff import Side, compare, text_diff
from engine.policy import load_texts
from engine.testing import NOON
from tests.life.house import POLICY

BASE = """\
policy: care
lists: {press: ["@bigpaper"]}
macros: {loud: {metrics.shares: {at_least: 5}}}
rules:
  - id: one
    when: {author.handle: {in_list: press}}
    then: [{tag: [press]}]
  - id: two
    title: Second
    when: {macro: loud}
    then: [{tag: [loud]}]
"""


def side(text, name="a", **more):
    files = {"care.yaml": text, **more}
    made, problems = load_texts(files, now=NOON)
    assert made is not None, problems
    return Side(name, files, made)


def differ(*changes, **more):
    text = BASE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return compare(side(BASE), side(text, "b", **more)).as_json()


def test_the_same_policies_do_not_differ_whatever_their_comments():
    found = differ(("policy: care", "policy: care   # ours"))

    assert found == {
        "from": "a",
        "to": "b",
        "rules": {"added": [], "removed": [], "changed": []},
        "documents": [],
    }


def test_rules_that_come_and_go_are_named_with_their_mode():
    found = differ(("id: two", "id: three\n    mode: shadow"))["rules"]

    assert found["added"] == [{"policy": "care", "rule": "three", "mode": "shadow"}]
    assert found["removed"] == [{"policy": "care", "rule": "two", "mode": "draft"}]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (
            ("title: Second", "title: 2nd"),
            {"effect": True, "changes": [{"field": "title", "from": "Second", "to": "2nd"}]},
        ),
        (
            ("title: Second", "title: Second\n    mode: enforce"),
            {"effect": True, "changes": [{"field": "mode", "from": "draft", "to": "enforce"}]},
        ),
        (
            ("title: Second", "title: Second\n    description: why"),
            {"effect": False, "changes": [{"field": "description", "to": "why"}]},
        ),
        (
            ("macro: loud", "brand: acme"),
            {
                "effect": True,
                "changes": [
                    {"field": "when.macro", "from": "loud"},
                    {"field": "when.brand", "to": "acme"},
                ],
            },
        ),
        (
            ("{tag: [loud]}", "{tag: [noise]}"),
            {
                "effect": True,
                "changes": [
                    {
                        "field": "then",
                        "removed": [{"tag": ["loud"]}],
                        "added": [{"tag": ["noise"]}],
                    }
                ],
            },
        ),
    ],
)
def test_a_changed_rule_says_which_field(change, wanted):
    (found,) = differ(change)["rules"]["changed"]

    assert found == {"policy": "care", "rule": "two", **wanted}


def test_a_rule_changed_through_a_list_is_named_and_so_is_the_list():
    found = differ(('["@bigpaper"]', '["@localtv", "@bigpaper"]'))

    assert found["rules"]["changed"] == [
        {"policy": "care", "rule": "one", "effect": True, "changes": []}
    ]
    assert found["documents"] == [
        {
            "document": "policy care",
            "change": "changed",
            "changes": [{"field": "lists.press", "removed": [], "added": ["@localtv"]}],
        }
    ]


def test_defaults_count_as_the_modes_they_give():
    found = differ(("policy: care", "policy: care\ndefaults: {mode: shadow}"))

    assert [one["changes"] for one in found["rules"]["changed"]] == [
        [{"field": "mode", "from": "draft", "to": "shadow"}]
    ] * 2


def test_other_documents_are_named():
    found = differ(**{"desk.yaml": "channel: desk\nkind: log\n"})

    assert found["documents"] == [{"document": "channel desk", "change": "added", "changes": []}]


def test_the_text_names_files_that_are_new():
    found = text_diff(side(BASE), side(BASE, "b", **{"desk.yaml": "channel: desk\nkind: log"}))

    assert found.splitlines() == [
        "--- /dev/null",
        "+++ b/desk.yaml",
        "@@ -0,0 +1,2 @@",
        "+channel: desk",
        "+kind: log",
    ]


async def test_left_out_it_is_what_runs_against_the_disk(open_house, configure, tmp_path):
    text = POLICY.replace("id: refund", "id: refund\n    mode: MODE")
    async with open_house(text.replace("MODE", "draft")) as house:
        house.write(text.replace("MODE", "enforce"))
        found = await compare_policies(house.store, configure(), None, None, now=NOON)
        named = await compare_policies(
            house.store, configure(), house.status.revision[:8], str(house.folder), now=NOON
        )

        (changed,) = found.difference.changed
        assert changed["changes"] == [{"field": "mode", "from": "draft", "to": "enforce"}]
        assert named.difference.changed == found.difference.changed
        assert [one.as_json() for one in found.promotions] == [
            {
                "policy": "care",
                "rule": "refund",
                "actions": [],
                "earned": False,
                "reviewed_drafts": {"needed": 0, "has": 0},
                "tests": "has no examples, and no test in which it fires",
            }
        ]


async def test_a_side_that_does_not_load_is_told_with_its_problems(open_house, configure):
    async with open_house() as house:
        house.write("policy: [")
        found = await compare_policies(house.store, configure(), None, None, now=NOON)

        assert (found.difference, found.faulty) == (None, "disk")
        assert found.problems


async def test_a_name_that_means_nothing_is_told(open_house, configure):
    async with open_house() as house:
        with pytest.raises(RevisionError, match="nor is there such a file or folder"):
            await compare_policies(house.store, configure(), "nowhere", None, now=NOON)
