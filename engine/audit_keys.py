"""The keys that sign the outcome log's checkpoints, found where the settings say."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from engine.audit.auditor import Auditor
from engine.audit.checkpoints import SigningKey, TrustedKeys
from engine.errors import ConfigError
from engine.store.database import parse_url

if TYPE_CHECKING:
    from engine.audit.auditor import CheckpointBook
    from engine.settings import Configuration

_SECRET = re.compile(r"\$\{(?:file:(?P<file>[^}]+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*))\}")
_BEGINS = "-----BEGIN"


def build_auditor(configuration: Configuration, book: CheckpointBook) -> Auditor:
    """Return what signs a store's log as the settings say, its key made where there is none.

    Args:
        book: `engine.store.Store.audit`.

    Raises:
        ConfigError: A key cannot be read, or the file made.
    """
    chosen = configuration.settings.audit
    key = signing_key(configuration)
    trusted = trusted_keys(configuration)
    return Auditor(book, key, trusted, every=chosen.every, within=chosen.within)


def signing_key(configuration: Configuration) -> SigningKey:
    """Return the key that signs, made where a file is named, or none is, and there is none.

    Raises:
        ConfigError: It cannot be read, or made.
    """
    found = _secret(configuration)
    if found is not None:
        return SigningKey.from_pem(found, place="audit.key")
    path = key_file(configuration)
    if not path.exists():
        _make(path)
    return SigningKey.from_pem(_read(path), place=str(path))


def trusted_keys(configuration: Configuration) -> TrustedKeys:
    """Return the keys whose checkpoints are believed: the one that signs and the earlier ones.

    There is none where no key was made yet: nothing was signed then.

    Raises:
        ConfigError: One cannot be read.
    """
    pems: dict[str, bytes] = {}
    if _secret(configuration) is not None or key_file(configuration).exists():
        pems["audit.key"] = signing_key(configuration).public_pem.encode("ascii")
    for named in configuration.settings.audit.earlier:
        path = configuration.path(named)
        pems[str(path)] = _read(path)
    return TrustedKeys.from_pems(pems)


def read_public_keys(paths: list[Path]) -> TrustedKeys:
    """Read public keys from files of theirs.

    Raises:
        ConfigError: One cannot be read.
    """
    return TrustedKeys.from_pems({str(path): _read(path) for path in paths})


def key_file(configuration: Configuration) -> Path:
    """Return where the private key lies, or would be made."""
    named = configuration.settings.audit.key
    if named is not None:
        return configuration.path(named)
    url = parse_url(configuration.settings.database.url)
    if url.get_backend_name() != "sqlite":
        return Path("var/audit.key.pem")
    path = Path(str(url.database))
    return path.with_name(f"{path.name}.key.pem")


def _secret(configuration: Configuration) -> bytes | None:
    """Return the PEM that the setting holds or names as a secret; None where it names a file."""
    named = configuration.settings.audit.key or ""
    if named.startswith(_BEGINS):
        return named.encode("utf-8")
    found = _SECRET.fullmatch(named)
    if found is None:
        return None
    if found["file"]:
        return _read(Path(found["file"]))
    if found["name"] not in configuration.environment:
        message = f"audit.key: {found['name']} is not set in the environment"
        raise ConfigError(message)
    return configuration.environment[found["name"]].encode("utf-8")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"the key {path} cannot be read: {error.strerror}"
        raise ConfigError(message) from error


def _make(path: Path) -> None:
    """Write a new key, whole or not at all; where another was quicker, its key stays."""
    made = Ed25519PrivateKey.generate()
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(staged, path)
        except FileExistsError:
            return
        finally:
            staged.unlink()
    except OSError as error:
        message = f"the key {path}, which signs the outcome log, cannot be made: {error.strerror}"
        raise ConfigError(message) from error
