from __future__ import annotations

from hypothesis import assume, given, note, settings
from hypothesis import strategies as st
from small_worlds import CONDITIONS, LISTS, load_rules, worlds

from engine.policy.condition import Not
from engine.policy.operators import WordList
from engine.policy.reasoning import Builder, Context, can_refute, negated

DOMAINS = {
    "kind": frozenset(["mention", "comment", "review", "message"]),
    "sentiment": frozenset(["negative", "neutral", "positive"]),
    "offensive": frozenset(["offensive", "not_offensive"]),
    "author.verified": frozenset(["True", "False"]),
}
WORDS = {name: WordList.of(name, entries) for name, entries in LISTS.items()}


@settings(deadline=None)
@given(CONDITIONS, CONDITIONS, st.integers(0, 10**6))
def test_what_is_proved_holds_of_every_mention(first, second, seed):
    rules, _ = load_rules({"when": first}, {"when": second})
    assume(rules is not None)
    builder = Builder(WORDS)
    one, other = rules[0].condition, rules[1].condition
    # What is true where its opposite is: false, not undecided.
    true, false = builder.when_true(one), builder.when_true(Not(one.origin, (one,)))
    other_true = builder.when_true(other)

    def proved(*formulas):
        return can_refute(formulas, Context(DOMAINS))

    answers = [(one.evaluate(facts), other.evaluate(facts)) for facts in worlds(seed)]

    note(f"{first} {second}")
    if proved(true):
        assert not any(held is True for held, _ in answers)
    if proved(false):
        assert not any(held is False for held, _ in answers)
    if proved(negated(true)):
        assert all(held is True for held, _ in answers)
    if proved(negated(false)):
        assert all(held is False for held, _ in answers)
    if proved(true, other_true):
        assert not any(held is True and also is True for held, also in answers)
    if proved(true, negated(other_true)):
        assert all(also is True for held, also in answers if held is True)
    assert proved(true, negated(true))
    assert proved(true, false)
