"""Read a file of brands, or say every fault where it stands."""

from __future__ import annotations

import difflib
import unicodedata
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from engine.brand import Brand
from engine.located_yaml import Node, decode, load
from engine.problem import Problem, ProblemSeverity, Span, sort_problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_NAME = 100


def _written(value: Any) -> Any:
    """Take a number for the name it is: ``1664`` is a beer."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


Name = Annotated[str, BeforeValidator(_written), Field(max_length=LONGEST_NAME)]
Names = tuple[Name, ...]


class BrandShape(BaseModel):
    """One brand as it stands in the file; `engine.brand.Brand` says what each field means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    names: Names = ()
    handles: Names = ()
    hashtags: Names = ()
    misspellings: Names = ()
    close_spellings: bool = True
    products: dict[Name, Names] = {}
    competitors: dict[Name, Names] = {}
    not_when: Names = ()


class BrandsShape(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    brands: dict[Name, BrandShape]


def read_brands(path: Path) -> tuple[tuple[Brand, ...] | None, list[Problem]]:
    """Read a file of brands.

    Returns:
        The brands in the order of the file, None where there are errors; and every fault found.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        why = f"the file of brands cannot be read: {error.strerror}"
        return None, [Problem("B100", ProblemSeverity.ERROR, Span(str(path), 1, 1), why)]
    reader = _BrandsReader(str(path))
    brands = reader.read(data)
    problems = sort_problems(reader.problems)
    if any(one.severity is ProblemSeverity.ERROR for one in problems):
        return None, problems
    return brands, problems


class _BrandsReader:
    """Reads one file, collecting problems."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file

    def read(self, data: bytes) -> tuple[Brand, ...] | None:
        text, problems = decode(data, self._file, family="B")
        documents, more = load(text, self._file, family="B")
        self.problems += [*problems, *more]
        for extra in documents[1:]:
            self._report("B101", extra.span, "a file of brands holds one document")
        if self.problems:
            return None
        root = documents[0] if documents else Node({}, Span(self._file, 1, 1))
        try:
            shape = BrandsShape.model_validate(root.plain())
        except ValidationError as error:
            for fault in error.errors():
                self._fault(fault, root)
            return None
        names = [one for id_, brand in shape.brands.items() for one in _names(id_, brand)]
        for path, name in names:
            self._check_name(path, name, root)
        self._check_shared(names, root)
        return tuple(_brand(id_, brand) for id_, brand in shape.brands.items())

    def _fault(self, fault: Any, root: Node) -> None:
        path = [step for step in fault["loc"] if step != "[key]"]
        is_unknown = fault["type"] == "extra_forbidden"
        span = _span_of(root, path, wants_key=is_unknown)
        name = ".".join(map(str, path)) or "the file"
        if is_unknown:
            fields = list((BrandShape if len(path) > 1 else BrandsShape).model_fields)
            close = difflib.get_close_matches(str(path[-1]), fields, n=1)
            hint = f"did you mean '{close[0]}'? " if close else ""
            message = f"unknown field '{path[-1]}'"
            self._report("B104", span, message, f"{hint}Fields here: {', '.join(fields)}")
        elif fault["type"] == "missing":
            self._report("B105", span, f"{name} is missing")
        else:
            what = str(fault["msg"])
            self._report("B105", span, f"{name}: {what[:1].lower()}{what[1:]}")

    def _check_name(self, path: list[str | int], name: str, root: Node) -> None:
        if not any(char.isalnum() for char in name):
            span = _span_of(root, path)
            message = f"'{name}' has no letter and no digit, so it names nothing"
            self._report("B106", span, message, "leave it out, or write the name")

    def _check_shared(self, names: list[tuple[list[str | int], str]], root: Node) -> None:
        """Warn of names of two brands; that a competitor is a watched brand too is no fault."""
        first: dict[str, str | int] = {}
        for path, name in names:
            brand, field = path[1], path[2] if len(path) > 2 else ""  # noqa: PLR2004 - brands, id
            if field in {"competitors", "not_when", ""}:
                continue
            sign = {"handles": "@", "hashtags": "#"}.get(str(field), "")
            other = first.setdefault(_plain(_signed(name, sign)), brand)
            if other != brand:
                self._report(
                    "B107",
                    _span_of(root, path),
                    f"'{name}' names '{other}' as well as '{brand}'",
                    "a mention that says it and nothing else goes to the first of the two",
                    severity=ProblemSeverity.WARNING,
                )

    def _report(
        self,
        code: str,
        span: Span,
        message: str,
        help_text: str = "",
        *,
        severity: ProblemSeverity = ProblemSeverity.ERROR,
    ) -> None:
        self.problems.append(Problem(code, severity, span, message, help_text))


def _names(id_: str, brand: BrandShape) -> Iterator[tuple[list[str | int], str]]:
    """Yield every name with the path of where it stands."""
    yield ["brands", id_], id_
    yield ["brands", id_, "name"], brand.name
    for field in ("names", "handles", "hashtags", "misspellings", "not_when"):
        for at, name in enumerate(getattr(brand, field)):
            yield ["brands", id_, field, at], name
    for field in ("products", "competitors"):
        for inner, names in getattr(brand, field).items():
            yield ["brands", id_, field, inner], inner
            for at, name in enumerate(names):
                yield ["brands", id_, field, inner, at], name


def _brand(id_: str, shape: BrandShape) -> Brand:
    return Brand(
        id=id_,
        names=tuple(dict.fromkeys((shape.name, *shape.names))),
        handles=tuple(_signed(one, "@") for one in shape.handles),
        hashtags=tuple(_signed(one, "#") for one in shape.hashtags),
        misspellings=shape.misspellings,
        products=shape.products,
        competitors=shape.competitors,
        not_when=shape.not_when,
        has_close_spellings=shape.close_spellings,
    )


def _signed(name: str, sign: str) -> str:
    """Return a handle or hashtag with its sign, whether it was written or not."""
    return sign + name.removeprefix(sign)


def _plain(name: str) -> str:
    """Return a name without case and accents, as two are compared here."""
    apart = unicodedata.normalize("NFKD", name).casefold()
    return "".join(one for one in apart if not unicodedata.combining(one))


def _span_of(root: Node, path: list[str | int], *, wants_key: bool = False) -> Span:
    """Return where a path stands: its value, its key, or what there is of the way to it."""
    holder = root.find(path[:-1])
    node = root.find(path)
    last = path[-1] if path else ""
    key = holder.keys.get(last) if isinstance(last, str) else None
    if key is not None and (wants_key or node.is_mapping or node.is_list or node is holder):
        return key
    if node is holder and len(path) > 1:  # nothing stands there: the key of what it is missing in
        return _span_of(root, path[:-1], wants_key=True)
    return node.span
