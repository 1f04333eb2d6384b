"""One door to every classifier: each text is read once, whoever posted it and however often.

Texts are brought to one form first (`models.text.normalise`), and the classifiers are given
that form. So a repost costs a look-up, and what it is told never depends on which copy came first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING

from engine.errors import ConfigError
from models.text import normalise

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from engine.classification import Classification
    from engine.mention import Mention
    from engine.ports import Classifier

    Answer = tuple[Classification, ...]

REMEMBERED = 20_000  # answers; about 3 KB each with label sets of 13 and 9 labels


class Hub:
    """Several classifiers of distinct tasks, itself a `engine.ports.Classifier`.

    Safe to call from several threads at once. A batch goes to each classifier whole: which of its
    texts to read side by side, and in which order, the classifier knows best.

    Args:
        classifiers: In the order in which their answers come.
        remembered: How many answers of each classifier are kept, the least recently used go first.

    Raises:
        ConfigError: Two classifiers answer one task.
    """

    def __init__(self, classifiers: Sequence[Classifier], *, remembered: int = REMEMBERED) -> None:
        tasks = [task for one in classifiers for task in one.tasks]
        twice = sorted({task for task in tasks if tasks.count(task) > 1})
        if twice:
            message = f"more than one classifier answers {', '.join(twice)}; keep one for each task"
            raise ConfigError(message)
        self._classifiers = tuple(classifiers)
        self._memories = tuple(_Memory(remembered) for _ in classifiers)

    @property
    def name(self) -> str:
        """The classifiers' names, joined; each Classification carries its own classifier's."""
        return "+".join(one.name for one in self._classifiers)

    @property
    def version(self) -> str:
        """Hash over the classifiers' names and versions."""
        parts = "\n".join(f"{one.name}={one.version}" for one in self._classifiers)
        return sha256(parts.encode()).hexdigest()[:12]

    @property
    def tasks(self) -> Mapping[str, tuple[str, ...]]:
        """Every task that can be answered, each with its labels."""
        return {task: labels for one in self._classifiers for task, labels in one.tasks.items()}

    def classify(
        self,
        texts: Sequence[str],
        languages: Sequence[str | None],
        tasks: Collection[str] | None = None,
    ) -> list[Answer]:
        """Return one Classification a task for each text, in the order of the texts.

        Args:
            tasks: Those to answer, left out: all. A classifier none of whose tasks is wanted does
                not run; a task nobody answers is left out of the answer.
        """
        keys = [
            (normalise(text), language) for text, language in zip(texts, languages, strict=True)
        ]
        found: list[Answer] = [()] * len(keys)
        for classifier, memory in zip(self._classifiers, self._memories, strict=True):
            wanted = [task for task in classifier.tasks if tasks is None or task in tasks]
            if not wanted:
                continue
            answers = self._answers(classifier, memory, keys)
            for place, key in enumerate(keys):
                mine = (one for one in answers[key] if one.task in wanted)
                found[place] = (*found[place], *mine)
        return found

    def classify_mentions(
        self, mentions: Sequence[Mention], tasks: Collection[str] | None = None
    ) -> list[Answer]:
        """Return each mention's classifications: those it was given as they stand, then the others.

        A mention that was given every wanted task is not read at all.

        Args:
            tasks: Those wanted beside the given ones, left out: all.
        """
        wanted = set(self.tasks) if tasks is None else set(tasks) & set(self.tasks)
        missing = [
            frozenset(wanted - {one.task for one in mention.classifications})
            for mention in mentions
        ]
        found = [mention.classifications for mention in mentions]
        # Few different sets of given tasks occur in a batch, nearly always one.
        for group in sorted(set(missing) - {frozenset()}, key=sorted):
            places = [place for place, one in enumerate(missing) if one == group]
            answers = self.classify(
                [mentions[place].text for place in places],
                [mentions[place].language for place in places],
                group,
            )
            for place, answer in zip(places, answers, strict=True):
                found[place] = (*found[place], *answer)
        return found

    def _answers(
        self, classifier: Classifier, memory: _Memory, keys: Sequence[tuple[str, str | None]]
    ) -> dict[tuple[str, str | None], Answer]:
        answers = {key: memory.get(key) for key in dict.fromkeys(keys)}
        unread = [key for key, answer in answers.items() if answer is None]
        read = classifier.classify([text for text, _ in unread], [code for _, code in unread])
        fresh = dict(zip(unread, read, strict=True))
        memory.keep(fresh)
        return {key: fresh[key] if answer is None else answer for key, answer in answers.items()}


class _Memory:
    """Answers by the hash of text and language; bounded, and safe among threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str | None]) -> Answer | None:
        digest = _digest(key)
        with self._lock:
            answer = self._answers.get(digest)
            if answer is not None:
                self._answers.move_to_end(digest)
            return answer

    def keep(self, fresh: Mapping[tuple[str, str | None], Answer]) -> None:
        with self._lock:
            for key, answer in fresh.items():
                self._answers[_digest(key)] = answer
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)


def _digest(key: tuple[str, str | None]) -> bytes:
    text, language = key
    return blake2b(f"{language}\n{text}".encode(errors="surrogatepass"), digest_size=16).digest()
