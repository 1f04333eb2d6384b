"""An edit of a policy while its rules fire."""

from __future__ import annotations

from stories import Story, said

POLICY = """policy: p
rules:
  - id: surge
    title: TITLE
    when: {sentiment: negative}
    window: {over: 1m, by: [brand], having: {count: {at_least: LEAST}}}
    then:
      - incident: {title: "Surge"}
      - ads: {do: pause, select: {tag: brand}, restore: on_resolve}
"""


def policy(*, title="a", least=3):
    """Return the policy with some words changed."""
    return POLICY.replace("TITLE", title).replace("LEAST", str(least))


def test_an_edit_of_other_words_keeps_what_fires():
    story = Story(policy()).tell(said(0), said(5), said(10))

    story.edit(policy(title="b")).tell(said(20)).wait(200)

    assert story.firings() == [(10, 65)]
    assert [one.params["do"] for one in story.actions("ads")] == ["pause", "restore"]


def test_an_edit_of_what_is_judged_ends_what_fires_and_puts_back_what_it_changed():
    story = Story(policy()).tell(said(0), said(5), said(10))

    story.edit(policy(least=30)).tell(said(20)).wait(200)

    assert story.firings() == [(10, 10)]
    paused, restored = story.actions("ads")
    assert restored.params["undoes"] == paused.id
    assert story.windows.incidents.open() == []


def test_a_rule_that_is_taken_away_leaves_nothing_behind():
    story = Story(policy()).tell(said(0), said(5), said(10))

    story.edit("policy: p\nrules:\n  - {id: other, when: {text: hello}}\n").tell(said(20)).wait(200)

    assert [one.params["do"] for one in story.actions("ads")] == ["pause", "restore"]
    assert not [name for name in story.stored if name.startswith(("rule:", "restore:"))]


def test_an_action_that_is_taken_out_of_its_rule_is_put_back_all_the_same():
    story = Story(policy()).tell(said(0), said(5), said(10))
    at = POLICY.index("      - ads:")

    without = POLICY[:at].replace("TITLE", "a").replace("LEAST", "3")
    story.edit(without + "      - tag: [surge]\n").restart()
    story.tell(said(20)).wait(200)

    paused, restored = story.actions("ads")
    assert restored.params["undoes"] == paused.id
    assert restored.params["select"] == paused.params["select"]


def test_what_its_author_wants_to_stay_by_now_stays():
    story = Story(policy()).tell(said(0), said(5), said(10))

    story.edit(policy().replace("on_resolve", "never")).tell(said(20)).wait(200)

    assert [one.params["do"] for one in story.actions("ads")] == ["pause"]
