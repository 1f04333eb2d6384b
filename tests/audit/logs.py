"""Outcome logs made by hand, and a judge of them: in memory and as an exported file, which agree."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.audit.checkpoints import SigningKey, TrustedKeys, anchor_of
from engine.audit.erasures import ERASURE, Erasures, payload_of
from engine.audit.export import LogFile, LogWriter
from engine.audit.form import (
    BLANK,
    GENESIS,
    canonical_json,
    outcome_hash,
    seal_words,
    without_salts,
)
from engine.audit.report import ChainHead, ChainReport
from engine.audit.walk import Anchor, Walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.audit.checkpoints import Checkpoint

    Row = dict[str, Any]

# Any 32 bytes are a key: the tests' own are the same each time.
KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(b"k" * 32))
OTHER_KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(b"o" * 32))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOBODY = TrustedKeys()


def trusting(*keys: SigningKey) -> TrustedKeys:
    """Public keys, as `--public-key` would name them."""
    return TrustedKeys.from_pems({key.id: key.public_pem.encode() for key in keys})


def log(count: int, *, erased: Iterable[int] = ()) -> list[Row]:
    """A log of so many rows, then one more that erases some of them."""
    rows: list[Row] = []
    for number in range(1, count + 1):
        append(rows, mention=f"import:{number}", detail=f"of @jane, {number}", state="sent")
    gone = sorted(erased)
    if gone:
        payload = canonical_json(payload_of(gone, {}, by="dana", reason="request 17"))
        append(rows, kind=ERASURE, action="erase", payload=payload)
        for number in gone:
            blank(rows[number - 1])
    return rows


def append(rows: list[Row], **fields: Any) -> Row:
    """Append a row as the engine would."""
    number = len(rows) + 1
    row = {
        "seq": number,
        "at": (NOON + timedelta(seconds=number)).isoformat(timespec="microseconds"),
        "kind": "action",
        "action_id": f"action-{number}",
        "mention": "",
        "policy": "care",
        "rule": "angry",
        "action": "notify",
        "state": "erased",
        "reason": None,
        "detail": "",
        "payload": '{"attempts":1}',
        "previous": rows[-1]["hash"] if rows else GENESIS,
        "erased": 0,
        **fields,
    }
    row["seals"] = seal_words(row, lambda count: bytes([number % 256]) * count)
    row["hash"] = outcome_hash(row)
    rows.append(row)
    return row


def blank(row: Row) -> None:
    """Blank a row as an erasure does."""
    row |= BLANK | {"erased": 1, "seals": without_salts(row["seals"])}


def rehash(rows: list[Row], *, start: int) -> None:
    """Make rows fit from a number on, as one would who knows how the chain is made."""
    for row in rows[start - 1 :]:
        number = row["seq"]
        row["previous"] = rows[number - 2]["hash"] if number > 1 else GENESIS
        row["seals"] = seal_words(row, bytes)
        row["hash"] = outcome_hash(row)


def head_of(rows: Sequence[Row]) -> ChainHead:
    """Where a log ends."""
    return ChainHead(len(rows), rows[-1]["hash"]) if rows else ChainHead(0, GENESIS)


def exported(rows: Iterable[Row], head: ChainHead, checkpoints: Sequence[Checkpoint] = ()) -> bytes:
    """The log as a file."""
    out = io.BytesIO()
    writer = LogWriter(out)
    writer.begin(head, checkpoints)
    for row in rows:
        writer.row(row, last=head.rows)
    return out.getvalue()


def judge_file(
    data: bytes, *, trusted: TrustedKeys = NOBODY, anchors: Sequence[Anchor] = ()
) -> ChainReport:
    """What is found in an exported file."""
    return LogFile(io.BytesIO(data), "log.jsonl").check(trusted=trusted, anchors=anchors)


def judge(
    rows: Sequence[Row],
    head: ChainHead,
    checkpoints: Sequence[Checkpoint] = (),
    *,
    trusted: TrustedKeys = NOBODY,
    kept: Sequence[Checkpoint] = (),
) -> ChainReport:
    """What is found in a log; in memory and as a file it is the same."""
    anchors = [anchor_of(one, trusted) for one in kept]
    erasures = Erasures()
    for row in rows:
        if row["kind"] == ERASURE:
            erasures.add(row["seq"], row["payload"])
    signed = [anchor_of(one, trusted) for one in checkpoints]
    own = [Anchor(head, "the head")] if head.rows else []
    walk = Walk(erasures, [*anchors, *signed, *own])
    for row in rows:
        if not walk.step(row):
            break
    walk.explain([row for row in rows if row["previous"] in walk.sought])
    report = walk.end(head=head)
    written = exported(rows, head, checkpoints)
    assert judge_file(written, trusted=trusted, anchors=anchors) == report
    return report


def lines_of(data: bytes) -> list[dict[str, Any]]:
    """The lines of an exported file, read."""
    return [json.loads(line) for line in data.splitlines()]
