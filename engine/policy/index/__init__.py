"""Which of many rules hold for a mention, at a cost that hardly grows with their number.

Promise: `RuleIndex.matching` gives exactly the rules whose conditions hold, in order, whatever the
conditions are; the index only spares looking at rules that surely do not.

Three steps, each a module. `ways` reads from a condition what must be true for it to hold:
labels, values, ranges, words. `sieves` turns these demands into sets of rules, one for each value
a mention can have, and all keywords of all rules are found in one pass over the words; the sets
are whole numbers whose bit *i* stands for rule *i*, so that ten thousand rules are narrowed down
by a handful of ANDs. `answers` asks the few conditions that are left, each distinct predicate at
most once a mention.

Source: bitmap indices of subscriptions, as in Whang et al., Indexing Boolean Expressions, VLDB
2009, with the ranges as in O'Neil and Quass, Improved Query Performance with Variant Indexes,
SIGMOD 1997.
"""

from engine.policy.index.rule_index import RuleIndex

__all__ = ["RuleIndex"]
