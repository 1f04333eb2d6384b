"""A head: the weights of one task, its calibration and its floor, as one small file.

The file is a skops archive that holds text and arrays of numbers only. It is read with an empty
list of trusted types, so no file can make the reader run anything.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import numpy as np
import skops.io
from scipy.sparse import csr_matrix
from skops.io.exceptions import UntrustedTypesFoundException

from engine.errors import ConfigError
from models.calibration import Calibration
from models.features import COLUMNS, FEATURES_VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.fitting import Weights

_TRUSTED: tuple[str, ...] = ()  # text, mappings and arrays of numbers need no trust
_SCHEMA = "schema.json"
# What the zip, skops, numpy and JSON readers raise on bytes that are not theirs.
_UNREADABLE = (BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError, AttributeError)
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first instant a zip file can name


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One task's linear weights over `models.features`.

    Attributes:
        columns: The features that weigh anything, int32, growing.
        weights: float16, (n_columns, n_labels).
        intercept: float32, (n_labels,).
        floor: Least score of an answer; below it the label is ``unknown``.
        version: Changes when an answer may change.
        measured: What was measured when the head was made, as JSON, for people.
    """

    task: str
    labels: tuple[str, ...]
    columns: NDArray[np.int32]
    weights: NDArray[np.float16]
    intercept: NDArray[np.float32]
    calibration: Calibration
    floor: float
    version: str
    measured: dict[str, Any]


class HeadWeights:
    """Weights laid out for use: one lookup from any feature to its row of weights."""

    def __init__(self, learnt: Head | Weights) -> None:
        # Row 0 is all zero and stands for every feature that weighs nothing.
        self._row_of = np.zeros(COLUMNS, dtype=np.int32)
        self._row_of[learnt.columns] = np.arange(1, len(learnt.columns) + 1, dtype=np.int32)
        nothing = np.zeros((1, len(learnt.intercept)), dtype=np.float32)
        self._weights = np.concatenate((nothing, learnt.weights.astype(np.float32)))
        self._intercept = learnt.intercept

    def logits(self, features: csr_matrix) -> NDArray[np.float32]:
        """Return raw scores, float32, (n_texts, n_labels); each row depends on its text alone."""
        shape = (features.shape[0], len(self._weights))
        rows = csr_matrix((features.data, self._row_of[features.indices], features.indptr), shape)
        return np.asarray(rows @ self._weights + self._intercept, dtype=np.float32)


def write_head(head: Head) -> bytes:
    """Return a head's file; equal heads give equal bytes."""
    about = {
        "features": FEATURES_VERSION,
        "task": head.task,
        "labels": head.labels,
        "temperature": head.calibration.default,
        "temperatures": head.calibration.by_language,
        "floor": head.floor,
        "version": head.version,
        "measured": head.measured,
    }
    payload = {
        "about": json.dumps(about, ensure_ascii=False, sort_keys=True),
        # Differences are small numbers, which deflate to a quarter of what the columns would.
        "column_steps": np.diff(head.columns, prepend=0).astype(np.int32),
        "weights": head.weights.astype(np.float16),
        "intercept": head.intercept.astype(np.float32),
    }
    return _without_chance(skops.io.dumps(payload))


def read_head(content: bytes, *, name: str) -> Head:
    """Read what `write_head` wrote.

    Args:
        name: What the messages call the file.

    Raises:
        ConfigError: The content is no head, asks to construct anything but text and numbers, or was
            made for other features.
    """
    try:
        payload = skops.io.loads(content, trusted=list(_TRUSTED))
        about = json.loads(payload["about"])
        made_for = about["features"]
        if made_for == FEATURES_VERSION:
            return _head_of(payload, about)
    except UntrustedTypesFoundException as cause:
        message = f"{name} holds more than text and numbers and was not loaded: {cause}"
        raise ConfigError(message) from cause
    except _UNREADABLE as cause:
        message = f"{name} is not a classifier's artefact: {type(cause).__name__}: {cause}"
        raise ConfigError(message) from cause
    message = (
        f"{name} was made for features version {made_for}, this engine has "
        f"{FEATURES_VERSION}: train it again"
    )
    raise ConfigError(message)


def _head_of(payload: dict[str, Any], about: dict[str, Any]) -> Head:
    return Head(
        task=about["task"],
        labels=tuple(about["labels"]),
        columns=np.cumsum(payload["column_steps"], dtype=np.int32),
        weights=payload["weights"],
        intercept=payload["intercept"],
        calibration=Calibration(about["temperature"], about["temperatures"]),
        floor=about["floor"],
        version=about["version"],
        measured=about["measured"],
    )


def _without_chance(content: bytes) -> bytes:
    """Rewrite a skops archive without memory addresses and dates, which differ from run to run."""
    with ZipFile(BytesIO(content)) as archive:
        members = {one.filename: archive.read(one) for one in archive.infolist()}
    schema = members.pop(_SCHEMA).decode()
    numbers: dict[int, int] = {}
    renumbered = _renumber(json.loads(schema), numbers)
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for filename, data in members.items():
            address, _, suffix = filename.partition(".")
            _add(archive, f"{numbers[int(address)]}.{suffix}", data)
        _add(archive, _SCHEMA, json.dumps(renumbered).encode())
    return written.getvalue()


def _add(archive: ZipFile, filename: str, data: bytes) -> None:
    info = ZipInfo(filename, _LONG_AGO)
    info.compress_type = ZIP_DEFLATED
    archive.writestr(info, data)


def _renumber(node: Any, numbers: dict[int, int]) -> Any:
    if isinstance(node, list):
        return [_renumber(one, numbers) for one in node]
    if not isinstance(node, dict):
        return node
    renumbered: dict[str, Any] = {}
    for key, value in node.items():
        if key == "__id__":
            renumbered[key] = numbers.setdefault(value, len(numbers) + 1)
        elif key == "file":
            address, _, suffix = value.partition(".")
            number = numbers.setdefault(int(address), len(numbers) + 1)
            renumbered[key] = f"{number}.{suffix}"
        else:
            renumbered[key] = _renumber(value, numbers)
    return renumbered
