from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from loading import NOW, TASKS, holds, policy_of, rule_of

from engine.decision import Mode, Severity
from engine.mention import Author
from engine.policy import load_paths, load_text, policy_json_schema, read_label_set

CARE = """policy: care
owner: care-team
brands: [acme, borealis]
defaults: {severity: major}
lists: {words: [refund, 1.50]}
macros: {angry: {sentiment: negative}}
templates: {sorry: {en: "Sorry", fr: "Pardon"}}
rules:
  - id: refund
    title: Refund
    when: [{macro: angry}, {text: '{words}'}, {intent: complaint}]
    except: [{name: own, when: {source: x}, expires: 2027-01-01}]
    cooldown: {per: author, for: 1d12h}
    then:
      - reply: {template: sorry, approval: four_eyes}
      - tag: [refund, no, 12]
    examples:
      fires: [{text: 404}]
      quiet: [{text: x, brand: other, published_at: 2026-01-01T00:00:00Z}]
  - {id: other, severity: info, mode: off, owner: me, when: {emotion: joy}}
"""


def test_a_rule_is_what_was_written_with_the_defaults_filled_in():
    policy = policy_of(CARE)
    rule, other = policy.rules

    assert (policy.id, policy.brands, policy.owner) == ("care", {"acme", "borealis"}, "care-team")
    assert (rule.title, rule.severity, rule.mode, rule.owner) == (
        "Refund",
        Severity.MAJOR,
        Mode.DRAFT,
        "care-team",
    )
    assert (other.title, other.severity, other.mode, other.owner) == (
        "other",
        Severity.INFO,
        Mode.OFF,
        "me",
    )
    assert rule.cooldown.every == timedelta(hours=36)
    assert (rule.exceptions[0].name, rule.exceptions[0].expires) == ("own", date(2027, 1, 1))
    assert rule.actions[0].approval == "four_eyes"
    assert rule.actions[1].tags == ("refund", "no", "12")
    assert rule.tasks == {"sentiment", "intent"}


def test_examples_are_mentions_with_the_gaps_filled():
    fires, quiet = policy_of(CARE).rules[0].examples

    assert (fires.fires, fires.mention.text, fires.mention.brand, fires.mention.language) == (
        True,
        "404",
        "acme",
        None,
    )
    assert (quiet.fires, quiet.mention.brand, quiet.mention.published_at.year) == (
        False,
        "other",
        2026,
    )


def test_a_set_counts_its_rules_and_names_the_tasks_that_rules_in_use_need():
    made, _ = load_text(CARE, now=NOW, tasks=TASKS)

    assert (made.rules, made.required_tasks) == (2, {"sentiment", "intent"})


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("[refund, 1.50]", "[refund, money]", True),
        ("angry: {sentiment: negative}", "angry: {sentiment: positive}", True),
        ('fr: "Pardon"', 'fr: "Excuses"', True),
        ("severity: major", "severity: minor", True),
        ("for: 1d12h", "for: 1d", True),
        ("text: 404", "text: 405", False),
        ("emotion: joy", "emotion: anger", False),
        ("rules:", "description: words\nrules:", False),
    ],
    ids=["a list it uses", "a macro it uses", "a template it uses", "a default", "itself", "an example", "another rule", "the description"],
)  # fmt: skip
def test_a_revision_changes_with_what_the_rule_does_alone(old, new, changes):
    before, after = policy_of(CARE), policy_of(CARE.replace(old, new))

    assert (before.rules[0].revision != after.rules[0].revision) == changes


def test_lists_may_hold_anything_that_can_be_written():
    head = "lists: {words: [no, 1.50, true, 12]}\n"

    assert [
        holds("{author.name: {in_list: words}}", head=head, author=author)
        for author in map(named, ["NO", "1.50", "1.5", "true", "12"])
    ] == [True, True, False, True, True]


def named(name):
    return Author(name=name)


