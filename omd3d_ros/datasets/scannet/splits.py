"""Which scenes belong to training, validation and test: ``scannetv2_{train,val,test}.txt``."""

from __future__ import annotations

import re
from pathlib import Path

from .reading import AnnotationError, read_text

SCENE_ID = re.compile(r"scene\d{4}_\d{2}")


def read_split(path: Path | str) -> list[str]:
    """Scene ids in the order of the file, which may be empty.  Raises AnnotationError for another kind of line."""
    lines = [line.strip() for line in read_text(Path(path)).splitlines() if line.strip()]
    wrong = next((line for line in lines if SCENE_ID.fullmatch(line) is None), None)
    if wrong is not None:
        raise AnnotationError(f"{path}: {wrong[:80]!r} is no scene; a line is a scene's id such as scene0011_00")
    return list(dict.fromkeys(lines))


def read_splits(folder: Path | str) -> dict[str, list[str]]:
    """The splits whose files are in the folder.  Raises AnnotationError if none is."""
    paths = {split: Path(folder) / f"scannetv2_{split}.txt" for split in ("train", "val", "test")}
    found = {split: read_split(path) for split, path in paths.items() if path.is_file()}
    if not found:
        raise AnnotationError(f"{folder} has no scannetv2_train.txt, scannetv2_val.txt or scannetv2_test.txt")
    return found
