"""A mention that names no brand gets the one its text is about; one that does keeps it."""

import json

import pytest

from engine.brand import Brand, BrandMatches, brand_text
from engine.errors import ConfigError
from engine.loading import load_brands
from engine.policy import load_text
from engine.ports import SourceBatch
from engine.proving.classify_file import classify_file
from engine.proving.stages import Stages
from engine.settings import Configuration, Settings
from engine.testing import NOON, ScriptedClassifier, mention
from models.brands import BrandMatcher
from models.entities import Entity
from models.hub import Hub
from streams.pipeline import Pipeline, with_brands

BRANDS = BrandMatcher(
    [
        Brand("acme", ("Acme",), products={"x": ("Phone X",)}, competitors={"globex": ("Globex",)}),
        Brand("veloce", ("Veloce",)),
    ]
)


class English:
    """Takes every text for English."""

    def identify(self, texts, declared=None):
        return ["en"] * len(texts)


class Broken:
    """Finds nothing and falls over."""

    def match_all(self, texts):
        raise ZeroDivisionError


class Never:
    """Is not to be asked."""

    def match_all(self, texts):
        raise AssertionError(texts)


class Names:
    """Reads one person in every text."""

    def entities(self, text, language):
        return (Entity(0, 1, text[0], "person"),) if language == "en" else None


def prepared(brands, *mentions):
    policies, _ = load_text("policy: p\nrules: []", now=NOON)
    stages = Pipeline(identifier=English(), classify=lambda _: [], policies=policies, brands=brands)
    return [one.brand for one in stages.prepare(SourceBatch("s", mentions)).mentions]


def test_only_mentions_without_a_brand_get_one():
    given = [
        mention("Veloce is fast", brand=None),
        mention("Veloce is fast", brand="acme"),
        mention("nothing named", brand=None),
    ]

    assert prepared(BRANDS, *given) == ["veloce", "acme", None]


def test_hashtags_given_beside_the_text_count_once():
    beside = mention("so fast", brand=None, hashtags=("veloce",))
    inside = mention("so fast #veloce", brand=None, hashtags=("veloce",))

    assert [brand_text(beside), brand_text(inside)] == ["so fast\n#veloce", "so fast #veloce"]
    assert prepared(BRANDS, beside) == ["veloce"]


def test_without_brands_configured_nothing_is_named():
    assert prepared(None, mention("Veloce", brand=None)) == [None]


def test_mentions_that_all_say_their_brand_ask_nobody():
    assert with_brands(Never(), [mention("Veloce", brand="acme")])[0].brand == "acme"


def test_a_fault_in_naming_brands_leaves_the_batch_without_them():
    assert prepared(Broken(), mention("Veloce", brand=None)) == [None]


def classified(tmp_path, *rows, **options):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    stages = Stages(lambda: Hub([ScriptedClassifier()]), English, **options)
    classify_file(source, target, stages)
    return [json.loads(one) for one in target.read_text("utf-8").splitlines()]


def test_a_classified_file_says_brands_products_and_competitors(tmp_path):
    at = NOON.isoformat()
    rows = [
        {"text": "Phone X beats Globex", "published_at": at},
        {"text": "Veloce", "published_at": at, "brand": "acme"},
    ]

    first, second = classified(tmp_path, *rows, brands=BRANDS)

    assert first["brand"] == "acme"
    assert first["brands"] == {"brand": "acme", "products": ["x"], "competitors": ["globex"]}
    assert (second["brand"], second["brands"]["brand"]) == ("acme", "veloce")
    assert "entities" not in first


def test_entities_stand_in_a_classified_file_where_something_reads_them(tmp_path):
    rows = [
        {"text": "Zoe", "published_at": NOON.isoformat()},
        {"text": "Zoé", "published_at": NOON.isoformat(), "language": "fr"},
    ]

    first, second = classified(tmp_path, *rows, entities=Names())

    assert first["entities"] == [{"kind": "person", "text": "Z", "start": 0, "end": 1}]
    assert "entities" not in second
    assert "brands" not in first


def configured(tmp_path, **settings):
    return Configuration(Settings(**settings), tmp_path, "tocsin.yaml", {})


def test_the_settings_name_the_file(tmp_path):
    (tmp_path / "mine.yaml").write_text("brands: {bolt: {name: Bolt}}", "utf-8")

    matcher, warnings = load_brands(configured(tmp_path, brands="mine.yaml"))

    assert matcher.match("my bolt") == BRANDS_OF_BOLT
    assert warnings == []


BRANDS_OF_BOLT = BrandMatcher([Brand("bolt", ("Bolt",))]).match("my bolt")


def test_settings_that_name_no_file_load_nothing(tmp_path):
    assert load_brands(configured(tmp_path)) == (None, [])


def test_a_file_with_errors_stops_the_start(tmp_path):
    (tmp_path / "mine.yaml").write_text("brands: {bolt: {nam: Bolt}}", "utf-8")

    with pytest.raises(ConfigError, match="file of brands has 2 problem") as caught:
        load_brands(configured(tmp_path, brands="mine.yaml"))

    assert {one.code for one in caught.value.problems} == {"B104", "B105"}


def test_nothing_named_is_said_so_in_json():
    assert BrandMatches().as_json() == {"brand": None, "products": [], "competitors": []}
