"""How commands on classifiers show figures: in points of 100 to people, as shares to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models.evaluate import Evaluation
    from models.shipped import ShippedBackend, ShippedTask
    from models.teaching import Mistake

_DIGITS = 4
_CONFUSIONS_AS_JSON = 20
_CONFUSIONS_SHOWN = 5
_FEW = 20  # texts of a language below which its figures say little


def points(share: float) -> str:
    """Return a share as points of 100: 68.4."""
    return f"{100 * share:.1f}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows below a header, the first column to the left, the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def evaluation_json(found: Evaluation, *, set_aside: int) -> dict[str, Any]:
    """Return an evaluation as the contract names its figures, and what else is known.

    Args:
        set_aside: How many lines of the input were no labelled texts.
    """
    outside = found.out_of_scope
    return {
        "task": found.task,
        "n": found.n,
        "accuracy": _share(found.accuracy),
        "macro_f1": _share(found.macro_f1),
        "macro_recall": _share(found.macro_recall),
        "per_label": {
            label: {
                "n": one.n,
                "precision": _share(one.precision),
                "recall": _share(one.recall),
                "f1": _share(one.f1),
            }
            for label, one in found.per_label.items()
        },
        "ece": _share(found.ece),
        "answered": _share(found.answered),
        "accuracy_answered": _share(found.accuracy_answered),
        "in_scope_accuracy": _share(found.in_scope_accuracy),
        "out_of_scope": outside and {"n": outside.n, "recall": _share(outside.recall)},
        "by_language": {
            code: {"n": one.n, "macro_f1": _share(one.macro_f1), "ece": _share(one.ece)}
            for code, one in found.by_language.items()
        },
        "confusions": [one._asdict() for one in found.confusions()[:_CONFUSIONS_AS_JSON]],
        "set_aside": set_aside,
        "classifier": found.classifier,
        "version": found.version,
    }


def _share(figure: float) -> float:
    return round(figure, _DIGITS)


def evaluation_text(found: Evaluation) -> str:
    """Return an evaluation for people; figures in points of 100."""
    parts = [
        f"{found.task}: {found.n:,} texts, answered by {found.classifier} {found.version}",
        "\n".join(_summary(found)),
        table(
            ("label", "n", "precision", "recall", "F1"),
            [
                (label, f"{one.n:,}", points(one.precision), points(one.recall), points(one.f1))
                for label, one in found.per_label.items()
            ],
        ),
        *_languages_text(found),
        *confusions_text([one._asdict() for one in found.confusions()]),
    ]
    return "\n\n".join(parts)


def _summary(found: Evaluation) -> list[str]:
    figures = (
        f"accuracy {points(found.accuracy)}, macro-F1 {points(found.macro_f1)}, macro-recall "
        f"{points(found.macro_recall)}, calibration error (ECE) {points(found.ece)}, of 100"
    )
    floor = (
        f"answered {points(found.answered)} of 100, of which {points(found.accuracy_answered)} are "
        "right; the others are unknown"
    )
    if found.out_of_scope is None:
        return [figures, floor]
    in_scope = (
        f"in scope, {points(found.in_scope_accuracy)} of 100 got the right label (unknown counts "
        "as wrong)"
    )
    outside = (
        f"out of scope, {points(found.out_of_scope.recall)} of 100 are unknown, as they should be "
        f"({found.out_of_scope.n:,} texts)"
    )
    return [figures, floor, in_scope, outside]


def _languages_text(found: Evaluation) -> list[str]:
    many = {code: one for code, one in found.by_language.items() if one.n >= _FEW}
    if not many:
        return []
    rows = [
        (code, f"{one.n:,}", points(one.macro_f1), points(one.ece)) for code, one in many.items()
    ]
    few = [one.n for one in found.by_language.values() if one.n < _FEW]
    rest = f"\nand {sum(few)} text(s) in {len(few)} other language(s)" if few else ""
    return [table(("language", "n", "macro-F1", "ECE"), rows) + rest]


def confusions_text(confusions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return one paragraph that names the largest confusions, none where there are none.

    Args:
        confusions: ``label``, ``taken_for`` and ``n`` of each, the largest first.
    """
    lines = [
        f"{one['label']} was taken for {one['taken_for']} {one['n']:,} time(s)"
        for one in confusions[:_CONFUSIONS_SHOWN]
    ]
    return ["\n".join(lines)] if lines else []


def taught_text(result: Mapping[str, Any]) -> str:
    """Return what was found of a label set that was taught.

    Args:
        result: The JSON form of it; keys that a backend does not measure may be missing.
    """
    opening = (
        f"{result['name']} (version {result['version']}): {result['n']:,} examples of "
        f"{len(result['labels'])} labels, {result['backend']}, {result['seconds']:.1f} s"
    )
    parts = [
        opening,
        "\n".join(_held_out(result)),
        _by_label(result),
        *confusions_text(result.get("confusions", ())),
    ]
    if result["few_examples"]:
        few = ", ".join(f"{label} ({n})" for label, n in result["few_examples"].items())
        parts.append(f"too few examples to say much: {few}")
    return "\n\n".join(parts)


