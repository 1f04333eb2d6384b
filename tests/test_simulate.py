"""The stages on virtual time: in the order of arrival, each mention at its own time, once."""

from datetime import timedelta

from hypothesis import given as each
from hypothesis import strategies as st

from engine.policy import load_text
from engine.ports import DeadLetter, LogEntry
from engine.simulate import Arrivals, Side, Simulation
from engine.testing import NOON, given, mention
from engine.windows import WindowState
from streams.pipeline import Pipeline

POLICY = """
policy: care
brands: [acme]
rules:
  - id: refund
    when: {text: refund}
    then: [{tag: [refund]}]
    cooldown: {per: author, for: 1h}
  - id: angry
    when: {sentiment: negative}
    then: [{tag: [angry]}]
"""
MINUTE = timedelta(minutes=1)


class Nobody:
    """Names no language."""

    def identify(self, texts, declared=None):
        return [None] * len(texts)


def policies(text=POLICY):
    made, problems = load_text(text, now=NOON)
    assert made is not None, problems
    return made


def as_given(mentions):
    return [one.classifications for one in mentions]


def simulate(*arrivals, sides=None):
    sides = sides or [Side(policies(), as_given)]
    return list(Simulation(sides, identifier=Nobody()).run(arrivals))


def matched(steps):
    return [
        (decided.mention.id, match.rule, [action.state for action in match.actions])
        for step in steps
        for (decided,) in step.decided
        for decision in decided.decisions
        for match in decision.matches
    ]


def test_a_cooldown_counts_in_the_time_of_the_mentions():
    steps = simulate(
        Arrivals(
            [mention("refund", id="a"), mention("refund", id="b", published_at=NOON + MINUTE)]
        ),
        Arrivals([mention("refund", id="c", published_at=NOON + 61 * MINUTE)]),
    )

    assert matched(steps) == [
        ("a", "refund", ["planned"]),
        ("b", "refund", ["suppressed"]),
        ("c", "refund", ["planned"]),
    ]


def test_every_run_begins_with_nothing_behind_it():
    simulation = Simulation([Side(policies(), as_given)], identifier=Nobody())
    arrivals = [Arrivals([mention("refund", id="a")])]

    first, second = list(simulation.run(arrivals)), list(simulation.run(arrivals))

    assert first == second


def test_a_mention_that_comes_again_is_decided_once():
    (step,) = simulate(Arrivals([mention("refund", id="a"), mention("refund", id="a")]))

    assert (len(step.decided), step.duplicates, step.dead) == (1, 1, [])


def test_another_text_under_a_known_identity_is_set_aside_where_it_stands():
    twice = [
        mention("refund", id="a", external_id="1"),
        mention("other", id="b", external_id="1"),
    ]

    (step,) = simulate(Arrivals(twice, places={"b": "file:2"}))

    assert [one.mention.id for (one,) in step.decided] == ["a"]
    (dead,) = step.dead
    assert dead.place == "file:2"
    assert "taken" in dead.reason


def test_what_normalising_leaves_nothing_of_is_set_aside_where_it_stands():
    bad = DeadLetter("x", "file:1", "not JSON", "{")

    (step,) = simulate(Arrivals([mention("<b></b>", id="a")], dead=[bad], places={"a": "file:2"}))

    assert [one.place for one in step.dead] == ["file:1", "file:2"]


def test_stored_answers_stand_in_place_of_the_given_ones():
    one = mention("hello", id="a", classifications=given(sentiment="positive"))

    steps = simulate(Arrivals([one], answers={"a": given(sentiment="negative")}))

    assert matched(steps) == [("a", "angry", ["planned"])]
    assert steps[0].decided[0][0].mention.classifications == one.classifications


def test_each_side_decides_every_mention_with_a_state_of_its_own():
    longer = policies(POLICY.replace("1h", "3h"))
    asked = []

    def classify(mentions):
        asked.append(len(mentions))
        return as_given(mentions)

    steps = simulate(
        Arrivals(
            [mention("refund", id="a"), mention("refund", id="b", published_at=NOON + 61 * MINUTE)]
        ),
        sides=[Side(policies(), classify), Side(longer, classify)],
    )

    ((_, _), (here, there)) = steps[0].decided
    assert [side.decisions[0].matches[0].actions[0].state for side in (here, there)] == [
        "planned",
        "suppressed",
    ]
    assert asked == [2], "sides that classify alike are classified for once"


MOMENTS = st.tuples(
    st.integers(0, 150), st.sampled_from(["refund", "hello"]), st.sampled_from(["a", "b"])
)


@each(st.lists(MOMENTS, max_size=20), st.integers(1, 5))
def test_it_decides_what_the_pipeline_decides_in_log_order(moments, size):
    """Late mentions and any cut into batches included."""
    mentions = [
        mention(text, id=str(at), author_id=author, published_at=NOON + minute * MINUTE)
        for at, (minute, text, author) in enumerate(moments)
    ]
    pipeline = Pipeline(identifier=Nobody(), classify=as_given, policies=policies())
    entries = [LogEntry(at, one) for at, one in enumerate(mentions, start=1)]
    live, _ = pipeline.decide(entries, [()] * len(entries), WindowState())

    batches = [Arrivals(mentions[at : at + size]) for at in range(0, len(mentions), size)]
    found = [decided for step in simulate(*batches) for (decided,) in step.decided]

    assert found == live
