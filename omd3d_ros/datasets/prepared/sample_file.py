"""Samples as JSON lines: one PreparedSample a line, its fields by name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path

from .layout import PreparedDataError
from .nouns import PreparedSample

_KINDS = {
    "scene_id": str, "task": str, "prompt": str, "answers": list, "object_ids": list, "proposal_ids": list,
    "masked": bool, "extra": dict,
}  # fmt: skip


def write_samples(path: Path, samples: Iterable[PreparedSample]) -> None:
    """Write a file (use ``write_atomically`` around it); the same samples give the same bytes."""
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for sample in samples:
            file.write(json.dumps(asdict(sample), ensure_ascii=False) + "\n")


def read_samples(path: Path) -> list[PreparedSample]:
    """Raises PreparedDataError, with the line's number, for a missing or damaged file."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PreparedDataError(f"{path} can't be read: {error}") from error
    return [_sample(f"{path} line {number}", line) for number, line in enumerate(lines, 1) if line]


def _sample(where: str, line: str) -> PreparedSample:
    try:
        content = json.loads(line)
    except ValueError as error:
        raise PreparedDataError(f"{where} is damaged: {error}") from error
    names = {f.name for f in fields(PreparedSample)}
    if not isinstance(content, dict) or content.keys() != names:
        raise PreparedDataError(f"{where} must be an object with {', '.join(sorted(names))}")
    for name, kind in _KINDS.items():
        if not isinstance(content[name], kind):
            raise PreparedDataError(f"{where}: {name} must be a {kind.__name__}, it is {content[name]!r}")
    return PreparedSample(**content)
