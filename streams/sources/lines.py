"""From bytes to lines, and from a line or row to a mention or a dead letter.

No line is held in memory beyond `LONGEST_LINE`: the rest of a longer one is read past.
"""

from __future__ import annotations

import reprlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from engine.errors import MentionError
from engine.mention_json import read_mention
from engine.ports import DeadLetter
from streams.sources.mapping import UNMAPPED, FieldMapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from engine.mention import Mention

LONGEST_LINE = 1 << 20
"""Bytes of the longest line that is read."""
LONGEST_RAW = 64 << 10
"""Bytes kept of an input that is no mention."""
_CHUNK = 64 << 10
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its line break.

    Attributes:
        number: Counted from 1 in its file.
        data: Its bytes; only the first of them where it was too long.
        size: How many bytes it had.
        end: Offset of the byte after its line break.
        is_ended: Whether a line break followed; the last line of a file may lack one.
    """

    number: int
    data: bytes
    size: int
    end: int
    is_ended: bool = True

    @property
    def is_too_long(self) -> bool:
        """Whether ``data`` is only the beginning."""
        return self.size > len(self.data)


def split_lines(
    read: Callable[[int], bytes], *, offset: int = 0, number: int = 0
) -> Iterator[Line | None]:
    """Yield the lines of a stream, and None wherever the next read may have to wait.

    Args:
        read: Reads at most so many bytes; empty at the end.
        offset: Where in the whole the stream stands.
        number: How many lines stand before it.
    """
    held = bytearray()
    size = 0
    while chunk := read(_CHUNK):
        start = 0
        while (found := chunk.find(b"\n", start)) >= 0:
            held += chunk[start:found]
            size += found - start
            offset, number = offset + size + 1, number + 1
            yield _line(number, held, size, end=offset)
            held, size, start = bytearray(), 0, found + 1
        # One byte over the limit tells a line that is too long from one that just fits.
        held += chunk[start : start + LONGEST_LINE + 1 - len(held)]
        size += len(chunk) - start
        yield None
    if size:
        yield replace(_line(number + 1, held, size, end=offset + size), is_ended=False)


def _line(number: int, held: bytearray, size: int, *, end: int) -> Line:
    data = bytes(held[:LONGEST_RAW] if size > LONGEST_LINE else held)
    if number == 1:
        size -= len(_BOM) if data.startswith(_BOM) else 0
        data = data.removeprefix(_BOM)
    return Line(number, data, size, end)


@dataclass(frozen=True, slots=True)
class MentionReader:
    """Reads the inputs of one file, stream or request.

    Attributes:
        source: Name of the configured source, for dead letters.
        place: What the inputs stand in; a dead letter's place is ``place:line``.
        source_default: A mention's ``source`` where the input names none.
        brand: A mention's brand where the input names none.
    """

    source: str
    place: str
    mapping: FieldMapping = UNMAPPED
    source_default: str = "import"
    brand: str | None = None

    def read_line(self, line: Line) -> Mention | DeadLetter | None:
        """Read a line of JSON; None for a blank one."""
        if line.is_too_long:
            return self.too_long(line)
        if not line.data.strip():
            return None
        try:
            data = decode_json(line.data)
            if self.mapping.columns and isinstance(data, dict):
                data = self.mapping.apply(data)
            return self._mention(data)
        except MentionError as error:
            return self.dead(line.number, str(error), line.data)

    def read_row(self, row: Mapping[str, str], number: int, raw: bytes) -> Mention | DeadLetter:
        """Read a row of a table, given by column."""
        try:
            return self._mention(self.mapping.apply(row))
        except MentionError as error:
            return self.dead(number, str(error), raw)

    def read_value(self, data: Any, number: int) -> Mention | DeadLetter:
        """Read a value that was JSON already."""
        try:
            return self._mention(data)
        except MentionError as error:
            return self.dead(number, str(error), _as_bytes(data))

    def too_long(self, line: Line) -> DeadLetter:
        """Return the dead letter of a line that was not read whole."""
        reason = f"{line.size} bytes; a line has at most {LONGEST_LINE}"
        return self.dead(line.number, reason, line.data)

    def dead(self, number: int, reason: str, raw: bytes) -> DeadLetter:
        """Return a dead letter for the input of this line number."""
        place = f"{self.place}:{number}"
        return DeadLetter(self.source, place, f"line {number}: {reason}", cut_raw(raw))

    def _mention(self, data: Any) -> Mention:
        try:
            mention = read_mention(data, default_source=self.source_default)
        except MentionError as error:
            column = self.mapping.columns.get(str(error).partition(" ")[0].rstrip(":"))
            if column is None:
                raise
            message = f"{error} (read from column {column!r})"
            raise MentionError(message) from error
        return mention if mention.brand or not self.brand else replace(mention, brand=self.brand)


def _as_bytes(data: Any) -> bytes:
    try:
        return orjson.dumps(data)
    except orjson.JSONEncodeError:
        # Nested deeper than the encoder goes: the beginning of it still shows what it was.
        return reprlib.repr(data).encode("utf-8", "replace")


def decode_json(data: bytes) -> Any:
    """Decode one JSON value; NUL characters, which no database stores, are dropped.

    Raises:
        MentionError: Not UTF-8, or not JSON.
    """
    check_utf8(data)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        message = f"not JSON: {error.msg.partition(':')[0]} at character {error.pos + 1}"
        if b"\x00" in data:
            message = "not JSON: holds NUL bytes"
        raise MentionError(message) from None
    if b"\\u0000" not in data:
        return value
    try:
        return _without_nul(value)
    except RecursionError:
        message = "holds NUL characters inside lists or objects nested too deep to look through"
        raise MentionError(message) from None


def check_utf8(data: bytes) -> None:
    """Raise a MentionError that names the first byte that is not UTF-8."""
    if data.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        seen = data[error.start]
        message = f"not UTF-8: byte 0x{seen:02x} at byte {error.start + 1}; save it as UTF-8"
        raise MentionError(message) from None


def cut_raw(raw: bytes) -> str:
    """Return an input as it is kept in a dead letter: at most 64 KiB, without NUL."""
    text = raw[:LONGEST_RAW].decode(errors="replace").replace("\x00", "\ufffd")
    return text.encode()[:LONGEST_RAW].decode(errors="ignore")


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    if isinstance(value, dict):
        return {key.replace("\x00", ""): _without_nul(one) for key, one in value.items()}
    return value
