"""Annotation files as text, JSON, numbers or what torch.save wrote; AnnotationError where they are something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np


class AnnotationError(ValueError):
    """Annotation files that are missing, damaged, of another format, or of another scene; the message says which."""


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, a byte order mark left out."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise AnnotationError(f"{path} is not there") from error
    except (OSError, UnicodeDecodeError) as error:
        raise AnnotationError(f"{path} can't be read as text: {error}") from error


def parse_json(text: str, name: object) -> Any:
    """What a JSON text holds; ``name`` is the file's (and line's) for messages."""
    if not text.strip():
        raise AnnotationError(f"{name} is empty: it must hold JSON")
    if text.startswith("version https://git-lfs"):
        raise AnnotationError(f"{name} is a Git LFS pointer, not the file itself: fetch it with `git lfs pull`")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AnnotationError(f"{name} is not JSON: {error}") from error


def read_json(path: Path) -> Any:
    return parse_json(read_text(path), path)


def read_json_object(path: Path, *keys: str) -> dict[str, Any]:
    """A JSON object that has each of the keys."""
    content = read_json(path)
    if not isinstance(content, dict):
        raise AnnotationError(f"{path} must hold an object with {', '.join(keys)}, it holds a {kind_of(content)}")
    absent = [key for key in keys if key not in content]
    if absent:
        raise AnnotationError(f"{path} has no {' and no '.join(absent)}; it has {', '.join(list(content)[:8])}")
    return content


def read_pickled(path: Path) -> Any:
    """What ``torch.save`` wrote: tensors, numpy arrays and plain containers.  Nothing in the file is run."""
    from omd3d_ros.models.checkpoints.checkpoint import CheckpointError
    from omd3d_ros.models.checkpoints.pickled import load_pickled

    if not path.is_file():
        raise AnnotationError(f"{path} is not there")
    try:
        return load_pickled(path)
    except (CheckpointError, OSError) as error:
        raise AnnotationError(str(error)) from error


def read_integers(path: Path) -> np.ndarray:
    """(N,) int64 of a file with one whole number a line."""
    text = read_text(path)
    try:
        values = np.array(text.split(), np.float64)
    except ValueError as error:
        raise AnnotationError(f"{path} must hold one whole number a line: {error}") from error
    if not np.isfinite(values).all() or (values != np.rint(values)).any():
        wrong = int(np.argmax(~(np.isfinite(values) & (values == np.rint(values)))))
        raise AnnotationError(f"{path} value {wrong + 1} must be a whole number, got {values[wrong]}")
    return values.astype(np.int64)


def integer_array(values: object, what: str) -> np.ndarray:
    """(N,) int64 of a list or array of whole numbers; raises AnnotationError that begins with ``what``."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise AnnotationError(f"{what} must be a flat list of whole numbers: {error}") from error
    if array.size == 0 and array.ndim == 1:
        return np.zeros(0, np.int64)
    whole = array.dtype.kind in "iu" or (array.dtype.kind == "f" and bool((array == np.rint(array)).all()))
    if array.ndim != 1 or not whole:
        raise AnnotationError(f"{what} must be a flat list of whole numbers, got shape {array.shape} {array.dtype}")
    return array.astype(np.int64)


def kind_of(value: object) -> str:
    """What JSON calls the value."""
    names = {dict: "object", list: "list", str: "text", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null" if value is None else type(value).__name__)
