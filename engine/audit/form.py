"""The form of a row of the outcome log: what its hash goes over, and what can be erased of it.

A row's hash is the SHA-256, in hex, of the canonical JSON (keys sorted, no spaces, ASCII) of the
fields of `PLAIN` and of ``seals``: a digest of each field of `SEALED`. Those fields may hold what a
person said or is called. Each digest is the SHA-256, in hex, of sixteen random bytes (the salt)
and the field's UTF-8 text. Where a row is erased, the words and the salts go and the digests stay:
the chain fits as before, and without its salt a digest does not betray what it was made of, not
even to one who can guess.

Rows written before there were seals are hashed over the words themselves (`UNSEALED`).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GENESIS = "0" * 64
PLAIN = (
    "seq",
    "at",
    "kind",
    "action_id",
    "policy",
    "rule",
    "action",
    "state",
    "reason",
    "previous",
)
SEALED = ("mention", "detail", "payload")
UNSEALED = (*PLAIN, *SEALED)
COLUMNS = (*UNSEALED, "hash", "seals", "erased")
# What stands in an erased row, as the columns hold it.
BLANK = {"mention": "", "detail": "", "payload": "{}"}
SALT_BYTES = 16
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
# Seals have one form alone, so that nothing can be hidden in them.
_SEAL = r'"{}":{{"digest":"([0-9a-f]{{64}})","salt":"((?:[0-9a-f]{{32}})?)"}}'
_SEALS = re.compile(r"\{" + ",".join(_SEAL.format(name) for name in sorted(SEALED)) + r"\}")
_OPTIONAL = frozenset({"reason", "seals"})
_NUMBERS = frozenset({"seq", "erased"})


def canonical_json(value: Any) -> str:
    """Return the one way to write a JSON value: keys sorted, no spaces, ASCII."""
    return _ENCODER.encode(value)


def hash_json(value: Any) -> str:
    """Return the SHA-256, in hex, of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def seal_words(row: Mapping[str, Any], randomness: Callable[[int], bytes]) -> str:
    """Return the column ``seals`` of a new row: a salt and a digest of each field of `SEALED`.

    Args:
        randomness: Gives so many random bytes: `os.urandom` but in tests.
    """
    drawn = randomness(SALT_BYTES * len(SEALED))
    salts = [drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)]
    return canonical_json(
        {
            name: {"digest": _digest(salt, row[name]), "salt": salt.hex()}
            for name, salt in zip(SEALED, salts, strict=True)
        }
    )


def without_salts(seals: str) -> str:
    """Return the column ``seals`` of a row that is erased: the digests alone.

    Raises:
        ValueError: They have not the form of seals.
    """
    read = _read_seals(seals)
    return canonical_json({name: {"digest": read[name][0], "salt": ""} for name in SEALED})


def outcome_hash(row: Mapping[str, Any]) -> str:
    """Return the hash a row must have.

    Args:
        row: As the columns hold it: ``at``, ``payload`` and ``seals`` are text.

    Raises:
        ValueError: Its seals have not the form of seals.
    """
    if row["seals"] is None:
        return hash_json({name: row[name] for name in UNSEALED})
    digests = {name: digest for name, (digest, _) in _read_seals(row["seals"]).items()}
    return hash_json({name: row[name] for name in PLAIN} | {"seals": digests})


def rest_hash(row: Mapping[str, Any]) -> str:
    """Return a digest of what erasing leaves of a row without seals, its hash among it."""
    return hash_json({name: row[name] for name in (*PLAIN, "hash")})


def fault_of(row: Mapping[str, Any], *, kept: str | None = None) -> str:
    """Say what in a row does not fit the rest of it; empty where all does.

    Args:
        kept: Of a row without seals that was erased: what the erasure noted of the rest of it.
    """
    if not _is_typed(row):
        return "a column holds another type of value than it was written with"
    if row["erased"] and any(row[name] != blank for name, blank in BLANK.items()):
        return "it counts as erased and has words"
    if row["seals"] is None and row["erased"]:
        is_whole = kept is not None and kept == rest_hash(row)
        return "" if is_whole else "it does not fit what was noted when it was erased"
    try:
        if row["hash"] != outcome_hash(row):
            return "it does not fit its hash"
    except ValueError as error:
        return str(error)
    return "" if row["seals"] is None else _fault_of_seals(row)


def _fault_of_seals(row: Mapping[str, Any]) -> str:
    for name, (digest, salt) in _read_seals(row["seals"]).items():
        if row["erased"]:
            if salt:
                return f"it counts as erased and keeps the salt of its {name}"
        elif not salt or _digest(bytes.fromhex(salt), row[name]) != digest:
            return f"its {name} does not fit its seal"
    return ""


def _is_typed(row: Mapping[str, Any]) -> bool:
    """Say whether each column holds its type: SQLite keeps any in any."""
    if not all(type(row[name]) is int for name in _NUMBERS) or row["erased"] not in (0, 1):
        return False
    texts = (name for name in COLUMNS if name not in _NUMBERS)
    return all(
        isinstance(row[name], str) or (row[name] is None and name in _OPTIONAL) for name in texts
    )


def _digest(salt: bytes, words: str) -> str:
    return hashlib.sha256(salt + words.encode("utf-8", "surrogatepass")).hexdigest()


def _read_seals(seals: str) -> dict[str, tuple[str, str]]:
    """Return digest and salt of each field; raises ValueError where seals have another form."""
    found = _SEALS.fullmatch(seals)
    if found is None:
        message = "its seals have not the form of seals"
        raise ValueError(message)
    parts = found.groups()
    return {
        name: (parts[2 * place], parts[2 * place + 1]) for place, name in enumerate(sorted(SEALED))
    }
