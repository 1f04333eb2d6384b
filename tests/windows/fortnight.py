"""A written fortnight of two brands: days like any other, three crises, ten bumps that mean no harm.

All of it is made here from a seed. Mentions come in the order in which they arrive, which is that
of their times but for what an outage held up.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from engine.mention import Author, Mention, Metrics
from engine.testing import given
from tests.windows.fortnight_texts import TEXTS, WORDS

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
DAYS = 14
SOURCES = ("x", "mastodon", "reddit", "bluesky")
PRESS = ("@cyclingherald", "@gazettevelo", "@cityreport")
OUTAGE = "x"
_MOODS = ("negative", "neutral", "positive")
_USUAL = (0.18, 0.47, 0.35)
_AUTHORS = 7000
_LATE = timedelta(minutes=10)


@dataclass(frozen=True)
class Event:
    """What happened: a crisis, or a bump that means no harm; times are aware UTC."""

    name: str
    start: datetime
    end: datetime
    is_crisis: bool = False


@dataclass
class Fortnight:
    """The mentions in the order of arrival, and what happened.

    ``part_of`` has the event of each mention that is part of one, by mention id.
    """

    mentions: list[Mention] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    part_of: dict[str, str] = field(default_factory=dict)


def instant(day, hour=0.0):
    """Return a time; days count from 0, the first Monday."""
    return START + timedelta(days=day, hours=hour)


def written(seed=7):
    """Write the fortnight."""
    pen = _Pen(seed)
    for brand, rate in (("veloce", 50.0), ("nordsee", 7.0)):
        _everyday(pen, brand, rate)
    for crisis in (_battery_fire, _delivery_strike, _staff_scandal):
        crisis(pen)
    _bumps(pen)
    return pen.finish()


def _everyday(pen, brand, rate):
    """Write what is said on any day: busy evenings, quiet nights, less at weekends."""
    for hour in range(24 * DAYS):
        weekend = 0.7 if hour // 24 % 7 >= 5 else 1.0
        course = 1 + 0.8 * math.sin(2 * math.pi * (hour % 24 - 10) / 24)
        # Bursty: an hour has its own mood.
        mean = rate * course * weekend * pen.dice.gammavariate(12, 1 / 12)
        for _ in range(pen.poisson(mean)):
            at = instant(0, hour + pen.dice.random())
            if brand == "nordsee":
                mood = pen.dice.choices(_MOODS, (0.1, 0.5, 0.4))[0]
                pen.say("calm", at, mood=mood, brand=brand)
            else:
                _say_everyday(pen, at)


def _say_everyday(pen, at):
    mood = pen.dice.choices(_MOODS, _USUAL)[0]
    first = pen.say(mood, at, mood=mood)
    if pen.dice.random() < 0.012:
        # Now and then one is passed on, by a few or by a dozen.
        pen.pass_on(first, min(25, int(pen.dice.paretovariate(0.9)) + 2), within=40, mood=mood)


def _battery_fire(pen):
    """A sharp surge: within half an hour everybody talks of it, for most of a day."""
    start, event = (
        instant(3, 7.2),
        pen.event("battery fire", instant(3, 7.2), hours=16, crisis=True),
    )
    for minute in range(14 * 60):
        rate = 3.0 * min(1, minute / 40) * math.exp(-max(0, minute - 120) / 200)
        for _ in range(pen.poisson(rate)):
            at = start + timedelta(minutes=minute + pen.dice.random())
            mood = pen.dice.choices(_MOODS, (0.85, 0.13, 0.02))[0]
            said = pen.say(
                "fire", at, mood=mood, event=event, intent=pen.either("safety_issue", "complaint")
            )
            if pen.dice.random() < 0.03:
                pen.pass_on(said, 12, within=30, mood=mood, event=event)


def _delivery_strike(pen):
    """A slow burn: for a day and a half a little more of what is said is a complaint each hour."""
    start = instant(8, 6)
    event = pen.event("delivery strike", start, hours=42, crisis=True)
    for hour in range(40):
        course = 1 + 0.8 * math.sin(2 * math.pi * ((hour + 6) % 24 - 10) / 24)
        rate = 48 * course * min(1, hour / 24) * (1 if hour < 34 else 0.5)
        for _ in range(pen.poisson(rate)):
            at = start + timedelta(hours=hour + pen.dice.random())
            mood = pen.dice.choices(_MOODS, (0.9, 0.1, 0.0))[0]
            intent = pen.either("complaint", "churn_risk")
            pen.say("strike", at, mood=mood, event=event, intent=intent, topic="delivery")


def _staff_scandal(pen):
    """A threat, then the press, then those who read it."""
    start = instant(11, 12.5)
    event = pen.event("staff scandal", start, hours=20, crisis=True)
    pen.say("threat", start, mood="negative", event=event, intent="legal_threat", topic="staff")
    for number, after in enumerate((95, 150, 240)):
        author = Author(f"press{number}", PRESS[number], PRESS[number][1:], 250_000, verified=True)
        at = start + timedelta(minutes=after)
        said = pen.say("press", at, mood="negative", event=event, topic="staff", author=author)
        pen.pass_on(said, 25, within=120, mood="neutral", event=event)
    for minute in range(100, 12 * 60):
        for _ in range(pen.poisson(0.6 * math.exp(-max(0, minute - 300) / 240))):
            at = start + timedelta(minutes=minute + pen.dice.random())
            mood = pen.dice.choices(_MOODS, (0.6, 0.4, 0.0))[0]
            pen.say("scandal", at, mood=mood, event=event, topic="staff")


def _bumps(pen):
    """Ten things that move the numbers and are no crisis."""
    usual = {"joke": (0.0, 0.5, 0.5), "match": (0.08, 0.77, 0.15), "launch": (0.02, 0.5, 0.48)}
    usual |= {"greeting": (0.0, 0.2, 0.8), "giveaway": (0.0, 0.4, 0.6)}
    usual |= {"television": (0.05, 0.8, 0.15), "spam": (0.0, 0.9, 0.1)}
    for occasion, (day, hour), (minutes, number) in (
        ("joke", (1, 18.3), (150, 350)),
        ("match", (2, 19.0), (120, 500)),
        ("greeting", (5, 8.0), (300, 220)),
        ("launch", (6, 15.0), (240, 600)),
        ("giveaway", (7, 10.0), (480, 450)),
        ("spam", (10, 9.0), (100, 240)),
        ("television", (12, 20.4), (45, 320)),
    ):
        start = instant(day, hour)
        event = pen.event(occasion, start, hours=minutes / 60 + 1)
        for _ in range(number):
            at = start + timedelta(minutes=minutes * pen.dice.betavariate(1.2, 2.5))
            mood = pen.dice.choices(_MOODS, usual[occasion])[0]
            intent = "spam" if occasion == "spam" else "other"
            few = pen.dice.randrange(40) if occasion == "spam" else None
            pen.say(occasion, at, mood=mood, event=event, intent=intent, author=few)
    _launch_grumbles(pen)
    _single_voices(pen)
    _outage(pen)


def _launch_grumbles(pen):
    start = instant(6, 15.3)
    for _ in range(45):
        at = start + timedelta(minutes=240 * pen.dice.random())
        pen.say("launch-grumble", at, mood="negative", event="launch", intent="complaint")


def _single_voices(pen):
    """A robot at night, and one who repeats an old complaint all afternoon."""
    for name, start, (number, minutes), authors in (
        ("bot", instant(4, 3.0), (160, 50), 3),
        ("grudge", instant(2, 13.0), (70, 180), 1),
    ):
        event = pen.event(name, start, hours=minutes / 60 + 1)
        for _ in range(number):
            at = start + timedelta(minutes=minutes * pen.dice.random())
            author = 100 + pen.dice.randrange(authors)
            pen.say(name, at, mood="negative", event=event, intent="complaint", author=author)


def _outage(pen):
    """A source falls silent for two hours; what was said there comes in a heap afterwards."""
    start, end = instant(9, 24 + 18), instant(9, 24 + 20)
    pen.event("outage", start, hours=3)
    pen.outage = (start, end)


class _Pen:
    """Writes mentions; every draw comes from one seed."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.outage = None
        self._arrivals = []
        self._made = Fortnight()

    def event(self, name, start, *, hours, crisis=False):
        """Note what happens; return its name."""
        end = start + timedelta(hours=hours)
        self._made.events.append(Event(name, start, end, is_crisis=crisis))
        return name

    def poisson(self, mean):
        """Draw a count; Knuth's way."""
        least, drawn, product = math.exp(-mean), 0, self.dice.random()
        while product > least:
            drawn += 1
            product *= self.dice.random()
        return drawn

    def either(self, usual, other):
        """Return the usual label, or in two of five cases the other."""
        return usual if self.dice.random() < 0.6 else other

    def say(self, occasion, at, *, mood, brand="veloce", event=None, author=None, **labels):
        """Write one mention; return it."""
        language = "en" if self.dice.random() < 0.55 else "fr"
        template = self.dice.choice(TEXTS[occasion][language])
        slots = {name: self.dice.choice(words[language]) for name, words in WORDS.items()}
        text = template.format(n=self.dice.randrange(1000, 9999), **slots)
        who = author if isinstance(author, Author) else self._author(author)
        return self._write(text, at, who, (mood, language, brand, event), labels=labels)

    def pass_on(self, said, times, *, within, mood, event=None):
        """Let others repeat a mention within some minutes."""
        about = (mood, said.language, said.brand, event)
        text = f"RT {said.author.handle}: {said.text}"
        for _ in range(times):
            at = said.published_at + timedelta(minutes=within * self.dice.betavariate(1, 3) + 0.2)
            self._write(text, at, self._author(None), about, labels={})

    def _author(self, number):
        """Return somebody: some write every day, most hardly ever."""
        if number is None:
            number = 200 + int(_AUTHORS * self.dice.random() ** 2)
        followers = int(20 + 3000 / (1 + number % 997))
        return Author(f"u{number}", f"@rider{number}", f"Rider {number}", followers, verified=False)

    def _write(self, text, at, author, about, *, labels):
        mood, language, brand, event = about
        usual = "complaint" if mood == "negative" else "other"
        labels = {"intent": usual, "topic": "other", **labels}
        number, source = len(self._arrivals), self.dice.choice(SOURCES)
        made = Mention(
            id=f"m{number}",
            source=source,
            external_id=str(number),
            text=text,
            published_at=at.replace(microsecond=0),
            language=language,
            brand=brand,
            author=author,
            metrics=Metrics(reach=(author.followers or 0) // 3),
            classifications=given(
                sentiment=(mood, round(0.7 + 0.29 * self.dice.random(), 3)), **labels
            ),
        )
        self._arrivals.append(made)
        if event is not None:
            self._made.part_of[made.id] = event
        return made

    def finish(self):
        """Return the fortnight, in the order of arrival."""
        self._made.mentions = sorted(self._arrivals, key=lambda one: (self._arrival(one), one.id))
        self._made.events.sort(key=lambda one: one.start)
        return self._made

    def _arrival(self, mention):
        if self.outage is not None and mention.source == OUTAGE:
            start, end = self.outage
            if start <= mention.published_at < end:
                return end + _LATE
        return mention.published_at
