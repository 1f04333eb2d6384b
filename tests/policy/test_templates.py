from __future__ import annotations

import pytest
from loading import NOW, policy_of

from engine.mention import Author
from engine.policy import load_text
from engine.policy.templates import LONGEST_OUTPUT, RenderError, template_values
from engine.testing import mention

RULE = {"id": "b", "title": "B", "severity": "minor", "policy": "a", "mode": "draft"}


def template(source, languages=("en",)):
    texts = "".join(f"    {language}: {source!r}\n" for language in languages)
    policy = policy_of(
        f"policy: a\ntemplates:\n  t:\n{texts}rules:\n  - id: b\n    when: {{source: x}}\n    then: [{{reply: {{template: t}}}}]\n"
    )
    return policy.rules[0].actions[0].template


def rendered(source, **fields):
    return template(source).texts["en"].render(template_values(mention(**fields), RULE))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Sorry, {{ author.name or author.handle }}.", "Sorry, @zoe."),
        (
            "{{ mention.author.handle | upper }} {{ brand }} {{ brand.name }} {{ rule.title }}",
            "@ZOE acme acme B",
        ),
        ("[{{ mention.url }}] {{ mention.metrics.shares }}", "[]"),
        ("{% if mention.language == 'fr' %}oui{% else %}no{% endif %}", "no"),
        ("{% for tag in mention.hashtags %}#{{ tag }} {% endfor %}", "#a #b"),
        (
            "{{ mention.hashtags | join(', ') }} {{ mention.text | replace('hello', 'bye') }}",
            "a, b bye acme <b>",
        ),
        ("{{ mention.text }}", "hello acme <b>"),
        ("{{ author['handle'] }} {{ mention.hashtags[0] }}", "@zoe a"),
    ],
)
def test_a_template_shows_values(source, text):
    assert rendered(source, text="hello acme <b>", hashtags=("a", "b")) == text


def test_what_a_mention_holds_is_never_read_as_a_template():
    assert (
        rendered("{{ mention.text }}", text="{{ 7 * 7 }}{% for x in y %}")
        == "{{ 7 * 7 }}{% for x in y %}"
    )


def test_output_is_bounded():
    with pytest.raises(RenderError, match="longer than"):
        rendered("{{ mention.text }}", text="x" * (LONGEST_OUTPUT + 1))


def test_a_value_of_the_wrong_kind_is_an_error_of_rendering_alone():
    with pytest.raises(RenderError, match="cannot be rendered"):
        rendered("{{ mention.metrics.shares | round }}")


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}", "{{ mention['__class__'] }}", "{{ author['nme'] }}", "{{ mention['author']['x'] }}", "{{ mention.hashtags[0]['x'] }}", "{{ mention.__class__ }}", "{{ [].append(1) }}", "{{ range(9) }}", "{% set x = 1 %}", "{% include 'x' %}", "{% import 'x' as y %}",
        "{% macro m() %}{% endmacro %}", "{{ 'a' * 999999999 }}", "{{ self }}", "{{ lipsum() }}", "{{ mention.text | attr('x') }}", "{{ mention.text | map('upper') }}",
        "{% for a in mention.text %}{% for b in mention.text %}x{% endfor %}{% endfor %}", "{{ (" + "(" * 500, "{{ author.name.first }}", "{{ incident.password }}",
    ],
)  # fmt: skip
def test_what_could_reach_further_or_never_end_is_refused_when_read(source):
    made, problems = load_text(f"policy: a\ntemplates:\n  t: {{en: {source!r}}}\n", now=NOW)

    assert made is None
    assert {one.code for one in problems} - {"R210"} <= {"R305", "R306"}


@pytest.mark.parametrize(
    ("languages", "language", "chosen"),
    [
        (("en", "fr"), "fr", "fr"), (("en", "fr"), "fr-ca", "fr"), (("en", "fr"), "de", "en"), (("en", "fr"), None, "en"),
        (("fr", "de"), None, "fr"), (("fr", "de"), "es", None),
    ],
    ids=["its own", "its own, of a country", "English for another", "English for none", "the first for none", "nothing for another without English"],
)  # fmt: skip
def test_the_language_of_the_mention_chooses_the_text(languages, language, chosen):
    found = template("x", languages).choose(language)

    assert (found and found[0]) == chosen


def test_an_author_of_nothing_renders_as_nothing():
    values = template_values(mention(author=Author()), RULE)

    assert template("Hi {{ author.name or author.handle }}!").texts["en"].render(values) == "Hi !"
