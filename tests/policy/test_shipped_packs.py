"""The packs that ship: dated, with their sources, sound; and what a policy's own document changes."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from loading import NOW

from engine.loading import load_policies
from engine.policy import load_text, load_texts, policy_json_schema, read_platform_packs
from engine.policy.platform import Need, PlatformPack, Reach, pack_of
from engine.policy.text_length import Unit, clusters, count
from engine.problem import Span
from engine.settings_file import read_configuration

NAMES = [
    "app-store",
    "bluesky",
    "facebook",
    "google-business",
    "instagram",
    "mastodon",
    "messenger",
    "play-store",
    "reddit",
    "x",
    "youtube",
]  # fmt: skip
LANGUAGES = {"ar", "de", "en", "es", "fr", "hi", "it", "nl", "pt"}


@pytest.fixture(scope="module")
def folder(root):
    return root / "rules" / "platforms"


@pytest.fixture(scope="module")
def packs(folder):
    made, problems = read_platform_packs(folder)
    assert problems == []
    return made


@pytest.fixture(params=NAMES)
def pack(request, packs):
    return packs[request.param]


# What a pack may say, and where its edges are tested on every pack that ships.
EDGES = {
    "automatic": "test_platform_gate: test_whom_a_platform_lets_answer",
    "by_person": "test_platform_gate: test_whom_a_platform_lets_answer",
    "needs": "test_platform_gate: test_what_an_account_asserts_before_it_answers_alone",
    "windows": "test_platform_gate: test_a_message_is_answered_for_a_day_and_by_a_person_for_a_week",
    "instances": "test_platform_gate: test_servers_with_rules_for_bots",
    "caps": "test_pack_caps: test_the_cap_and_one_more",
    "length": "test_pack_texts: test_the_longest_reply_and_one_sign_more",
    "most_links": "test_pack_texts: test_links",
    "disclosure": "test_pack_texts: test_the_disclosure_is_in_the_language_of_the_reply",
    "known_as": "test_shipped_packs: test_is_found_by_each_of_its_names",
    "retention": "test_shipped_packs: test_retention",
    "may_train": "test_shipped_packs: test_no_model_is_trained_on_what_forbids_it",
}


def test_every_limit_of_a_pack_has_a_test_of_its_edges(root):
    told = {"id", "last_reviewed", "span", "sources"}
    assert {one.name for one in fields(PlatformPack)} - told == set(EDGES)
    for place in EDGES.values():
        module, test = place.split(": ")
        (file,) = (root / "tests").rglob(f"{module}.py")
        assert f"def {test}(" in file.read_text("utf-8")


def test_every_file_is_one_pack_of_its_name(folder, packs):
    assert sorted(one.stem for one in folder.iterdir()) == NAMES
    assert sorted(packs) == NAMES


class TestEveryPack:
    def test_is_dated_where_it_stands(self, pack):
        assert date(2026, 11, 1) <= pack.last_reviewed <= date(2027, 12, 31)
        assert pack.span.source.startswith("last_reviewed:")

    def test_names_the_pages_that_say_so(self, pack):
        assert len(pack.sources) >= 2
        for page in pack.sources:
            assert page.startswith("https://")
        for changes in pack.instances.values():
            assert changes["sources"][0].startswith("https://")

    def test_fits_the_schema_that_editors_are_given(self, pack, folder):
        text = (folder / f"{pack.id}.yaml").read_text("utf-8")
        document = json.loads(json.dumps(yaml.safe_load(text), default=str))
        schema = {**policy_json_schema(), "anyOf": [{"$ref": "#/$defs/PlatformDocument"}]}
        assert [str(one) for one in Draft202012Validator(schema).iter_errors(document)] == []

    def test_gives_a_person_no_less_than_the_engine(self, pack):
        assert pack.by_person.width >= pack.automatic.width
        for window in pack.windows:
            assert window.automatic < window.by_person

    def test_says_how_long_a_reply_may_be(self, pack):
        assert pack.length

    def test_discloses_in_every_language_where_it_answers_alone(self, pack):
        if pack.automatic is Reach.NOBODY:
            assert not pack.disclosure
            return
        for server in (pack, *(pack.at(f"https://{host}/") for host in pack.instances)):
            assert set(server.disclosure) == LANGUAGES
            longest = max(server.disclosure.values(), key=len)
            assert all(limit.count(longest) < limit.most / 4 for limit in server.length)

    def test_is_found_by_each_of_its_names(self, pack, packs):
        for name in (pack.id, *pack.known_as):
            assert pack_of(packs, name) is pack
            assert pack_of(packs, name.upper().replace("-", "_")) is pack


def test_an_installation_without_packs_is_at_fault(tmp_path):
    made, problems = read_platform_packs(tmp_path)
    assert (made, [one.code for one in problems]) == ({}, ["R100"])


def test_a_pack_at_fault_is_told_of_and_leaves_the_others(tmp_path, folder):
    for name in ("x", "reddit"):
        text = (folder / f"{name}.yaml").read_text("utf-8")
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    (tmp_path / "forum.yaml").write_text("platform: forum\n", "utf-8")
    made, problems = read_platform_packs(tmp_path)
    assert (sorted(made), [one.code for one in problems]) == (["reddit", "x"], ["R105"])


def test_no_name_leads_to_two_packs(packs):
    names = [name for one in packs.values() for name in (one.id, *one.known_as)]
    assert len(names) == len(set(names))


def test_a_platform_without_a_pack_has_none(packs):
    assert pack_of(packs, "import") is None


@pytest.mark.parametrize(
    ("name", "days"), [("youtube", 30), ("x", None), ("mastodon", None), ("reddit", None)]
)
def test_retention(packs, name, days):
    assert packs[name].retention == (None if days is None else timedelta(days=days))


def test_no_model_is_trained_on_what_forbids_it(packs):
    assert {name for name, one in packs.items() if not one.may_train} == {"x", "reddit"}


OWN = "platform: {}\nlast_reviewed: 2026-03-01\n"


def loaded(text, packs):
    made, problems = load_text(text, now=NOW, platforms=packs)
    assert problems == []
    return made.platforms


def test_every_command_that_loads_policies_has_the_packs(packs, tmp_path):
    settings, _ = read_configuration(None, environment={})
    (tmp_path / "x.yaml").write_text(OWN.format("x") + "caps: []\n", "utf-8")

    made, problems = load_policies(settings, [tmp_path], now=NOW)

    assert problems == []
    assert sorted(made.platforms) == NAMES
    assert made.platforms["x"].caps == ()
    assert made.platforms["reddit"] == replace(packs["reddit"], span=made.platforms["reddit"].span)


def test_packs_are_there_without_a_document(packs):
    assert loaded("policy: a\n", packs) == packs


def test_a_document_changes_what_it_names_and_leaves_the_rest(packs):
    text = OWN.format("x") + "answers: {by_person: anyone}\ncaps: []\nlinks: {most: 3}\n"

    own = loaded(text, packs)

    assert (own["x"].by_person, own["x"].caps, own["x"].most_links) == (Reach.ANYONE, (), 3)
    assert own["x"].last_reviewed == date(2026, 3, 1)
    assert own["x"].automatic is packs["x"].automatic
    assert own["x"].length == packs["x"].length
    assert not own["x"].may_train
    assert {name for name in packs if own[name] != packs[name]} == {"x"}


def test_a_document_alone_allows_what_it_does_not_forbid(packs):
    own = loaded(OWN.format("forum"), packs)["forum"]

    assert own == PlatformPack("forum", date(2026, 3, 1), own.span)
    assert isinstance(own.span, Span)
    assert (own.automatic, own.needs, own.caps, own.may_train) == (
        Reach.ANYONE,
        frozenset(),
        (),
        True,
    )


def test_a_server_of_ones_own_stands_beside_those_that_ship(packs):
    text = OWN.format("mastodon") + "instances: {Social.Example: {needs: [], links: {most: 0}}}\n"

    own = loaded(text, packs)["mastodon"]

    assert own.at("https://social.example").needs == frozenset()
    assert own.at("https://social.example").most_links == 0
    assert own.at("https://social.example/@acme").length == own.length
    assert own.at("https://hachyderm.io").caps == packs["mastodon"].at("https://hachyderm.io").caps
    assert own.at("https://mastodon.social") is own


def test_a_server_that_ships_is_changed_field_by_field(packs):
    text = OWN.format("mastodon") + "instances: {hachyderm.io: {answers: {automatic: nobody}}}\n"

    own = loaded(text, packs)["mastodon"].at("https://hachyderm.io")

    assert own.automatic is Reach.NOBODY
    assert own.needs == {Need.LABEL}
    assert own.caps == packs["mastodon"].at("https://hachyderm.io").caps


def test_a_document_counts_in_the_revision_and_packs_that_ship_do_not(packs):
    def revision(text, platforms):
        return load_text(text, now=NOW, platforms=platforms)[0].revision

    assert revision("policy: a\n", packs) == revision("policy: a\n", {})
    own = "policy: a\n---\n" + OWN.format("x")
    assert revision(own, packs) != revision("policy: a\n", packs)
    assert revision(own, packs) != revision(own + "caps: []\n", packs)


def test_stored_texts_load_to_the_same_packs(packs):
    made, _ = load_text(OWN.format("x") + "caps: []\n", now=NOW, platforms=packs)
    again, _ = load_texts({"policy.yaml": OWN.format("x") + "caps: []\n"}, now=NOW, platforms=packs)
    assert again.platforms == made.platforms


def test_the_example_of_the_page_loads(root, packs):
    page = (root / "rules" / "README.md").read_text("utf-8")
    body = page.partition("```yaml\nplatform: ")[2].partition("```")[0]

    made, problems = load_text(f"platform: {body}", now=NOW, platforms=packs)

    assert [one.code for one in problems] == ["R442"]  # the clock of this test is older
    assert made.platforms["mastodon"].at("https://social.acme.example").automatic is Reach.ENGAGED


def test_the_page_tells_the_limits_that_ship(root, packs):
    page = (root / "rules" / "README.md").read_text("utf-8")
    rows = {
        row.split("|")[1].strip(): row
        for row in page.splitlines()
        if row.startswith(tuple(f"| {name} |" for name in NAMES))
    }
    assert sorted(rows) == NAMES
    for name, row in rows.items():
        told = row.replace(",", "")
        for limit in packs[name].length[:1]:
            assert f"{limit.most} " in told
        for cap in packs[name].caps:
            assert f"{cap.most} " in told


@pytest.mark.parametrize(
    ("text", "unit", "options", "length"),
    [
        ("", Unit.CHARACTERS, {}, 0),
        ("a b", Unit.WEIGHTED, {}, 3),
        ("a b", Unit.GRAPHEMES, {}, 3),
        ("héé", Unit.CHARACTERS, {}, 3),
        ("héé", Unit.WEIGHTED, {}, 3),
        ("ก\u0e48", Unit.GRAPHEMES, {}, 1),
        ("ก\u0e48", Unit.WEIGHTED, {}, 2),
        ("héé", Unit.BYTES, {}, 5),
        ("e\u0301", Unit.CHARACTERS, {}, 2),
        ("e\u0301", Unit.GRAPHEMES, {}, 1),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", Unit.GRAPHEMES, {}, 1),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", Unit.WEIGHTED, {}, 2),
        ("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea", Unit.GRAPHEMES, {}, 2),
        ("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea", Unit.WEIGHTED, {}, 4),
        ("\U0001f44d\U0001f3fd!", Unit.WEIGHTED, {}, 3),
        ("1\ufe0f\u20e3", Unit.WEIGHTED, {}, 2),
        ("©", Unit.WEIGHTED, {}, 1),
        ("漢字かな", Unit.WEIGHTED, {}, 8),
        ("한", Unit.WEIGHTED, {}, 2),
        ("e\u0301", Unit.WEIGHTED, {}, 1),
        ("see https://acme.example/a-long-way/to/it?x=1 now", Unit.WEIGHTED, {"link": 23}, 31),
        ("see https://a.b now", Unit.GRAPHEMES, {"link": 23}, 31),
        ("see https://a.b now", Unit.GRAPHEMES, {}, 19),
        ("@zoe@social.example hi", Unit.GRAPHEMES, {"link": 23, "is_short_handle": True}, 7),
        ("@zoe@social.example hi", Unit.GRAPHEMES, {"link": 23}, 22),
    ],
)
def test_texts_are_counted_as_platforms_do(text, unit, options, length):
    assert count(text, unit, **options) == length


@given(st.text())
def test_signs_make_up_the_text_and_no_unit_counts_more_than_it_can(text):
    assert "".join(clusters(text)) == text
    signs, characters = count(text, Unit.GRAPHEMES), count(text, Unit.CHARACTERS)
    assert signs <= characters <= count(text, Unit.BYTES)
    assert count(text, Unit.WEIGHTED) <= 2 * characters
