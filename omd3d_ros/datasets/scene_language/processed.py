"""Processed annotations of Chat-Scene (Huang et al. 2024) and OpenMaskDINO3D: prompts with ``<OBJnnn>`` and replies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from omd3d_ros.datasets.scannet.reading import AnnotationError, read_json
from omd3d_ros.language.identifiers import identifiers

from .processed_names import TAGS, ProcessedName, find_processed, parse_name, parse_tags
from .records import Annotations, Fields, LanguageSample, collect, list_of_records, whole_number

_NO_OBJECT = ("sqa3d", "scannet_caption", "scannet_region_caption")
_GROUND_TRUTH = ("nr3d", "sr3d")
_IN_PROMPT = ("obj_align", "scan2cap", "nr3d_caption")


@dataclass(frozen=True, kw_only=True)
class ProcessedSample(LanguageSample):
    """A record of one of the tags; ``task`` is the tag, ``text`` the prompt, ``ann_id`` the question's id where given.

    obj_id: as in the file.  pred_id, iou: the proposal that fits it best and how well (OpenMaskDINO3D; scan2cap also in
    Chat-Scene).  object_ids: ScanNet's objectIds of the targets as far as the record tells them.  obj_id is none of
    them in Chat-Scene's scanrefer for training, where it numbers a proposal, nor in sqa3d and multi3dref, where it is 0
    for want of one object.  instance_ids: the proposals that are meant; empty where tokens number ground-truth objects
    (nr3d, sr3d, files whose names have no segmentor).
    caption: the reply to learn (training), else None; references: what a reply is compared with, objectIds as numbers
    for multi3dref.  sqa_type: 0 to 5, by the question's first word.
    """

    obj_id: int
    pred_id: int | None = None
    iou: float | None = None
    instance_ids: tuple[int, ...] = ()
    caption: str | None = None
    references: tuple[str | int, ...] = ()
    sqa_type: int | None = None

    @property
    def prompt(self) -> str:
        return self.text

    def evaluation_record(self, pred: str) -> dict[str, Any]:
        """The record that the scores take, for a reply to the prompt."""
        return {
            "scene_id": self.scene_id,
            "gt_id": self.obj_id,
            "pred_id": 0 if self.pred_id is None else self.pred_id,
            "qid": self.ann_id or 0,
            "prompt": self.text,
            "pred": pred,
            "ref_captions": list(self.references),
            "type_info": self.sqa_type if self.sqa_type is not None else self.eval_type or 0,
        }


def read_processed(path: Path | str, tag: str | None = None, allow_empty: bool = False) -> Annotations[ProcessedSample]:
    """One file of records.  tag: where the file's name doesn't tell it.  The key is ``tag|number of the record``.

    Raises AnnotationError.
    """
    path = Path(path)
    name = parse_name(path)
    if tag is not None:
        name = ProcessedName(tag, name.segmentor if name else "mask3d", name.split if name else "train")
    if name is None:
        raise AnnotationError(
            f"{path.name} does not name its tag, such as scanrefer_mask3d_val.json does: give the tag"
        )
    known = name
    records = list_of_records(path, read_json(path))
    return collect(known.tag, path, records, lambda fields, index: _sample(fields, index, known), allow_empty)


def read_processed_tags(
    folder: Path | str, tags: str, split: str = "train", allow_empty: bool = False
) -> Annotations[ProcessedSample]:
    """All records of several tags, such as ``scanrefer#obj_align#scan2cap``, in that order.  Raises AnnotationError."""
    folder = Path(folder)
    found: Annotations[ProcessedSample] = Annotations(tags, folder)
    for tag in parse_tags(tags):
        found.add(read_processed(find_processed(folder, tag, split), tag, allow_empty))
    return found


def _sample(fields: Fields, index: int, name: ProcessedName) -> ProcessedSample:
    prompt = fields.text("prompt")
    if not fields.has("caption") and not fields.has("ref_captions"):
        raise AnnotationError("has neither 'caption' nor 'ref_captions'")
    caption = fields.text("caption") if fields.has("caption") else None
    references = _references(fields) if fields.has("ref_captions") else ()
    texts = tuple(reference for reference in references if isinstance(reference, str))
    obj_id = fields.integer("obj_id")
    pred_id = fields.integer("pred_id") if fields.has("pred_id") else None
    said = [number for text in ([caption] if caption else texts[:1]) for number in identifiers(text)]
    object_ids, instance_ids = _targets(name, caption is not None, obj_id, pred_id, identifiers(prompt), said)
    numbers = tuple(reference for reference in references if isinstance(reference, int))
    return ProcessedSample(
        scene_id=fields.text("scene_id"),
        task=name.tag,
        key=f"{name.tag}|{index}",
        text=prompt,
        answers=texts if caption is None else (caption,),
        object_ids=numbers or object_ids,
        ann_id=fields.label("qid") if fields.has("qid") else None,
        eval_type=_group(fields),
        obj_id=obj_id,
        pred_id=pred_id,
        iou=float(fields.numbers("iou", ())) if fields.has("iou") else None,
        instance_ids=instance_ids,
        caption=caption,
        references=references,
        sqa_type=fields.integer("sqa_type") if fields.has("sqa_type") else None,
    )


def _targets(
    name: ProcessedName, training: bool, obj_id: int, pred_id: int | None, asked: list[int], said: list[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Targets as objectIds and as proposals.  asked, said: the numbers of the tokens in the prompt and in the reply."""
    base = _base(name.tag)
    by_object = base in _GROUND_TRUTH or (name.segmentor in (None, "gt") and pred_id is None)
    if base == "multi3dref":
        return (tuple(said), ()) if by_object else ((), tuple(said))
    if base in _NO_OBJECT:
        return (), ()
    if by_object:
        return (obj_id,), ()
    if pred_id is not None:
        return (obj_id,), (pred_id,)
    if base == "scanrefer" and training:
        return (), (obj_id,)
    return (obj_id,), tuple((asked if base in _IN_PROMPT else said)[:1])


@cache
def _base(tag: str) -> str:
    """The published tag that a tag is, or is a variant of; the longest, as nr3d_caption is no variant of nr3d."""
    known = (base for base in sorted(TAGS, key=len, reverse=True) if f"{tag}_".startswith(f"{base}_"))
    return next(known, tag)


def _group(fields: Fields) -> str | None:
    name = next((name for name in ("eval_type", "type_info") if fields.has(name)), None)
    return None if name is None else fields.label(name)


def _references(fields: Fields) -> tuple[str | int, ...]:
    values = fields.value("ref_captions")
    values = [values] if isinstance(values, str) else values
    if not isinstance(values, list):
        raise AnnotationError(f"field 'ref_captions' must be a list, it is {values!r:.80}")
    return tuple(v if isinstance(v, str) else whole_number(v, "field 'ref_captions'") for v in values)
