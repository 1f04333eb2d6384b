"""What people and mentions leave in rows, and how it is taken out of them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.sending import fold_handle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Stands where words were; a mention needs a text to be read.
GONE = "[forgotten]"
# The same, of a mention whose time was over, or that was deleted where it was written.
REMOVED = "[removed]"
# In the place of the hash of a text that was erased: no text has it.
ERASED = "erased"
# A name or an id this short is found whole alone: as a word it would be in every other text.
_SHORTEST_WORD = 4
_SHORTEST_ID = 6
_QUOTE = 16  # characters of a text by which a quote of it is known
# Counts in a form of their own: a word in one would be chance, and changing it would be fatal.
_SKETCH = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_LIKE_A_MENTION = frozenset({"external_id", "text", "author", "published_at"})


@dataclass(frozen=True, slots=True)
class Person:
    """Who is to be forgotten, as rows name them.

    Attributes:
        ids: Source and id of each of their accounts.
        handles: Source and handle, folded, without ``@``.
        names: As shown.
    """

    ids: frozenset[tuple[str, str]] = frozenset()
    handles: frozenset[tuple[str, str]] = frozenset()
    names: frozenset[str] = frozenset()

    def words(self) -> list[str]:
        """Return what names them inside other texts, the longest first."""
        handles = {handle for _, handle in self.handles}
        found = {f"@{one}" for one in handles} | {f"@{one.partition('@')[0]}" for one in handles}
        found |= {one for one in handles if len(one) >= _SHORTEST_WORD}
        found |= {one for _, one in self.ids if len(one) >= _SHORTEST_ID}
        found |= {one for one in self.names if len(one) >= _SHORTEST_WORD}
        return sorted(found - {"@"}, key=lambda one: (-len(one), one))

    def everything(self) -> set[str]:
        """Return every id and handle, folded, however short."""
        return {fold_handle(one) for _, one in self.ids} | {one for _, one in self.handles}

    def is_author(self, source: str, author: Mapping[str, Any]) -> bool:
        """Say whether a mention's author, as JSON, is this person."""
        handle = author.get("handle")
        named = isinstance(handle, str) and (source, fold_handle(handle)) in self.handles
        return named or (source, author.get("id")) in self.ids


@dataclass(slots=True)
class Traces:
    """All that is to be taken out of other rows.

    Attributes:
        person: Whose words go; nobody where single mentions are erased.
        exact: Strings that are replaced where they stand alone: ids of mentions, keys of authors.
        erased: Source and external id of each erased mention, with what stands in for it.
        quotes: The texts of the erased mentions, by how they begin.
    """

    person: Person = field(default_factory=Person)
    exact: dict[str, str] = field(default_factory=dict)
    erased: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    quotes: dict[str, list[str]] = field(default_factory=dict)
    _words: re.Pattern[str] | None = None

    def look_for(self, person: Person) -> None:
        """Take out what names a person, too."""
        self.person = person
        words = [re.escape(word) for word in person.words()]
        found = rf"(?<![\w.@-])(?:{'|'.join(words)})(?![\w-]|\.\w)"
        self._words = re.compile(found, re.IGNORECASE) if words else None

    def add_text(self, text: str) -> None:
        """Take out quotes of a text, whole or from its beginning on."""
        if len(text) >= _QUOTE:
            self.quotes.setdefault(text[:_QUOTE], []).append(text)

    def names_alone(self) -> Traces:
        """Return what takes out names, and no quotes."""
        return Traces(self.person, self.exact, self.erased, {}, self._words)

    def names(self, text: str) -> bool:
        """Say whether a text names the person."""
        return self._words is not None and self._words.search(text) is not None

    def is_in(self, text: str) -> bool:
        """Say whether anything that is to go is in a text."""
        return self.text(text) != text

    def text(self, text: str) -> str:
        """Return a text without what is to go."""
        whole = self.exact.get(text)
        if whole is not None or _SKETCH.fullmatch(text):
            return text if whole is None else whole
        for start, end in reversed(list(self._quoted(text))):
            text = text[:start] + GONE + text[end:]
        return text if self._words is None else self._words.sub(GONE, text)

    def value(self, value: Any) -> Any:
        """Return a JSON value without what is to go; a mention that was erased leaves its shell."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.keys() >= _LIKE_A_MENTION:
            shell = self._shell(value)
            if shell is not None:
                return shell
        return {self.text(name): self.value(one) for name, one in value.items()}

    def _shell(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        known = self.erased.get((body.get("source", ""), body.get("external_id", "")))
        if known is not None:
            return known
        author = body.get("author")
        if isinstance(author, dict) and self.person.is_author(body.get("source", ""), author):
            return shell(body, GONE, GONE)
        return None

    def _quoted(self, text: str) -> Iterator[tuple[int, int]]:
        if not self.quotes:
            return
        at = 0
        while at <= len(text) - _QUOTE:
            known = self.quotes.get(text[at : at + _QUOTE])
            if known is None:
                at += 1
                continue
            end = at + max(_common(text, at, one) for one in known)
            yield at, end
            at = end


def shell(body: Mapping[str, Any], mention_id: str, external_id: str) -> dict[str, Any]:
    """Return what is left of a mention's body: when and where it was, nothing of who or what."""
    kept = ("source", "kind", "language", "brand", "published_at", "observed_at", "metrics")
    left = {name: body[name] for name in kept if body.get(name) is not None}
    text = REMOVED if external_id == body.get("external_id") else GONE
    return {"id": mention_id, "external_id": external_id, "text": text, "author": {}, **left}


def like_forms(words: Iterable[str]) -> list[str]:
    """Return the forms in which words may stand in a column, for a search that knows ASCII's case.

    Letters beyond ASCII in either case, and as JSON escapes.
    """
    found: dict[str, None] = {}
    for word in words:
        for form in (word, word.casefold(), word.upper(), word.title()):
            found[form] = None
            escaped = "".join(one if one.isascii() else f"\\u{ord(one):04x}" for one in form)
            found[escaped] = None
    return [form for form in found if not _is_covered(form, found)]


def _is_covered(form: str, forms: Mapping[str, None]) -> bool:
    """Say whether a search for another form, a part of this one, finds it as well."""
    for other in forms:
        is_part = other in form if not other.isascii() else other.lower() in form.lower()
        if is_part and other != form:
            is_same = other.lower() == form.lower() and other.isascii()
            # Of two that cover one another the first is looked for.
            if not is_same or list(forms).index(other) < list(forms).index(form):
                return True
    return False


def _common(text: str, at: int, quoted: str) -> int:
    length = 0
    for one, other in zip(text[at : at + len(quoted)], quoted, strict=False):
        if one != other:
            break
        length += 1
    return length
