"""Writes the small backend's card, and what both backends' cards have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from models.training.data import CARDS
from models.training.sentiment import TASK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from models.heads import Head
    from models.training.data import SetCard

_OPENING = """\
# Model card: linear backend

Words, word pairs and character n-grams (2 to 5, inside words), hashed; one logistic regression a
task; float16 weights, read as float32. Made by `python -m models.training.linear`; this page is
written by that command.

## Intended use

Sorting public posts about brands by sentiment, intent and topic on a plain CPU, thousands a second,
to draw a person's attention. Not for judging a person, and not for acting on one post without
review: of the answers it gives, one in three (sentiment) to two in five (label sets) is wrong
(tables below). Scores are calibrated: on posts like those measured here, a rule that asks for
`at_least: 0.8` is right about eight times in ten, at the price of fewer posts.

## Known failures

- **Hindi sentiment is always `unknown`.** The only Hindi set at hand is written in Latin letters or
  English, all but one of its texts, and where the same text stands in SemEval too its label agrees
  no more often than chance (14 of 43 on val; in train only the last quarter agrees; for English the
  same comparison gives 322 of 322). The other texts cannot be checked so. It is left out
  of the learning, measured all the same, and the calibration says what it is worth.
  Hindi in Latin letters is not recognised as Hindi: it is read as what its words look like, mostly
  English, and its sentiment should not be relied on.
- Irony, comparison and negation over more than two words are read literally: n-grams see no syntax.
- Sentiment was learnt from posts of 2013 to 2018 about news, television, football and politics:
  words of a trade, newer slang and newer emoji are unseen.
- Label sets were learnt from invented examples alone, few in each language, and never measured on
  real posts with such labels. Of intent, complaint, praise, churn risk and other are weak; Arabic
  and Hindi are weakest. A language looks better than it is where its examples resemble one another.
- Short texts of one or two words get low scores, often `unknown`.
"""

_SENTIMENT_NOTE = """\
Measured on each set's `val`, never learnt from: texts of any `val` were taken out of every `train`.
F1, recall and accuracy are of the best label whatever its score. Temperatures were fitted and the
floor was chosen on the same `val`; the calibration error (ECE, 15 bins) is cross-fitted: each half
is calibrated by the other.
About 106 of UMSAB's Hindi test texts and 15 of its French ones are known to occur in the training
sets (their SOURCE pages say so), so test figures of those two flatter a little.
"""


class MeasuredHead(Protocol):
    """What a card needs of a label set's head, whichever backend's."""

    @property
    def task(self) -> str:
        """The label set's name."""
        ...

    @property
    def version(self) -> str:
        """Names what taught it."""
        ...

    @property
    def floor(self) -> float:
        """Least score of an answer."""
        ...

    @property
    def measured(self) -> Mapping[str, Any]:
        """What cross-validation found."""
        ...


def linear_card(heads: Sequence[Head]) -> str:
    """Return the card as Markdown, the same for the same heads."""
    ordered = sorted(heads, key=lambda one: (one.task != TASK, one.task))
    parts = [_sentiment(head) if head.task == TASK else label_set_part(head) for head in ordered]
    return "\n".join([_OPENING, *parts, data_part(CARDS)])


def _sentiment(head: Head) -> str:
    measured = head.measured
    lines = [
        f"## {head.task} (version {head.version})\n",
        _SENTIMENT_NOTE,
        "| set | n | macro-F1 | macro-recall | accuracy | ECE | answered | right of answered |",
        "|---|---|---|---|---|---|---|---|",
        *(_sentiment_row(name, one) for name, one in measured["sets"].items()),
        _sentiment_row("all of them", measured["all"]),
        "",
        (
            "Mean macro-F1 over the eight UMSAB languages: "
            f"{points(measured['umsab_mean_macro_f1'])}. Learnt from {measured['n_learnt']} texts."
        ),
        "",
        (
            f"Floor {head.floor:.2f}: below it the label is `unknown`. It leaves "
            f"{points(measured['all']['answered'])} of 100 texts answered, of which "
            f"{points(measured['all']['accuracy_answered'])} of 100 are right, against "
            f"{points(measured['all']['accuracy'])} without a floor."
        ),
        "",
    ]
    return "\n".join(lines)


def _sentiment_row(name: str, one: Mapping[str, Any]) -> str:
    figures = ("macro_f1", "macro_recall", "accuracy", "ece", "answered", "accuracy_answered")
    cells = " | ".join(points(one[key]) for key in figures)
    return f"| {name} | {one['n']} | {cells} |"


def label_set_part(head: MeasuredHead) -> str:
    """Return what a card says of one label set."""
    measured = head.measured
    by_language = measured["macro_f1_by_language"]
    lines = [
        f"## {head.task} (version {head.version})\n",
        (
            f"Learnt from the {measured['n']} examples of `rules/labels/{head.task}.yaml`, written "
            f"for this project, and measured by {measured['folds']}-fold cross-validation on them."
        ),
        "",
        (
            f"Macro-F1 {points(measured['macro_f1'])}, accuracy {points(measured['accuracy'])}, "
            f"ECE {points(measured['ece'])}. Floor {head.floor:.2f}: leaves "
            f"{points(measured['answered'])} of 100 answered, of which "
            f"{points(measured['accuracy_answered'])} of 100 are right."
        ),
        "",
        "| language | examples | macro-F1 |",
        "|---|---|---|",
        *(
            f"| {code} | {measured['n_by_language'][code]} | {points(figure)} |"
            for code, figure in by_language.items()
        ),
        "",
        "| label | F1 |",
        "|---|---|",
        *(f"| {label} | {points(figure)} |" for label, figure in measured["f1_by_label"].items()),
        "",
    ]
    return "\n".join(lines)


def data_part(cards: Sequence[SetCard]) -> str:
    """Return what a card says of the data sets."""
    lines = [
        "## Data\n",
        "No text of these sets is in the project. Nothing was learnt from any test split, nor from",
        "sets kept for replay and evaluation.\n",
        "| set | origin | licence as stated | used for |",
        "|---|---|---|---|",
        *(f"| {one.name} | {one.origin} | {one.licence} | {one.used_for} |" for one in cards),
    ]
    return "\n".join(lines) + "\n"


def points(share: float) -> str:
    """Return a share in [0, 1] as points of a hundred."""
    return f"{100 * share:.1f}"
