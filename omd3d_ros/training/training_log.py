"""The log of a run: a CSV file, and TensorBoard's where it is installed."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..files import write_atomically

_log = logging.getLogger(__name__)
TRAINING_COLUMNS = (
    "step", "epoch", "loss", "language", "segmentation", "token_accuracy", "mask_iou", "learning_rate",
    "gradient_norm", "samples_per_second",
)  # fmt: skip
VALIDATION_COLUMNS = ("step", "loss", "language", "segmentation", "token_accuracy", "mask_iou")


class TrainingLog:
    """``training.csv`` and ``validation.csv`` in ``folder``, one row a step; ``tensorboard/`` beside them.

    first_step: rows from there on, of a run that got further than its last checkpoint, are dropped.
    """

    def __init__(self, folder: Path, first_step: int) -> None:
        self._files = {
            "training": _Table(folder / "training.csv", TRAINING_COLUMNS, first_step),
            "validation": _Table(folder / "validation.csv", VALIDATION_COLUMNS, first_step),
        }
        self._board = _board(folder / "tensorboard", first_step)
        self._failed = False

    def add(self, kind: str, values: Mapping[str, float]) -> None:
        """kind: ``training`` or ``validation``; a value for each of its columns.

        A disk that is full is reported once, and rows are lost.
        """
        try:
            self._files[kind].add(values)
            if self._board is not None:
                for name in values.keys() - {"step"}:
                    self._board.add_scalar(f"{kind}/{name}", values[name], int(values["step"]))
        except OSError as error:
            if not self._failed:
                _log.warning("the log can't be written (%s); training goes on", error)
            self._failed = True

    def close(self) -> None:
        if self._board is not None:
            self._board.close()


class _Table:
    """A CSV file with these columns; numbers are written so that they read back the same."""

    def __init__(self, path: Path, columns: tuple[str, ...], first_step: int) -> None:
        self._path = path
        self._columns = columns
        kept = [row for row in read_log(path) if row["step"] < first_step] if path.exists() else []
        write_atomically(path, lambda file: file.write_text(self._text([list(columns), *map(self._row, kept)])))

    def add(self, values: Mapping[str, float]) -> None:
        with open(self._path, "a", encoding="utf-8", newline="") as file:
            file.write(self._text([self._row(values)]))

    def _row(self, values: Mapping[str, float]) -> list[str]:
        return [str(int(values[c])) if c == "step" else repr(float(values[c])) for c in self._columns]

    @staticmethod
    def _text(rows: list[list[str]]) -> str:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        return buffer.getvalue()


def read_log(path: Path) -> list[dict[str, float]]:
    """The rows of a CSV file of a run; a last row that a killed run did not finish is left out."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        {k: float(v) for k, v in row.items()} for row in rows if None not in row.values() and "" not in row.values()
    ]


def _board(folder: Path, first_step: int) -> Any:
    """TensorBoard's writer; None where it is not installed."""
    if find_spec("tensorboard") is None:
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=first_step)
