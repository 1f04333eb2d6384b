"""Signed checkpoints: what the log was at some row, so that it cannot be rewritten before it.

The signature is Ed25519 over the canonical JSON of ``at``, ``hash``, ``key``, ``log`` and ``rows``,
ASCII. ``key`` is the first sixteen digits of the SHA-256 of the raw public key.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from engine.audit.form import canonical_json
from engine.audit.report import ChainHead
from engine.audit.walk import Anchor
from engine.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

# Signed with it, so that a signature made for this log says nothing of anything else.
_LOG = "tocsin outcomes"
_ID_DIGITS = 16
_END = b"-----END PUBLIC KEY-----"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log was when it had so many rows, signed.

    Attributes:
        at: When it was signed, ISO 8601 in UTC.
        key: Id of the key.
        signature: In hex.
    """

    rows: int
    hash: str
    at: str
    key: str
    signature: str

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)

    @property
    def statement(self) -> bytes:
        """What is signed."""
        said = {"log": _LOG, "rows": self.rows, "hash": self.hash, "at": self.at, "key": self.key}
        return canonical_json(said).encode("ascii")


def read_checkpoint(value: Any) -> Checkpoint:
    """Read a checkpoint's JSON object.

    Raises:
        ValueError: It is none; the message says why.
    """
    if not isinstance(value, dict):
        message = "a checkpoint is a JSON object"
        raise ValueError(message)  # noqa: TRY004 - what is wrong is a file's text
    texts = ("hash", "at", "key", "signature")
    if set(value) != {"rows", *texts}:
        message = f"a checkpoint has rows, {', '.join(texts)} and nothing else"
        raise ValueError(message)
    if type(value["rows"]) is not int or not all(isinstance(value[one], str) for one in texts):
        message = "a checkpoint's rows are a number, the rest of it text"
        raise ValueError(message)
    return Checkpoint(**value)


class SigningKey:
    """The private key that signs.

    Attributes:
        id: Stands in each checkpoint it signed.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.id = _key_id(key.public_key())

    @classmethod
    def from_pem(cls, pem: bytes, *, place: str) -> Self:
        """Read a PEM of an Ed25519 private key.

        Args:
            place: Where it stood, for the message.

        Raises:
            ConfigError: It is none.
        """
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            message = f"{place} holds no private key in PEM form without a password"
            raise ConfigError(message) from error
        if not isinstance(key, Ed25519PrivateKey):
            message = f"{place} holds a private key of another kind: an Ed25519 key is wanted"
            raise ConfigError(message)
        return cls(key)

    @property
    def public_pem(self) -> str:
        """The public key, as ``--public-key`` reads it."""
        found = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return found.decode("ascii")

    def sign(self, head: ChainHead, *, at: str) -> Checkpoint:
        """Return a checkpoint of a head."""
        bare = Checkpoint(head.rows, head.hash, at, self.id, "")
        return Checkpoint(head.rows, head.hash, at, self.id, self._key.sign(bare.statement).hex())


class TrustedKeys:
    """Public keys whose checkpoints are believed."""

    def __init__(self, keys: Iterable[Ed25519PublicKey] = ()) -> None:
        self._keys = {_key_id(key): key for key in keys}

    @classmethod
    def from_pems(cls, pems: Mapping[str, bytes]) -> Self:
        """Read PEMs by where they stood; each holds one public key or several, one after another.

        Raises:
            ConfigError: One holds none.
        """
        keys = [key for place, pem in pems.items() for key in _public_keys(pem, place)]
        return cls(keys)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def fault_of(self, checkpoint: Checkpoint) -> str:
        """Say why a checkpoint is not to be believed; empty where it is."""
        key = self._keys.get(checkpoint.key)
        if key is None:
            known = ", ".join(self._keys)
            return f"key {checkpoint.key or 'none'} signed it, and trusted are {known}"
        try:
            key.verify(bytes.fromhex(checkpoint.signature), checkpoint.statement)
        except (InvalidSignature, ValueError):
            return f"its signature is not one of key {checkpoint.key}"
        return ""


def anchor_of(checkpoint: Checkpoint, trusted: TrustedKeys) -> Anchor:
    """Return what a checkpoint holds the log to.

    Args:
        trusted: Where there are none, its signature is not looked at.
    """
    name = f"the checkpoint of {checkpoint.at}"
    forged = trusted.fault_of(checkpoint) if trusted else ""
    if not forged and checkpoint.rows < 1:
        forged = f"it speaks of {checkpoint.rows} rows"
    head = ChainHead(checkpoint.rows, checkpoint.hash)
    return Anchor(head, name, forged, is_signed=True, is_checked=bool(trusted))


def _public_keys(pem: bytes, place: str) -> list[Ed25519PublicKey]:
    parts = [part + _END for part in pem.split(_END)[:-1]]
    if not parts:
        message = f"{place} holds no public key in PEM form: `tocsin audit key` prints one"
        raise ConfigError(message)
    found = []
    for part in parts:
        try:
            key = load_pem_public_key(part)
        except ValueError as error:
            message = f"{place} holds a public key that cannot be read"
            raise ConfigError(message) from error
        if not isinstance(key, Ed25519PublicKey):
            message = f"{place} holds a public key of another kind: an Ed25519 key is wanted"
            raise ConfigError(message)
        found.append(key)
    return found


def _key_id(key: Ed25519PublicKey) -> str:
    raw = key.public_bytes_raw()
    return hashlib.sha256(raw).hexdigest()[:_ID_DIGITS]
