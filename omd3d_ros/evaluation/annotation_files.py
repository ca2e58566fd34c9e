"""The files beside a prediction file that a score reads, found in a folder by their usual names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from .records import RecordError


class AnnotationError(ValueError):
    """An annotation file that is missing or can't be used; the message says which, and what was looked for."""


@dataclass(frozen=True)
class AnnotationFile:
    """what: for messages; names: patterns in order of preference, compared without regard to case."""

    what: str
    names: tuple[str, ...]


PROPOSALS = AnnotationFile(
    "boxes of the proposals",
    (
        "instance_attributes.json",
        "scannet_mask3d_val_attributes.pt",
        "scannet_mask3d_val_attributes*.pt",
        "scannet_mask3d_all_attributes*.pt",
        "scannet_mask3d_*attributes*.pt",
    ),
)
GROUND_TRUTH = AnnotationFile(
    "boxes of the ground-truth objects",
    (
        "scannet_attributes.json",
        "scannet_val_attributes.pt",
        "scannet_val_attributes*.pt",
        "scannet_all_attributes*.pt",
        "scannet_attributes.pt",
        "scannet_train_attributes*.pt",
    ),
)
CORPUS = AnnotationFile("reference captions", ("corpus.json", "scan2cap_val_corpus.json", "scan2cap*corpus*.json"))
SCANREFER = AnnotationFile(
    "ScanRefer's annotations",
    ("scanrefer_filtered.json", "scanrefer_filtered_val.json", "scanrefer_filtered_train.json"),
)
LOOKUP = AnnotationFile("which objects are unique", ("unique_multiple_lookup.json",))
LABELS = AnnotationFile("ScanNet's label map", ("scannetv2-labels.combined.tsv",))


def find(folder: Path, file: AnnotationFile) -> Path:
    """The first of the names that lies in the folder or in a folder in it.  Raises AnnotationError."""
    path = find_if_there(folder, file)
    if path is None:
        raise AnnotationError(
            f"{folder} has no {file.what}: looked there, and one folder below, for {', '.join(file.names)}"
        )
    return path


def find_if_there(folder: Path, file: AnnotationFile) -> Path | None:
    """The same, None without one.  Raises AnnotationError where there is no such folder."""
    if not folder.is_dir():
        raise AnnotationError(f"{folder}: no such folder of annotations")
    here = sorted(path for path in folder.iterdir() if path.is_file())
    below = sorted(path for path in folder.glob("*/*") if path.is_file())
    for pattern in file.names:
        for path in (*here, *below):
            if fnmatch(path.name.lower(), pattern):
                return path
    return None


def read_attributes(folder: Path, file: AnnotationFile) -> dict[str, Mapping[str, Any]]:
    """scene id -> {"objects": names, "locs": boxes}, of a JSON or a tensor file.  Raises AnnotationError."""
    path = find(folder, file)
    content = read_json(path, dict) if path.suffix == ".json" else _read_tensors(path)
    if not isinstance(content, Mapping) or not all(isinstance(entry, Mapping) for entry in content.values()):
        raise AnnotationError(f'{path} must map each scene to {{"objects": names, "locs": boxes}}')
    return dict(content)


def read_json(path: Path, kind: type) -> Any:
    """The content of a JSON file whose top is a ``kind`` (dict or list).  Raises AnnotationError."""
    try:
        content = json.loads(read_text(path))
    except ValueError as error:
        if isinstance(error, AnnotationError):
            raise
        raise AnnotationError(f"{path} is not JSON: {error}") from error
    except RecursionError as error:
        raise AnnotationError(f"{path} is JSON nested too deeply to be read") from error
    if not isinstance(content, kind):
        raise AnnotationError(f"{path} must hold a {kind.__name__}, it holds a {type(content).__name__}")
    return content


def read_text(path: Path) -> str:
    """Raises AnnotationError where the file is missing or no UTF-8 text."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise AnnotationError(f"{path} can't be read as text: {reason}") from error


def names_of(attributes: Mapping[str, Mapping[str, Any]], scene: str) -> dict[int, str]:
    """Number -> name of the objects of a scene, where the attributes have names.  Raises RecordError."""
    names = attributes[scene].get("objects", []) if scene in attributes else []
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise RecordError(f"{scene}: 'objects' must be names")
    return dict(enumerate(names))


def _read_tensors(path: Path) -> Any:
    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # on damaged bytes the restricted unpickler fails in whatever way they lead it to
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise AnnotationError(f"{path} is no tensor file of plain lists, names and tensors: {reason}") from error