def test_secrets_come_from_the_environment():
    text = "channel: hook\nkind: webhook\nurl: https://${HOST}/x\nsecret: ${KEY}\n"

    made, problems = load_text(text, now=NOW, env={"HOST": "example.org", "KEY": "k"})

    assert problems == []
    assert made.channels["hook"].settings == {"url": "https://example.org/x", "secret": "k"}
    assert made.missing_environment == {}


def test_a_missing_variable_is_named_and_its_channel_marked_unusable():
    text = "channel: mail\nkind: email\nto: care@example.org\nfrom: bot@example.org\nhost: ${HOST}\npassword: ${KEY}\n"

    made, problems = load_text(text, now=NOW, env={"HOST": "mail.example.org"})

    assert [(one.code, one.severity, one.span.line) for one in problems] == [("R403", "warning", 6)]
    assert made.missing_environment == {"mail": ("KEY",)}
    assert made.channels["mail"].settings["to"] == ["care@example.org"]


def test_documents_are_shared_by_all_paths_and_lists_are_not(tmp_path):
    (tmp_path / "channels.yaml").write_text("channel: desk\nkind: log\n", encoding="utf-8")
    rule = "rules: [{id: b, when: {author.handle: {in_list: press}}, then: [{notify: {channel: desk}}]}]\n"
    (tmp_path / "a.yaml").write_text(f"policy: a\nlists: {{press: [x]}}\n{rule}", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(f"policy: b\n{rule}", encoding="utf-8")

    _, problems = load_paths([tmp_path], now=NOW)

    assert [(one.code, one.span.file) for one in problems] == [("R201", str(tmp_path / "b.yaml"))]


def test_a_labels_document_adds_a_task_named_after_its_file(tmp_path):
    (tmp_path / "urgency.yaml").write_text(
        'labels:\n  now: {description: Now., examples: {en: ["at once"], fr: ["de suite"]}}\n  later: {}\n',
        encoding="utf-8",
    )
    (tmp_path / "a.yaml").write_text(
        "policy: a\nrules: [{id: b, when: {urgency: now}}]\n", encoding="utf-8"
    )

    made, problems = load_paths([tmp_path], now=NOW)
    labels, none = read_label_set(tmp_path / "urgency.yaml")

    assert (problems, none) == ([], [])
    assert made.required_tasks == {"urgency"}
    assert made.label_sets["urgency"] == labels
    assert labels.label_names == ("now", "later")
    assert labels.labels["now"].examples == {"en": ("at once",), "fr": ("de suite",)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("labels: {a: [x]}", "R106"),
        ("labels: {a: {exmples: {}}}", "R104"),
        ("labels: {unknown: {}}", "R108"),
        ("policy: a", "R105"),
        ("labels: {a: {examples: {en: x}}}", "R106"),
    ],
)
def test_a_faulty_label_set_is_none_and_says_why(text, code, tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(text, encoding="utf-8")

    made, problems = read_label_set(file)

    assert made is None
    assert [one.code for one in problems] == [code]


def test_one_faulty_part_of_a_rule_hides_no_other():
    _, problems = load_text(
        "policy: a\nrules:\n  - id: b\n    mode: no\n    when: {any: [{x: 1}, {y: 2}]}\n    then: [{tag: a}, {notify: {channel: c}}]\n",
        now=NOW,
    )

    assert [(one.span.line, one.code) for one in problems] == [
        (4, "R108"),
        (5, "R206"),
        (5, "R206"),
        (6, "R106"),
        (6, "R204"),
    ]


def test_a_misspelt_reference_is_told_once():
    _, problems = load_text(
        "policy: a\nmacros: {furious: {sentiment: negative}}\nrules: [{id: b, when: {macro: furios}}]\n",
        now=NOW,
    )

    assert [one.code for one in problems] == ["R202"]
    assert "did you mean 'furious'" in problems[0].help


def test_a_contradiction_within_a_macro_is_told_where_the_macro_stands():
    text = "policy: a\nmacros:\n  odd: [{sentiment: negative}, {sentiment: positive}]\nrules: [{id: b, when: [{macro: odd}, {source: x}]}]\n"

    _, problems = load_text(text, now=NOW)

    assert [(one.code, one.span.line, one.trail) for one in problems] == [
        ("R303", 3, ("macro 'odd' (line 3)",))
    ]


@pytest.mark.parametrize(
    "when",
    [
        "{any: [{sentiment: negative}, {sentiment: positive}]}",
        "[{hashtags: a}, {hashtags: b}]",
        "[{sentiment: {in: [negative, neutral]}}, {sentiment: {in: [neutral]}}]",
        "[{sentiment: negative}, {not: {sentiment: {is: negative, at_least: 0.9}}}]",
        "[{sentiment: negative}, {not: {sentiment: positive}}]",
        "{author.handle: {is_not: '@a'}, any: [{author.handle: '@b'}]}",
    ],
)
def test_what_can_hold_is_no_contradiction(when):
    _, problems = load_text(f"policy: a\nrules: [{{id: b, when: {when}}}]\n", now=NOW)

    assert problems == []


def test_macros_that_grow_by_powers_are_refused_quickly():
    macros = "".join(f"  m{n}: [{{macro: m{n - 1}}}, {{macro: m{n - 1}}}]\n" for n in range(1, 40))

    _, problems = load_text(
        f"policy: a\nmacros:\n  m0: {{source: x}}\n{macros}rules: [{{id: b, when: {{macro: m39}}}}]\n",
        now=NOW,
    )

    assert [one.code for one in problems] == ["R313"]


@pytest.mark.parametrize(
    "text",
    [
        "rules: [{id: b, when: " + "{not: " * 90 + "{source: x}" + "}" * 90 + "}]\n",
        "macros:\n  m0: {source: x}\n"
        + "".join(f"  m{n}: {{not: {{macro: m{n - 1}}}}}\n" for n in range(1, 200))
        + "rules: [{id: b, when: {macro: m199}}]\n",
        "macros:\n"
        + "".join(f"  m{n}: {{not: {{macro: m{n + 1}}}}}\n" for n in range(200))
        + "  m200: {source: x}\nrules: [{id: b, when: {macro: m0}}]\n",
    ],
    ids=["conditions in conditions", "macros of earlier macros", "macros of later macros"],
)
def test_what_is_nested_too_deeply_is_refused_once(text):
    made, problems = load_text(f"policy: a\n{text}", now=NOW)

    assert made is None
    assert [one.code for one in problems] == ["R313"]


def test_the_schema_is_json_and_knows_every_document_and_field():
    schema = json.loads(json.dumps(policy_json_schema()))

    rule = schema["$defs"]["RuleBody"]["properties"]
    assert {"id", "when", "except", "then", "cooldown", "examples", "mode"} <= rule.keys()
    assert {"window", "resolve", "sequence", "absent", "unanswered"} <= rule.keys()
    documents = [one["$ref"].rsplit("/", 1)[1] for one in schema["anyOf"]]
    assert {"PolicyDocument", "QueueDocument", "ChainDocument", "PlaybookDocument"} <= {*documents}
    assert all("description" in one or "$ref" in one for one in rule.values())
    references = {part.split('"')[0] for part in json.dumps(schema).split('"#/$defs/')[1:]}
    assert references <= schema["$defs"].keys()


def test_the_policies_of_the_demonstration_load(root):
    intent = (
        "complaint",
        "question",
        "praise",
        "suggestion",
        "purchase_intent",
        "churn_risk",
        "support_request",
        "safety_issue",
        "legal_threat",
        "boycott_call",
        "press_request",
        "spam",
        "other",
    )

    made, problems = load_paths([root / "rules" / "demo"], now=NOW, tasks={"intent": intent})

    assert problems == []
    assert made.rules > 5
    assert list(made.playbooks) == ["battery-recall"]


def test_a_rule_with_nothing_but_a_condition_matches_and_does_nothing():
    assert rule_of("{source: x}").actions == ()
