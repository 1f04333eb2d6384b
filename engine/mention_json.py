"""A mention as JSON: the form of files, tests, the store and the API, read strictly.

What is not given is absent, but for ``source`` (``import``), ``kind`` (``mention``), ``hashtags``
and ``links`` (read from the text), ``external_id`` (a hash of author, time and text) and ``id``
(``source:external_id``). Unknown fields are ignored: exports carry many.
"""

from __future__ import annotations

import hashlib
import math
import re
import reprlib
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.classification import UNKNOWN, Classification
from engine.errors import MentionError
from engine.mention import KINDS, Author, Mention, Metrics, Place
from engine.units import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_TEXT = 100_000
_LONGEST_NAME = 2_000
_LONGEST_SEEN = 60
_DEEPEST_MEDIA = 16
_SHORT = reprlib.Repr()
_SHORT.maxlevel = 3
_SHORT.maxstring = _SHORT.maxother = _LONGEST_SEEN
_HASHTAG = re.compile(r"(?<![\w&/#])#(\w*[^\W\d_]\w*)")
_LINK = re.compile(r"https?://[^\s<>\"'\u00ab\u00bb]+", re.IGNORECASE)
_LINK_TAIL = ".,;:!?)]}\u2026"


def read_mention(data: Any, *, default_source: str = "import") -> Mention:
    """Read one mention.

    Raises:
        MentionError: A field is missing or has no sense; the message names it and what was seen.
    """
    if not isinstance(data, dict):
        message = f"a mention is a JSON object, not {_seen(data)}"
        raise MentionError(message)
    text = _string(data, "text", longest=LONGEST_TEXT)
    if text is None or not text.strip():
        message = "text is missing or empty: a mention needs text"
        raise MentionError(message)
    published_at = _instant(data, "published_at")
    if published_at is None:
        message = "published_at is missing: a mention needs a date and time with a zone"
        raise MentionError(message)
    source = _string(data, "source") or default_source
    author = _author(data.get("author"))
    external_id = _string(data, "external_id") or _identity_hash(author, published_at, text)
    return Mention(
        id=_string(data, "id") or f"{source}:{external_id}",
        source=source,
        external_id=external_id,
        kind=_kind(data),
        text=text,
        language=_language(data),
        published_at=published_at,
        observed_at=_instant(data, "observed_at"),
        url=_string(data, "url"),
        links=_strings(data, "links") if data.get("links") is not None else find_links(text),
        hashtags=_hashtags(data, text),
        brand=_string(data, "brand"),
        in_reply_to=_string(data, "in_reply_to"),
        media=_media(data),
        place=_place(data.get("place")),
        author=author,
        metrics=_metrics(data.get("metrics")),
        classifications=_classifications(data.get("classifications")),
    )


def write_mention(mention: Mention) -> dict[str, Any]:
    """Return the mention in the form `read_mention` reads; ``read(write(m)) == m``."""
    author, metrics, place = mention.author, mention.metrics, mention.place
    data: dict[str, Any] = {
        "id": mention.id,
        "source": mention.source,
        "external_id": mention.external_id,
        "kind": mention.kind,
        "text": mention.text,
        "language": mention.language,
        "published_at": format_instant(mention.published_at),
        "observed_at": format_instant(mention.observed_at) if mention.observed_at else None,
        "url": mention.url,
        "links": list(mention.links),
        "hashtags": list(mention.hashtags),
        "brand": mention.brand,
        "in_reply_to": mention.in_reply_to,
        "media": list(mention.media),
        "place": {"name": place.name, "country": place.country} if place else None,
        "author": {
            "id": author.id,
            "handle": author.handle,
            "name": author.name,
            "followers": author.followers,
            "verified": author.verified,
            "created_at": format_instant(author.created_at) if author.created_at else None,
            "language": author.language,
        },
        "metrics": {
            name: getattr(metrics, name) for name in ("likes", "shares", "replies", "reach")
        },
    }
    if mention.classifications:
        data["classifications"] = {
            one.task: write_classification(one) for one in mention.classifications
        }
    return data


def write_classification(one: Classification) -> dict[str, Any]:
    """Return a classification as JSON, without its task."""
    return {
        "label": one.label,
        "score": one.score,
        "scores": dict(one.scores),
        "classifier": one.classifier,
        "version": one.version,
    }


def read_classification(task: str, data: Any) -> Classification:
    """Read one classification: an object, or just the label.

    Raises:
        MentionError: It names no label, or a score is not a number in [0, 1].
    """
    if isinstance(data, str):
        data = {"label": data, "score": 1.0}
    if not isinstance(data, dict) or not isinstance(data.get("label"), str):
        message = f"classifications.{task} needs a label, saw {_seen(data)}"
        raise MentionError(message)
    score = data.get("score", 0.0 if data["label"] == UNKNOWN else 1.0)
    scores = data.get("scores") or {}
    if not isinstance(scores, dict):
        message = f"classifications.{task}.scores must be an object, saw {_seen(scores)}"
        raise MentionError(message)
    return Classification(
        task=task,
        label=data["label"],
        score=_score(task, score),
        scores={str(label): _score(task, value) for label, value in scores.items()},
        classifier=str(data.get("classifier") or "given"),
        version=str(data.get("version") or ""),
    )


def find_hashtags(text: str) -> tuple[str, ...]:
    """Return a text's hashtags in lower case without ``#``, each once, in order."""
    return tuple(dict.fromkeys(tag.lower() for tag in _HASHTAG.findall(text)))


