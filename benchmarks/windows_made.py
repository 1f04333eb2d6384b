"""The made-up rules over time and mentions that `windows.py` measures with."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.classification import Classification
from engine.mention import Author, Mention, Metrics
from engine.policy import load_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.policy import PolicySet

START = datetime(2026, 3, 2, tzinfo=UTC)
RULES = 50
KEYS = 10_000
_OVER = ("5m", "10m", "15m", "1h", "6h", "24h")
# No threshold is reached: what is measured is keeping windows, not opening incidents.
_HIGH = 1_000_000
_HAVING: tuple[Mapping[str, Any], ...] = (
    {"count": {"at_least": _HIGH}},
    {"count": {"at_least": _HIGH}, "sum": {"field": "metrics.reach", "at_least": 1e12}},
    {"distinct": {"field": "author.id", "at_least": _HIGH}},
    {"share": {"at_least": "99%", "of": "all", "min_total": _HIGH}},
    {"percentile": {"field": "author.followers", "rank": "95%", "at_least": 1e12}},
)


def counting_rules() -> PolicySet:
    """Return 50 rules that each count a key's mentions over ten minutes."""
    return _policies([({"count": {"at_least": _HIGH}}, "10m")] * RULES)


def mixed_rules(count: int = RULES, over: Sequence[str] = _OVER) -> PolicySet:
    """Return rules of every measure, over five minutes to a day where nothing else is said."""
    of_each = [(_HAVING[at % len(_HAVING)], over[at % len(over)]) for at in range(count)]
    return _policies(of_each)


def mentions(
    *, seed: int, every: timedelta, keys: int = KEYS, changing: timedelta | None = None
) -> Iterator[Mention]:
    """Yield mentions in the order of time without end, each of a key drawn evenly.

    Args:
        every: From one mention to the next.
        keys: How many keys are alive at a time; a key is the author's handle.
        changing: After how long another key has taken one's place; None for never.
    """
    chance = random.Random(seed)
    number = 0
    while True:
        since = every * number
        first = 0 if changing is None else int(since / changing)
        yield mention(chance, number, key=first + chance.randrange(keys), since=since)
        number += 1


def mention(chance: random.Random, number: int, *, key: int, since: timedelta) -> Mention:
    """Return one mention of a key, so long after the start."""
    return Mention(
        id=f"m{number}",
        source="x",
        external_id=str(number),
        text="",
        published_at=START + since,
        brand="acme",
        author=Author(
            id=f"a{chance.randrange(1_000_000)}",
            handle=f"k{key}",
            followers=int(chance.paretovariate(0.6) * 20),
        ),
        metrics=Metrics(reach=chance.randrange(5_000)),
        classifications=(Classification("sentiment", "negative", 0.9),),
    )


def _policies(windows: list[tuple[Mapping[str, Any], str]]) -> PolicySet:
    rules = [
        {
            "id": f"r{at}",
            "when": {"sentiment": "negative"},
            "window": {"over": over, "by": ["author.handle"], "having": having},
            "then": [{"tag": ["t"]}],
        }
        for at, (having, over) in enumerate(windows)
    ]
    body = json.dumps({"policy": "bench", "brands": ["acme"], "rules": rules}, indent=0)
    made, problems = load_text(body, now=START, tasks={"sentiment": ("negative", "neutral")})
    if made is None:
        raise ValueError("\n".join(one.as_text() for one in problems[:5]))
    return made