def _held_out(measured: Mapping[str, Any]) -> list[str]:
    """Return the lines on a label set as a whole."""
    figures = (
        f"held out in {measured['folds']} parts: accuracy {points(measured['accuracy'])}, macro-F1 "
        f"{points(measured['macro_f1'])}, calibration error (ECE) {points(measured['ece'])}, of 100"
    )
    floor = (
        f"answered {points(measured['answered'])} of 100, of which "
        f"{points(measured['accuracy_answered'])} are right; the others are unknown"
    )
    lines = [figures, floor]
    outside = measured.get("out_of_scope") or {}
    if "right_answers_given_up" in outside:
        given_up = points(outside["right_answers_given_up"])
        lines.append(f"of 100 right answers {given_up} are unknown, too far from every example")
    if "recall" in outside:
        lines.append(
            f"out of scope, {points(outside['recall'])} of 100 are unknown, as they should be "
            f"({outside['n']:,} examples)"
        )
    return lines


def _by_label(measured: Mapping[str, Any]) -> str:
    """Return F1 by label and, where it was measured, by language."""
    by_language: Mapping[str, float] = measured["macro_f1_by_language"]
    by_both: Mapping[str, Mapping[str, float]] = measured.get("f1_by_label_and_language", {})
    counts: Mapping[str, int] = measured.get("n_by_label", {})
    rows = [
        (
            label,
            f"{counts[label]:,}" if label in counts else "",
            points(f1),
            *(_cell(by_both.get(label, {}).get(code)) for code in by_language),
        )
        for label, f1 in measured["f1_by_label"].items()
    ]
    rows.append(
        (
            "macro-F1",
            f"{measured['n']:,}",
            points(measured["macro_f1"]),
            *(points(one) for one in by_language.values()),
        )
    )
    return table(("F1", "n", "all", *by_language), rows)


def _cell(share: float | None) -> str:
    return "" if share is None else points(share)


def mistakes_text(wrong: Sequence[Mistake]) -> str:
    """Return the examples got wrong, the surest first, one a line."""
    if not wrong:
        return "every example is right when it is held out"
    lines = [f"{len(wrong):,} example(s) got wrong when held out, the surest first:"]
    lines += [
        f"  {one.label} taken for {one.taken_for} "
        f"({points(one.score)}{'' if one.is_answered else ', unknown'}) [{one.language}] "
        f"{' '.join(one.text.split())}"
        for one in wrong
    ]
    return "\n".join(lines)


def backend_json(one: ShippedBackend) -> dict[str, Any]:
    """Return what ships of one backend."""
    return {
        "version": one.version,
        "card": str(one.card),
        "bytes": sum(one.bytes_by_file.values()),
        "files": dict(one.bytes_by_file),
        "tasks": {
            task.name: {
                "labels": list(task.labels),
                "floor": task.floor,
                "version": task.version,
                "measured": task.measured,
            }
            for task in one.tasks
        },
        "measured": one.measured,
    }


def backend_text(one: ShippedBackend) -> str:
    """Return what ships of one backend, for people; figures in points of 100."""
    megabytes = sum(one.bytes_by_file.values()) / 1e6
    parts = [
        f"{one.name}, version {one.version}: {megabytes:.1f} MB",
        f"data, licences, known failures: {one.card}",
        table(
            ("file", "MB"),
            [(name, f"{size / 1e6:.2f}") for name, size in one.bytes_by_file.items()],
        ),
        *(_task_text(task) for task in one.tasks),
    ]
    return "\n\n".join(parts)


def _task_text(task: ShippedTask) -> str:
    lines = [
        f"{task.name}: {', '.join(task.labels)}",
        f"version {task.version}; below a score of {task.floor:.2f} the answer is unknown",
    ]
    measured = task.measured
    if "sets" in measured:
        rows = {**measured["sets"], **({"all": measured["all"]} if "all" in measured else {})}
        lines.append(_sets_table(rows))
    elif "macro_f1_by_language" in measured:
        lines += [*_held_out(measured), _by_label(measured)]
    else:
        lines.append("nothing was measured of it")
    return "\n".join(lines)


def _sets_table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    # Figures that every set has, then those of single labels that some have.
    names = list(dict.fromkeys(name for one in rows.values() for name in one if name != "n"))
    header = [name.replace("_", " ").replace("macro f1", "macro-F1") for name in names]
    return table(
        ("set", "n", *header),
        [
            (name, f"{one['n']:,}", *(_cell(one.get(figure)) for figure in names))
            for name, one in rows.items()
        ],
    )