def find_links(text: str) -> tuple[str, ...]:
    """Return the URLs written out in a text, each once, in order, without closing punctuation."""
    return tuple(dict.fromkeys(link.rstrip(_LINK_TAIL) for link in _LINK.findall(text)))


def text_hash(text: str) -> str:
    """Return what two mentions' texts must share to count as the same text.

    Unicode composition and the amount of white space make no difference; case does.
    """
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _identity_hash(author: Author, published_at: datetime, text: str) -> str:
    who = author.id or author.handle or author.name or ""
    parts = "\x1f".join((who, format_instant(published_at), text))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _seen(value: Any) -> str:
    # reprlib looks only a few levels in: a value may be nested as deep as JSON goes.
    shown = repr(value) if isinstance(value, str) else _SHORT.repr(value)
    return shown if len(shown) <= _LONGEST_SEEN else f"{shown[:_LONGEST_SEEN]}..."


def _string(data: Mapping[str, Any], name: str, *, longest: int = _LONGEST_NAME) -> str | None:
    value = data.get(name)
    if isinstance(value, str):
        value = value.replace("\x00", "")
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        message = f"{name} must be text, saw {_seen(value)}"
        raise MentionError(message)
    if len(value) > longest:
        message = f"{name} has {len(value)} characters; at most {longest} are read"
        raise MentionError(message)
    return value


def _strings(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = data.get(name)
    if isinstance(value, str):
        value = value.split()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        message = f"{name} must be a list of texts, saw {_seen(value)}"
        raise MentionError(message)
    return tuple(one.replace("\x00", "") for one in value)


def _hashtags(data: Mapping[str, Any], text: str) -> tuple[str, ...]:
    if data.get("hashtags") is None:
        return find_hashtags(text)
    return tuple(
        tag for one in _strings(data, "hashtags") if (tag := one.lower().lstrip("#").strip())
    )


def _media(data: Mapping[str, Any]) -> tuple[Any, ...]:
    value = data.get("media") or []
    if not isinstance(value, list) or not all(isinstance(one, (str, dict)) for one in value):
        message = f"media must be a list of texts or objects, saw {_seen(value)}"
        raise MentionError(message)
    if _is_deeper(value, _DEEPEST_MEDIA):
        message = f"media is nested more than {_DEEPEST_MEDIA} levels deep"
        raise MentionError(message)
    return tuple(value)


def _is_deeper(value: Any, levels: int) -> bool:
    """Say whether lists and objects stand inside one another more than so many levels."""
    inside = value.values() if isinstance(value, dict) else value
    if not isinstance(value, (dict, list)):
        return False
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inside)


def _kind(data: Mapping[str, Any]) -> str:
    kind = _string(data, "kind") or "mention"
    if kind not in KINDS:
        message = f"kind must be one of {', '.join(KINDS)}, saw {_seen(kind)}"
        raise MentionError(message)
    return kind


def _language(data: Mapping[str, Any]) -> str | None:
    language = _string(data, "language")
    return language.lower().replace("_", "-") if language else None


def _instant(data: Mapping[str, Any], name: str) -> datetime | None:
    value = data.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        message = f"{name} must be an ISO 8601 date and time with a zone, saw {_seen(value)}"
        raise MentionError(message)
    try:
        return parse_instant(value)
    except ValueError as error:
        message = f"{name}: {error}"
        raise MentionError(message) from None


def _count(data: Mapping[str, Any], name: str, where: str) -> int | None:
    value = data.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and re.fullmatch(r"\d{1,18}", value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        message = f"{where}.{name} must be a whole number from 0, saw {_seen(value)}"
        raise MentionError(message)
    return value


def _flag(data: Mapping[str, Any], name: str, where: str) -> bool | None:
    value = data.get(name)
    if isinstance(value, str):
        value = {"true": True, "false": False, "": None}.get(value.lower(), value)
    if value is not None and not isinstance(value, bool):
        message = f"{where}.{name} must be true or false, saw {_seen(value)}"
        raise MentionError(message)
    return value


def _object(value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        message = f"{where} must be an object, saw {_seen(value)}"
        raise MentionError(message)
    return value


def _author(value: Any) -> Author:
    data = _object({"handle": value} if isinstance(value, str) else value, "author")
    return Author(
        id=_string(data, "id"),
        handle=_string(data, "handle"),
        name=_string(data, "name"),
        followers=_count(data, "followers", "author"),
        verified=_flag(data, "verified", "author"),
        created_at=_instant(data, "created_at"),
        language=_language(data),
    )


def _metrics(value: Any) -> Metrics:
    data = _object(value, "metrics")
    return Metrics(
        *(_count(data, name, "metrics") for name in ("likes", "shares", "replies", "reach"))
    )


def _place(value: Any) -> Place | None:
    if value is None or value == "":
        return None
    data = _object({"name": value} if isinstance(value, str) else value, "place")
    return Place(name=_string(data, "name"), country=_string(data, "country"))


def _classifications(value: Any) -> tuple[Classification, ...]:
    data = _object(value, "classifications")
    return tuple(read_classification(str(task), one) for task, one in data.items())


def _score(task: str, value: Any) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= 1:
        message = f"classifications.{task}: a score is a number from 0 to 1, saw {_seen(value)}"
        raise MentionError(message)
    return float(value)
