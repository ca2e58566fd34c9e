"""Answers on the disk as they come, so that an interrupted evaluation goes on where it stopped.

answers/run.json         what the answers are of: model, data, split, shuffling
answers/rank-000.jsonl   an answer a line, of one process: task, index of its sample, text, superpoints of its mask
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...files import write_atomically
from ..prediction_file import PredictionError
from .answerer import ModelAnswer
from .questions import Question

_RUN = "run.json"
Answers = dict[tuple[str, int], ModelAnswer]


class AnswerFiles:
    """The files of one process in ``folder``, beside those of others."""

    def __init__(self, folder: Path, rank: int = 0) -> None:
        self.folder = folder
        self._path = folder / f"rank-{rank:03d}.jsonl"

    def check_run(self, settings: Mapping[str, Any], data: Mapping[str, str]) -> None:
        """Note what the answers are of.  data: task -> digest; tasks may be added to a folder.

        Raises PredictionError where the folder holds answers of something else.
        """
        path = self.folder / _RUN
        known = _read_object(path) if path.is_file() else {"settings": dict(settings), "data": {}}
        differing = [k for k in {**settings, **known["settings"]} if settings.get(k) != known["settings"].get(k)]
        differing += [f"data of {task}" for task in data if known["data"].get(task, data[task]) != data[task]]
        if differing:
            raise PredictionError(
                f"{self.folder} holds answers of another run (other {', '.join(differing)}): name another --out, or "
                "delete that folder"
            )
        text = json.dumps({"settings": dict(settings), "data": {**known["data"], **data}}, indent=1) + "\n"
        write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))

    def read(self) -> Answers:
        """All finished answers, of any process; raises PredictionError, with the line, for a damaged file."""
        answers: Answers = {}
        for path in sorted(self.folder.glob("rank-*.jsonl")):
            lines = path.read_bytes().split(b"\n")
            for number, line in enumerate(lines[:-1], 1):  # what follows the last line end was not finished
                key, answer = _parsed(f"{path} line {number}", line)
                answers[key] = answer
        return answers

    def open(self) -> AnswerWriter:
        """For adding answers to this process' file."""
        return AnswerWriter(self._path)


class AnswerWriter:
    """A context that appends answers; each is in the file before the next is asked."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "ab+")  # noqa: SIM115 - closed where the context ends
        self._file.seek(0)
        whole = self._file.read().rfind(b"\n") + 1
        self._file.truncate(whole)

    def add(self, question: Question, answer: ModelAnswer) -> None:
        line = {"task": question.task, "sample": question.index, "text": answer.text, "mask": answer.mask}
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()

    def __enter__(self) -> AnswerWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _read_object(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content["settings"], dict) or not isinstance(content["data"], dict):
            raise ValueError("settings and data must be objects")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PredictionError(f"{path} is damaged ({error}): delete the folder and ask again") from error
    return content


def _parsed(where: str, line: bytes) -> tuple[tuple[str, int], ModelAnswer]:
    try:
        content = json.loads(line)
        key = str(content["task"]), int(content["sample"])
        mask = content["mask"]
        return key, ModelAnswer(str(content["text"]), None if mask is None else [int(i) for i in mask])
    except (ValueError, KeyError, TypeError) as error:
        raise PredictionError(f"{where} is damaged ({error}): delete that line, or the file, and ask again") from error
