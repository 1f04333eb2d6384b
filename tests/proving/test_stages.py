"""The stages outside a runner: nothing is loaded that is not needed, nothing given is overruled."""

import pytest

from engine.errors import MentionError
from engine.proving.stages import Stages
from engine.testing import ScriptedClassifier, given, mention
from models.hub import Hub


class French:
    """Takes every text for French."""

    def identify(self, texts, declared=None):
        return ["fr"] * len(texts)


class Loads:
    """Counts what is loaded."""

    def __init__(self):
        self.hubs = self.identifiers = 0
        self.scripted = ScriptedClassifier({"awful": ("sentiment", "negative", 0.95)})
        self.stages = Stages(self._hub, self._identifier)

    def _hub(self):
        self.hubs += 1
        return Hub([self.scripted])

    def _identifier(self):
        self.identifiers += 1
        return French()


def labels(answers):
    return {one.task: one.label for one in answers}


def test_a_mention_with_its_language_and_labels_needs_no_model():
    loads = Loads()
    told = mention("<b>awful</b>", language="en", classifications=given(sentiment="positive"))

    prepared = loads.stages.prepare(told)
    answers = loads.stages.classify(prepared, frozenset({"sentiment"}))

    assert (prepared.text, labels(answers)) == ("awful", {"sentiment": "positive"})
    assert (loads.hubs, loads.identifiers) == (0, 0)


def test_what_is_missing_is_answered_and_models_are_loaded_once():
    loads = Loads()
    for _ in range(2):
        prepared = loads.stages.prepare(mention("awful"))
        answers = loads.stages.classify(prepared, frozenset({"sentiment"}))
        assert (prepared.language, labels(answers)) == ("fr", {"sentiment": "negative"})

    assert (loads.hubs, loads.identifiers) == (1, 1)


def test_only_tasks_wanted_or_given_are_answered():
    told = mention("awful", language="en", classifications=given(topic="price"))

    answers = Loads().stages.classify(told, frozenset({"sentiment"}))

    assert labels(answers) == {"topic": "price", "sentiment": "negative"}


def test_every_task_of_every_mention_is_answered_for_a_file():
    prepared, answers = Loads().stages.classify_all([mention("awful"), mention("<br>")])

    assert [one.text for one in prepared] == ["awful", "<br>"]
    assert [set(labels(one)) for one in answers] == [{"sentiment", "intent"}] * 2


def test_a_mention_of_which_nothing_is_left_is_refused():
    with pytest.raises(MentionError, match="text"):
        Loads().stages.prepare(mention("<br>"))
