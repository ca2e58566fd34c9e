"""Instances of ScanNet scans in the layout of its benchmark: predictions and ground truth as text files."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .annotation_files import AnnotationError, read_text
from .prediction_file import LeftOut, PredictionError
from .records import RecordError
from .scannet_ap import SceneInstances

_GROUND_TRUTH_FOLDERS = ("instance_gt", "instance_gt/validation", "instance_gt/val", "gt_instance", ".")
_NOT_SCANS = ("semantic_instance_evaluation",)


@dataclass(frozen=True)
class ScanFiles:
    """Where the predictions and the ground truth of a scan lie."""

    name: str
    predictions: Path
    ground_truth: Path


def find_scans(predictions: Path, annotations: Path) -> tuple[list[ScanFiles], list[LeftOut], int]:
    """The scans with predictions, those of them without ground truth, and how many have ground truth alone.

    Raises PredictionError, AnnotationError.
    """
    if not predictions.is_dir():
        raise PredictionError(
            f"{predictions} is no folder; predictions for ScanNet AP are a folder with a <scan>.txt each, whose lines "
            "are 'mask_file label_id confidence'"
        )
    names = sorted(path.stem for path in predictions.glob("*.txt") if path.stem not in _NOT_SCANS)
    if not names:
        raise PredictionError(f"{predictions} has no <scan>.txt with predictions")
    folder = _ground_truth_folder(annotations)
    known = {path.stem for path in folder.glob("*.txt")}
    unknown = [LeftOut(name, f"there is no {name}.txt in {folder}") for name in names if name not in known]
    scans = [ScanFiles(n, predictions / f"{n}.txt", folder / f"{n}.txt") for n in names if n in known]
    return scans, unknown, len(known - set(names))


def read_scan(scan: ScanFiles) -> SceneInstances:
    """Raises RecordError or AnnotationError naming the file that does not fit."""
    predictions, truth = scan.predictions, _integers(scan.ground_truth)
    masks, labels, confidences = [], [], []
    for number, line in enumerate(read_text(predictions).splitlines(), 1):
        if not line.strip():
            continue
        file, label, confidence = _entry(f"{predictions.name}, line {number}", line)
        mask = _integers(_inside(predictions.parent, file)) != 0
        if len(mask) != len(truth):
            raise RecordError(f"{file} has {len(mask)} vertices, the ground truth of {scan.name} has {len(truth)}")
        masks.append(mask)
        labels.append(label)
        confidences.append(confidence)
    stacked = np.stack(masks) if masks else np.zeros((0, len(truth)), bool)
    return SceneInstances(truth, stacked, np.array(labels, np.int64), np.array(confidences, np.float64))


def _ground_truth_folder(annotations: Path) -> Path:
    for name in _GROUND_TRUTH_FOLDERS:
        if any((annotations / name).glob("*.txt")):
            return annotations / name
    raise AnnotationError(
        f"{annotations} has no ground truth of instances: looked for <scan>.txt in {', '.join(_GROUND_TRUTH_FOLDERS)}"
    )


def _entry(where: str, line: str) -> tuple[str, int, float]:
    parts = line.split()
    try:
        file, label, confidence = parts[0], int(parts[1]), float(parts[2])
    except (IndexError, ValueError) as error:
        raise RecordError(f"{where} must be 'mask_file label_id confidence', got {line[:80]!r}") from error
    if len(parts) > 3 or not np.isfinite(confidence):
        raise RecordError(f"{where} must be a mask file, a label and a finite confidence, got {line[:80]!r}")
    return file, label, confidence


def _inside(folder: Path, file: str) -> Path:
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise RecordError(f"mask file {file} lies outside of the folder of predictions")
    return path


def _integers(path: Path) -> np.ndarray:
    """(N,) int64 of a file with one integer a line."""
    text = read_text(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # numpy's sign for text that is no number
        try:
            values = np.fromstring(text, np.int64, sep=" ")
        except (DeprecationWarning, ValueError) as error:
            raise RecordError(f"{path.name} must hold one integer per vertex") from error
    if not len(values):
        raise RecordError(f"{path.name} is empty: it must hold one integer per vertex")
    return values
