"""Multi3DRefer (Zhang et al. 2023): descriptions of no object, one, or several."""

from __future__ import annotations

from pathlib import Path

from omd3d_ros.datasets.scannet.reading import AnnotationError, read_json

from .records import Annotations, Fields, LanguageSample, collect, list_of_records

TASK = "multi3drefer"
EVAL_TYPES = ("zt_w_d", "zt_wo_d", "st_w_d", "st_wo_d", "mt")
"""Zero targets with and without distractors, a single target with and without, multiple targets."""


def read_multi3drefer(path: Path | str, allow_empty: bool = False) -> Annotations[LanguageSample]:
    """``multi3drefer_{train,val}.json``.  The key is ``scene|annotation``.

    A record whose type doesn't fit the number of its targets is skipped; one without a type (a test file) has None.
    Raises AnnotationError.
    """
    path = Path(path)
    return collect(TASK, path, list_of_records(path, read_json(path)), _sample, allow_empty)


def _sample(fields: Fields, _index: int) -> LanguageSample:
    fields.know("spatial", "color", "texture", "shape")
    scene, ann_id = fields.text("scene_id"), fields.label("ann_id")
    targets = fields.integers("object_ids") if fields.has("object_ids") else ()
    eval_type = fields.text("eval_type") if fields.has("eval_type") else None
    if eval_type is not None:
        _check(eval_type, len(targets))
    name = fields.text("object_name", empty=True) if fields.has("object_name") else ""
    return LanguageSample(
        scene_id=scene,
        task=TASK,
        key=f"{scene}|{ann_id}",
        text=fields.text("description"),
        object_ids=targets,
        object_names=(name.replace("_", " "),) if name else (),
        ann_id=ann_id,
        eval_type=eval_type,
    )


def _check(eval_type: str, num_targets: int) -> None:
    if eval_type not in EVAL_TYPES:
        raise AnnotationError(f"has eval_type {eval_type!r}; it must be one of {', '.join(EVAL_TYPES)}")
    fits = {"z": num_targets == 0, "s": num_targets == 1, "m": num_targets > 1}[eval_type[0]]
    if not fits:
        raise AnnotationError(f"has eval_type {eval_type} and {num_targets} targets, which don't fit")
