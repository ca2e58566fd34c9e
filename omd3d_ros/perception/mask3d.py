"""Instances that Mask3D (Schult et al. 2023) exported: the raw text files, or the tensor file made of them.

Raw: ``<scene>.txt``, a line ``relative/mask/file class_id confidence`` per instance, mask files with a 0 or 1 per
vertex; other programs for ScanNet's benchmark write the same.  Processed (as for Chat-Scene): ``<scene>.pt``, a list
of ``{"label": name, "segments": [vertex, ...]}``, best first, without confidences.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from .external_instances import ExternalInstances, ExternalInstancesError


def read_mask3d(
    path: Path | str, num_points: int | None = None, labels: Mapping[int, str] | None = None
) -> ExternalInstances:
    """The instances of one scene, in the order of the file, which is by score.

    path: a raw ``.txt`` or a processed ``.pt``.  num_points: of the cloud, checked against the masks; a processed
    file does not tell it, so None there takes the highest vertex that occurs.  labels: class id -> name for a raw
    export, such as ``read_scannet_labels`` gives; an id that has none is named ``class 42``.  A processed file
    holds names but no confidences: all scores are 1.
    Raises ExternalInstancesError for files that are missing, damaged, outside of the export's folder, or of another
    number of points.
    """
    path = Path(path)
    if not path.is_file():
        raise ExternalInstancesError(f"{path} is not there: give a scene's .txt (raw export) or .pt (processed)")
    if path.suffix == ".txt":
        return _read_raw(path, num_points, labels or {})
    if path.suffix == ".pt":
        return _read_processed(path, num_points)
    raise ExternalInstancesError(f"{path.name}: a Mask3D export is a .txt (raw) or .pt (processed) file")


def read_scannet_labels(path: Path | str) -> dict[int, str]:
    """Class id -> name by the columns ``id`` and ``category`` of ``scannetv2-labels.combined.tsv``.

    These are the ids that Mask3D's ScanNet200 models export.  Raises ExternalInstancesError.
    """
    try:
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        named = [(int(row["id"]), row["category"] or row["raw_category"]) for row in rows if row["id"]]
    except (OSError, ValueError, KeyError) as error:
        raise ExternalInstancesError(f"{path} is no ScanNet label table (tsv with id and category): {error}") from error
    if not named:
        raise ExternalInstancesError(f"{path} has no label: a ScanNet label table is a tsv with id and category")
    return dict(reversed(named))  # the first row of an id names it


def _read_raw(path: Path, num_points: int | None, labels: Mapping[int, str]) -> ExternalInstances:
    lines = [line for line in _text(path).splitlines() if line.strip()]
    if not lines:
        raise ExternalInstancesError(f"{path} is empty: it lists no instance")
    masks: list[np.ndarray] = []
    names, scores = [], []
    for number, line in enumerate(lines, 1):
        file, class_id, score = _entry(f"{path.name} line {number}", line)
        mask = _read_mask(_mask_path(path, file))
        expected = len(masks[0]) if num_points is None and masks else num_points
        if expected is not None and len(mask) != expected:
            whose = "the cloud" if num_points is not None else "the export's first mask"
            raise ExternalInstancesError(f"{file} has {len(mask)} points, but {whose} has {expected}")
        masks.append(mask)
        names.append(labels.get(class_id, f"class {class_id}"))
        scores.append(score)
    return ExternalInstances(np.stack(masks), names, np.array(scores, np.float32))


def _entry(where: str, line: str) -> tuple[str, int, float]:
    parts = line.strip().rsplit(maxsplit=2)
    try:
        file, class_id, score = parts[0], int(parts[1]), float(parts[2])
    except (IndexError, ValueError) as error:
        raise ExternalInstancesError(
            f"{where} must be a mask file, a whole class id and a confidence, got {line!r}"
        ) from error
    if not np.isfinite(score):
        raise ExternalInstancesError(f"{where}: the confidence must be a finite number, got {parts[2]}")
    return file, class_id, score


def _mask_path(export: Path, file: str) -> Path:
    """Where a listed mask lies; exports that were sorted by scene hold scene_3.txt as scene/3.txt."""
    folder = export.resolve().parent
    listed = Path(file)
    number = listed.stem.removeprefix(f"{export.stem}_")
    for candidate in (folder / listed, folder / listed.parent / export.stem / f"{number}.txt"):
        resolved = candidate.resolve()
        if not resolved.is_relative_to(folder):
            raise ExternalInstancesError(f"{export.name}: mask file {file} lies outside of the export's folder")
        if resolved.is_file():
            return resolved
    raise ExternalInstancesError(f"{export.name}: mask file {file} is not there")


def _read_mask(path: Path) -> np.ndarray:
    """(N,) bool of a file with one 0 or 1 per line."""
    content = np.fromfile(path, np.uint8)
    printed = content > ord(" ")
    digits = content[printed]
    if len(digits) == 0:
        raise ExternalInstancesError(f"{path.name} is empty: it must hold a 0 or 1 per point")
    if (printed[1:] & printed[:-1]).any() or not np.isin(digits, (ord("0"), ord("1"))).all():
        values = content.tobytes().split()
        line, value = next((i, v) for i, v in enumerate(values, 1) if v not in (b"0", b"1"))
        raise ExternalInstancesError(f"{path.name} value {line} must be 0 or 1, got {value[:20].decode('latin-1')!r}")
    return digits == ord("1")


def _read_processed(path: Path, num_points: int | None) -> ExternalInstances:
    try:
        entries = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # on damaged bytes the restricted unpickler fails in whatever way they lead it to
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ExternalInstancesError(f"{path.name} is no tensor file of plain lists and names: {reason}") from error
    if not isinstance(entries, (list, tuple)):
        raise ExternalInstancesError(f"{path.name} must hold a list of instances, not a {type(entries).__name__}")
    found = [_processed_entry(f"{path.name} instance {i}", entry) for i, entry in enumerate(entries)]
    highest = max((int(vertices.max(initial=-1)) for _, vertices in found), default=-1)
    n = highest + 1 if num_points is None else num_points
    if highest >= n:
        raise ExternalInstancesError(f"{path.name} has a vertex {highest}, but the cloud has {n} points")
    masks = np.zeros((len(found), n), bool)
    for mask, (_, vertices) in zip(masks, found, strict=True):
        mask[vertices] = True
    return ExternalInstances(masks, [label for label, _ in found], np.ones(len(found), np.float32))


def _processed_entry(where: str, entry: object) -> tuple[str, np.ndarray]:
    if not isinstance(entry, dict) or not isinstance(entry.get("label"), str) or "segments" not in entry:
        raise ExternalInstancesError(f"{where} must be a dictionary with a label (text) and segments (vertices)")
    vertices = np.asarray(entry["segments"])
    if vertices.size == 0:
        return entry["label"], np.zeros(0, np.int64)
    if vertices.ndim != 1 or not np.issubdtype(vertices.dtype, np.integer) or vertices.min() < 0:
        raise ExternalInstancesError(f"{where}: segments must be a flat list of vertex numbers from 0")
    return entry["label"], vertices


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExternalInstancesError(f"{path} can't be read as text: {error}") from error
