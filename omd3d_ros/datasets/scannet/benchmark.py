"""Files of ScanNet's instance benchmark: ground truth per vertex; predictions as masks, classes and confidences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .reading import AnnotationError, read_integers, read_text


@dataclass(frozen=True)
class InstancePredictions:
    """K predicted instances of a scan of N vertices, in the order of the file.

    masks (K, N) bool; label_ids (K,) int64: NYU40 ids, ScanNet200 ids in exports for that benchmark; confidences
    (K,) float32; files: the mask files as listed, whose numbers may have gaps.
    """

    scene_id: str
    masks: np.ndarray
    label_ids: np.ndarray
    confidences: np.ndarray
    files: list[str]

    def __len__(self) -> int:
        return len(self.files)


def read_instance_ids(path: Path | str, num_vertices: int | None = None) -> np.ndarray:
    """(N,) int64 of a ground-truth file: class * 1000 + instance from 1; 0 where a vertex is not annotated.

    A value below 1000 is no instance; class * 1000 exactly is a class without an instance in Mask3D's exports.
    Raises AnnotationError for values below 0 or another number of vertices.
    """
    values = read_integers(Path(path))
    if num_vertices is not None and len(values) != num_vertices:
        raise AnnotationError(f"{path} has {len(values)} values, but the scan has {num_vertices} vertices")
    if len(values) and values.min() < 0:
        raise AnnotationError(f"{path} value {int(np.argmin(values)) + 1} is {values.min()}; ids are 0 or more")
    return values


def read_predictions(path: Path | str, num_vertices: int | None = None) -> InstancePredictions:
    """Read ``<scene>.txt`` and the masks that it lists; a file without a line is a scan without predictions.

    A mask is one whole number per vertex, and any but 0 is a member.  Mask files lie below the folder of the file,
    or sorted by scene as ``pred_mask/<scene>/<n>.txt``.  Raises AnnotationError.
    """
    path = Path(path)
    entries = [
        _entry(path, number, line) for number, line in enumerate(read_text(path).splitlines(), 1) if line.strip()
    ]
    masks: list[np.ndarray] = []
    for file, _, _ in entries:
        masks.append(_members(_mask_path(path, file)))
        expected = len(masks[0]) if num_vertices is None else num_vertices
        if len(masks[-1]) != expected:
            whose = "the file's first mask" if num_vertices is None else "the scan"
            raise AnnotationError(f"{path}: {file} has {len(masks[-1])} values, but {whose} has {expected} vertices")
    stacked = np.stack(masks) if masks else np.zeros((0, num_vertices or 0), bool)
    labels = np.array([label for _, label, _ in entries], np.int64)
    confidences = np.array([confidence for _, _, confidence in entries], np.float32)
    return InstancePredictions(path.stem, stacked, labels, confidences, [file for file, _, _ in entries])


def _entry(path: Path, number: int, line: str) -> tuple[str, int, float]:
    parts = line.split()
    try:
        file, label, confidence = parts
        values = int(label), float(confidence)
    except ValueError as error:
        raise AnnotationError(
            f"{path} line {number} must be a mask file, a whole class id and a confidence, got {line[:120]!r}"
        ) from error
    if not np.isfinite(values[1]):
        raise AnnotationError(f"{path} line {number}: the confidence must be a finite number, got {confidence}")
    return file, *values


def _members(path: Path) -> np.ndarray:
    """(N,) bool, which of a file's numbers are not 0; one digit a line, as nearly all are, is read without parsing."""
    content = np.fromfile(path, np.uint8)
    printed = content > ord(" ")
    digits = content[printed]
    single = not (printed[1:] & printed[:-1]).any() and bool(((digits >= ord("0")) & (digits <= ord("9"))).all())
    return np.asarray(digits != ord("0") if single else read_integers(path) != 0)


def _mask_path(path: Path, file: str) -> Path:
    folder = path.resolve().parent
    listed = Path(file)
    by_scene = listed.parent / path.stem / f"{listed.stem.removeprefix(f'{path.stem}_')}.txt"
    for candidate in (folder / listed, folder / by_scene):
        resolved = candidate.resolve()
        if not resolved.is_relative_to(folder):
            raise AnnotationError(f"{path}: mask file {file} lies outside of the folder of the predictions")
        if resolved.is_file():
            return resolved
    raise AnnotationError(f"{path}: mask file {file} is not there")
