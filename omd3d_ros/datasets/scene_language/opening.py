"""The front door to scene-language annotations: which format a file or folder is of, told by what is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from omd3d_ros.datasets.scannet.reading import AnnotationError, kind_of, parse_json, read_text

from .multi3drefer import read_multi3drefer
from .processed import read_processed, read_processed_tags
from .reason3d import read_reason3d
from .records import Annotations
from .referit3d import read_referit3d
from .scan2cap import read_caption_corpus
from .scanqa import read_scanqa
from .scanrefer import read_scanrefer
from .sqa3d import read_sqa3d
from .sqa3d_localization import read_sqa3d_localization
from .vil3dref import read_vil3dref

PROCESSED = "processed"
_READERS: dict[str, Callable[..., Annotations[Any]]] = {
    "scanrefer": read_scanrefer,
    "scan2cap": read_caption_corpus,
    "scanqa": read_scanqa,
    "sqa3d": read_sqa3d,
    "sqa3d_localization": read_sqa3d_localization,
    "multi3drefer": read_multi3drefer,
    "nr3d": read_referit3d,
    "sr3d": read_referit3d,
    "reason3d": read_reason3d,
    "vil3dref": read_vil3dref,
}
FORMATS = tuple(_READERS)

# Of a list's records, tried in order: fields that only this format has together.
_BY_FIELDS: tuple[tuple[str, frozenset[str]], ...] = (
    (PROCESSED, frozenset({"obj_id", "prompt"})),
    ("scanqa", frozenset({"question_id", "question"})),
    ("reason3d", frozenset({"question", "object_id", "object_name"})),
    ("multi3drefer", frozenset({"description", "object_ids"})),
    ("multi3drefer", frozenset({"description", "eval_type", "spatial"})),
    ("scanrefer", frozenset({"description", "ann_id"})),
)
_OTHER_KINDS = {
    "answer_top10": "predictions for ScanQA: see read_box_predictions",
    "unique_multiple": "predictions for ScanRefer: see read_box_predictions",
    "camera": "ScanRefer's viewpoints: see read_viewpoints",
    "pred": "saved replies, which the scores take",
}
_NAMES = {
    "scanrefer": ("ScanRefer_filtered_{split}.json",),
    "scanqa": ("ScanQA_v1.0_{split}.json", "SQA_balanced_{split}.json"),
    "sqa3d": (
        "balanced/v1_balanced_questions_{split}_scannetv2.json",
        "v1_balanced_questions_{split}_scannetv2.json",
    ),
    "multi3drefer": ("multi3drefer_{split}.json",),
    "nr3d": ("nr3d.csv",),
    "sr3d": ("sr3d.csv",),
    "reason3d": ("reason3d_{split}.json",),
    "scan2cap": ("scan2cap_{split}_corpus.json",),
}
_TABLE_COLUMN = "stimulus_id"
_LOOKED_AT = 5


def open_annotations(
    path: Path | str, format: str | None = None, split: str = "train", allow_empty: bool = False
) -> Annotations[Any]:
    """Read the annotations of a file or a folder as LanguageSamples.

    format: one of FORMATS, or tags of processed annotations such as ``scanrefer#obj_align#scan2cap``; None to tell it
    by the content.  split: of a folder, in the names that the set uses for its files.  Raises AnnotationError.
    """
    path = Path(path)
    if path.is_dir():
        return _open_folder(path, format, split, allow_empty)
    found = _format_of(path, format)
    if found == PROCESSED:
        return read_processed(path, format, allow_empty)
    if format not in (None, found):
        raise AnnotationError(f"{path} is of the format {found}, not {format}")
    return _READERS[found](path, allow_empty=allow_empty)


def detect_format(path: Path) -> str:
    """One of FORMATS or ``processed``, by what is in the file.  Raises AnnotationError for anything else."""
    if path.suffix in (".pt", ".pth"):
        raise AnnotationError(f"{path} is a tensor file: see read_attributes, read_features and read_scene_file")
    text = read_text(path)
    first_line = text.split("\n", 1)[0]
    if _TABLE_COLUMN in first_line and not first_line.lstrip().startswith(("{", "[")):
        return "sr3d" if "reference_type" in first_line else "nr3d"
    if path.suffix == ".jsonl":
        return _of_lines(path, first_line)
    content = parse_json(text, path)
    if isinstance(content, list):
        return _of_list(path, content)
    if isinstance(content, dict):
        return _of_object(path, content)
    raise AnnotationError(f"{path} must hold a list or an object, it holds a {kind_of(content)}")


def _format_of(path: Path, named: str | None) -> str:
    """By the content; the name counts where the content tells nothing, as that of an empty split."""
    try:
        return detect_format(path)
    except AnnotationError:
        if named not in _READERS:
            raise
        return named


def _of_lines(path: Path, first_line: str) -> str:
    record = parse_json(first_line, f"{path} line 1")
    if isinstance(record, dict) and "item_id" in record:
        return "vil3dref"
    raise AnnotationError(f"{path} is of no known format: its lines have no item_id")


def _of_list(path: Path, records: list[Any]) -> str:
    if not records:
        raise AnnotationError(f"{path} has no record: an empty split")
    fields = {name for record in records[:_LOOKED_AT] if isinstance(record, Mapping) for name in record}
    other = next((what for name, what in _OTHER_KINDS.items() if name in fields), None)
    if other is not None:
        raise AnnotationError(f"{path} holds {other}")
    found = next((name for name, needed in _BY_FIELDS if needed <= fields), None)
    if found is None:
        there = ", ".join(sorted(fields)[:10]) or "no fields"
        raise AnnotationError(f"{path} is of no known format: its records have {there}; formats: {', '.join(FORMATS)}")
    return found


def _of_object(path: Path, content: dict[str, Any]) -> str:
    if "questions" in content:
        return "sqa3d"
    if isinstance(content.get("annotations"), list):
        asked = any(isinstance(a, dict) and "question_id" in a for a in content["annotations"][:_LOOKED_AT])
        return "sqa3d" if asked else "sqa3d_localization"
    first = next(iter(content), "")
    if "|" in first:
        return "scan2cap"
    if first and all(isinstance(objects, dict) for objects in list(content.values())[:_LOOKED_AT]):
        return "scanrefer"
    raise AnnotationError(f"{path} is of no known format: its keys are {', '.join(list(content)[:5]) or 'none'}")


def _open_folder(folder: Path, format: str | None, split: str, allow_empty: bool) -> Annotations[Any]:
    found = _named_files(folder, split)
    if format is None:
        if len(found) != 1:
            there = f"several sets: {', '.join(found)}" if found else f"no file of a known name for the split {split}"
            raise AnnotationError(
                f"{folder} has {there}; say which with format, or which tags of processed annotations"
            )
        format = next(iter(found))
    if format in found:
        return _READERS[format](found[format], allow_empty=allow_empty)
    return read_processed_tags(folder, format, split, allow_empty)


def _named_files(folder: Path, split: str) -> dict[str, Path]:
    """The files that bear a source set's name, by format."""
    candidates = {f: [folder / name.format(split=split) for name in names] for f, names in _NAMES.items()}
    there = {f: [path for path in paths if path.is_file()] for f, paths in candidates.items()}
    return {f: paths[0] for f, paths in there.items() if paths}
