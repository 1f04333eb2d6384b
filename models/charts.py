"""Draws how well a task is answered: a reliability diagram and a confusion matrix, as PNG.

Drawn without any global state and with matplotlib's own defaults, whatever the user's settings
say, so that equal figures give equal bytes.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib import rc_context, rcParamsDefault
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from models.evaluate import Bin, Evaluation

_BLUE = "#2f6db5"
_RED = "#c8452f"
_GREY = "#666666"
_DOTS_PER_INCH = 110
_LONGEST_NAME = 52  # characters of a label that are written beside an axis
_LEAST_SHARE = 0.02  # of a row: less is told by the colour alone where cells are small
_DARK = 0.55  # share from which a cell's colour wants light letters


class _Look(NamedTuple):
    """How a confusion matrix of so many labels is laid out; sizes in inches and points."""

    most_labels: float
    cell: float
    name_size: float
    number_size: float
    has_shares: bool


_LOOKS = (
    _Look(12, cell=0.95, name_size=10, number_size=9, has_shares=True),
    _Look(40, cell=0.5, name_size=9, number_size=7, has_shares=True),
    # No room for more than the count.
    _Look(float("inf"), cell=0.27, name_size=8, number_size=6, has_shares=False),
)


def reliability_diagram(evaluation: Evaluation) -> bytes:
    """Return a PNG of how often answers of each score are right, with the gap of each and counts.

    A well calibrated task's bars end on the diagonal.
    """
    return _drawn(lambda: _reliability(evaluation))


def confusion_chart(evaluation: Evaluation) -> bytes:
    """Return a PNG of what was taken for what: shares of each row, with counts.

    Labels that neither occur nor were answered are left out.
    """
    return _drawn(lambda: _confusion(evaluation))


def _drawn(draw: Callable[[], Figure]) -> bytes:
    with rc_context(rcParamsDefault), warnings.catch_warnings():
        # A label in a script the built-in font lacks is drawn as boxes, which is no fault.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        figure = draw()
        # A label is text, whatever dollar signs it holds.
        for one in figure.findobj(Text):
            one.set_parse_math(False)
        written = BytesIO()
        # Without the version of the library, which is no property of the figures.
        # Tight: names beside a square of cells may need more room than the layout foresaw.
        figure.savefig(
            written,
            format="png",
            dpi=_DOTS_PER_INCH,
            metadata={"Software": None},
            bbox_inches="tight",
        )
    return written.getvalue()


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _reliability(evaluation: Evaluation) -> Figure:
    figure = _figure(6.4, 7.0)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    _draw_bars(above, evaluation.bins)
    above.set_title(
        f"{evaluation.task}: score and accuracy\n"
        f"{evaluation.n:,} texts, calibration error {evaluation.ece:.3f}, "
        f"accuracy {evaluation.accuracy:.3f}",
        fontsize=11,
    )
    _draw_counts(below, evaluation.bins)
    return figure


def _draw_bars(axes: Axes, bins: Sequence[Bin]) -> None:
    middles = [(one.low + one.high) / 2 for one in bins]
    width = 0.9 * (bins[0].high - bins[0].low)
    axes.bar(
        middles, [one.accuracy for one in bins], width, color=_BLUE, label="share that is right"
    )
    axes.bar(
        middles,
        [one.score - one.accuracy for one in bins],
        width,
        bottom=[one.accuracy for one in bins],
        facecolor="none",
        edgecolor=_RED,
        hatch="////",
        linewidth=1.0,
        label="gap to the mean score",
    )
    axes.plot(
        [0, 1], [0, 1], color="black", linestyle="--", linewidth=1.2, label="as scored", zorder=3
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.04)
    axes.set_ylabel("share of texts answered rightly")
    axes.legend(loc="upper left", frameon=False, fontsize=9)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def _draw_counts(axes: Axes, bins: Sequence[Bin]) -> None:
    width = 0.9 * (bins[0].high - bins[0].low)
    most = max(one.n for one in bins)
    axes.bar(
        [(one.low + one.high) / 2 for one in bins], [one.n for one in bins], width, color=_GREY
    )
    for one in bins:
        axes.text(
            (one.low + one.high) / 2,
            one.n + 0.03 * most,
            _short(one.n),
            ha="center",
            va="bottom",
            fontsize=7.5,
        )
    axes.set_ylim(0, 1.25 * most)
    axes.set_ylabel("texts")
    axes.set_xlabel("score of the best label")
    axes.tick_params(axis="y", labelsize=8)


def _short(n: int) -> str:
    """Return a count in at most four characters, as wide as a bar: 9999, 12k."""
    return str(n) if n < 10_000 else f"{n / 1000:.0f}k"  # noqa: PLR2004  as the docstring says


def _confusion(evaluation: Evaluation) -> Figure:
    counts = evaluation.confusion
    kept = np.flatnonzero(counts.sum(axis=1) + counts.sum(axis=0))
    counts = counts[np.ix_(kept, kept)]
    names = [_name(evaluation.labels[index]) for index in kept]
    look = next(one for one in _LOOKS if len(names) <= one.most_labels)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    # A character beside an axis is about 0.6 of its size wide; an inch has 72 points.
    margin = 1.0 + max(len(name) for name in names) * 0.6 * look.name_size / 72
    size = max(look.cell * len(names) + margin, 5.2)
    figure = _figure(size + 1.0, size)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    scale = axes.inset_axes((1.02, 0.0, min(0.2 / (look.cell * len(names)), 0.05), 1.0))
    figure.colorbar(image, cax=scale).set_label("share of the row")
    _name_axes(axes, names, totals.ravel().tolist(), look=look)
    _write_cells(axes, counts, shares, look=look)
    axes.set_title(
        f"{evaluation.task}: what was taken for what\n{evaluation.n:,} texts, "
        f"accuracy {evaluation.accuracy:.3f}, macro-F1 {evaluation.macro_f1:.3f}",
        fontsize=11,
    )
    return figure


def _name_axes(axes: Axes, names: Sequence[str], totals: Sequence[int], *, look: _Look) -> None:
    places = range(len(names))
    counted = [f"{name} ({n:,})" for name, n in zip(names, totals, strict=True)]
    is_narrow = any(0.6 * look.name_size * len(name) > 72 * look.cell for name in names)
    axes.set_xticks(places, names, rotation=90 if is_narrow else 0, fontsize=look.name_size)
    axes.set_yticks(places, counted, fontsize=look.name_size)
    axes.set_xlabel("taken for")
    axes.set_ylabel("is (texts)")
    edges = np.arange(len(names) + 1) - 0.5
    axes.set_xticks(edges, minor=True)
    axes.set_yticks(edges, minor=True)
    axes.grid(which="minor", color="#e4e4e4", linewidth=0.5)
    axes.tick_params(which="minor", length=0)


def _write_cells(
    axes: Axes, counts: NDArray[np.int64], shares: NDArray[np.float64], *, look: _Look
) -> None:
    for row, column in np.argwhere(counts > 0).tolist():
        share, n = float(shares[row, column]), int(counts[row, column])
        if not look.has_shares and row != column and share < _LEAST_SHARE:
            continue
        axes.text(
            column,
            row,
            f"{share:.0%}\n{n:,}" if look.has_shares else _short(n),
            ha="center",
            va="center",
            fontsize=look.number_size,
            color="white" if share >= _DARK else "black",
        )


def _name(label: str) -> str:
    return label if len(label) <= _LONGEST_NAME else f"{label[: _LONGEST_NAME - 1]}…"
