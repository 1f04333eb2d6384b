"""Teaches one label set on purpose, for its author to see how good it is and where it errs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from engine.classification import UNKNOWN
from engine.errors import ConfigError
from models.registry import BACKENDS
from models.text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.classification import Classification
    from models.encoder import EncoderClassifier
    from models.label_sets import Examples
    from models.registry import Places

FOLDS = 5
FEWEST = 10  # distinct examples of a label below which its figures are mostly chance


class TaughtSet(Protocol):
    """What is asked of a head here, whichever backend made it."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The set's labels."""
        ...

    @property
    def version(self) -> str:
        """Names the examples, and all else that taught it."""
        ...

    @property
    def measured(self) -> dict[str, Any]:
        """What cross-validation found, as JSON."""
        ...


class Mistake(NamedTuple):
    """One example that was taken for another label's when it was held out.

    Attributes:
        score: Of the label it was taken for, in [0, 1].
        is_answered: Whether that score reaches the floor; below it the answer is ``unknown``.
    """

    label: str
    taken_for: str
    score: float
    is_answered: bool
    language: str
    text: str


class Lesson(NamedTuple):
    """One set of examples held out: those to learn from, and the others, flat."""

    examples: Examples
    held_out: tuple[tuple[str, str, str], ...]
    """Label, language and text of each."""


def teach(backend: str, name: str, places: Places) -> TaughtSet:
    """Return a label set's head: shipped, kept from before or learnt now, and then kept.

    Args:
        places: Hold the set's examples among their further sets; the other sets are left alone.

    Raises:
        ConfigError: The backend learns no label sets, or this one cannot be learnt.
    """
    make = BACKENDS.get(backend)
    if make is None:
        message = (
            f"backend {backend!r} learns no label sets; models.backend may be {', '.join(BACKENDS)}"
        )
        raise ConfigError(message)
    folder = places.labels_dir
    others = set() if folder is None else {path.stem for path in folder.glob("*.yaml")}
    classifier = make(replace(places, elsewhere=frozenset(others - {name})))
    heads: Sequence[Any] = getattr(classifier, "heads", ())
    found: TaughtSet = next(one for one in heads if one.task == name)
    return found


def few_examples(examples: Examples) -> dict[str, int]:
    """Return how many distinct examples each label has that has fewer than `FEWEST`."""
    counts = {label: len(_flat(by_language)) for label, by_language in examples.items()}
    return {label: n for label, n in counts.items() if n < FEWEST and label != UNKNOWN}


def lessons(examples: Examples) -> list[Lesson]:
    """Return the parts of a cross-validation.

    Translations of one example, which stand at one place in the lists of their languages, are held
    out together. A label that would be left with fewer than two examples is not held out.
    """
    return [_lesson(examples, fold) for fold in range(FOLDS)]


def _lesson(examples: Examples, fold: int) -> Lesson:
    kept: dict[str, dict[str, list[str]]] = {}
    held_out: list[tuple[str, str, str]] = []
    for label, by_language in examples.items():
        rest = {
            language: [text for at, text in enumerate(texts) if at % FOLDS != fold]
            for language, texts in by_language.items()
        }
        if label == UNKNOWN or len(_flat(rest)) < 2:  # noqa: PLR2004  nothing is learnt from one
            kept[label] = {language: list(texts) for language, texts in by_language.items()}
            continue
        kept[label] = rest
        # The same text given twice would be learnt from and held out at once.
        known = _flat(rest)
        held_out += [
            (label, language, text)
            for language, texts in by_language.items()
            for at, text in enumerate(texts)
            if at % FOLDS == fold and normalise(text) not in known
        ]
    return Lesson(kept, tuple(held_out))


def _flat(by_language: Mapping[str, Sequence[str]]) -> set[str]:
    return {normalise(text) for texts in by_language.values() for text in texts}


def mistakes(
    backend: str,
    name: str,
    places: Places,
    *,
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[Mistake]:
    """Return every example that is got wrong when it is held out, the surest mistakes first.

    Args:
        places: As `teach` has them.
        on_progress: Told how many of the `FOLDS` parts are done.
    """
    ask = _asker(backend, name, places)
    found: list[Mistake] = []
    for number, lesson in enumerate(lessons(places.more_sets[name]), 1):
        answers = ask(lesson) if lesson.held_out else []
        for (label, language, text), answer in zip(lesson.held_out, answers, strict=True):
            best = max(answer.scores, key=lambda one: answer.scores[one])
            if best != label:
                is_answered = answer.label != UNKNOWN
                score = answer.scores[best]
                found.append(Mistake(label, best, score, is_answered, language, text))
        on_progress(number)
    return sorted(found, key=lambda one: -one.score)


def _asker(backend: str, name: str, places: Places) -> Callable[[Lesson], Sequence[Classification]]:
    """Return what learns a lesson and answers its held-out texts."""
    if backend != "encoder":
        return lambda lesson: _ask_linear(name, lesson)
    from models.registry import load_encoder  # noqa: PLC0415 - onnxruntime, where it is used

    encoder = load_encoder(replace(places, labels_dir=None, more_sets={}))
    vectors: dict[str, NDArray[np.float32]] = {}
    return lambda lesson: _ask_encoder(name, lesson, encoder, vectors)


def _ask_linear(name: str, lesson: Lesson) -> Sequence[Classification]:
    from models.labels import train_label_set  # noqa: PLC0415 - as above
    from models.linear import LinearClassifier  # noqa: PLC0415

    classifier = LinearClassifier([train_label_set(name, lesson.examples)])
    texts, languages = _columns(lesson)
    return [one for (one,) in classifier.classify(texts, languages)]


def _ask_encoder(
    name: str,
    lesson: Lesson,
    encoder: EncoderClassifier,
    vectors: dict[str, NDArray[np.float32]],
) -> Sequence[Classification]:
    from models.label_heads import train_label_head  # noqa: PLC0415 - as above

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        # Every lesson has nearly the same texts, and reading them is what takes the time.
        new = [text for text in dict.fromkeys(texts) if text not in vectors]
        vectors.update(zip(new, encoder.embed(new), strict=True) if new else ())
        return np.stack([vectors[text] for text in texts])

    version = encoder.reader.artifact.embedding_version
    head = train_label_head(name, lesson.examples, embed, encoder_version=version)
    texts, languages = _columns(lesson)
    return head.answers(embed(texts), texts, languages, classifier=encoder.name)


def _columns(lesson: Lesson) -> tuple[list[str], list[str]]:
    texts = [normalise(text) for _, _, text in lesson.held_out]
    return texts, [language for _, language, _ in lesson.held_out]
