"""SceneLanguage: which language records there are about which ScanNet scene, and how each becomes a sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..scannet import read_label_map
from ..scannet.reading import AnnotationError
from ..scene_language.multi3drefer import read_multi3drefer
from ..scene_language.processed import ProcessedSample, read_processed
from ..scene_language.processed_names import find_processed
from ..scene_language.records import LanguageSample
from ..scene_language.referit3d import read_referit3d
from ..scene_language.scan2cap import captions_by_object
from ..scene_language.scanqa import read_scanqa
from ..scene_language.scanrefer import read_scanrefer, with_unique_multiple
from ..scene_language.sqa3d import QUESTION_TYPES, read_sqa3d
from . import wording
from .collector import SampleCollector
from .layout import PreparedDataError
from .processed_language import add_processed
from .scannet_files import RELEASES, find_release

ALIGN = "obj_align"
TAGS = ("scanrefer", ALIGN, "scan2cap", "scanqa", "sqa3d", "multi3dref", "nr3d_caption", "nr3d", "sr3d")
_OBJECTS_AS_TOKENS = ("nr3d", "sr3d")  # their processed files number true objects, not proposals


@dataclass(frozen=True)
class _Part:
    """The records of one tag and split; none for obj_align of the scenes' own labels."""

    tag: str
    split: str
    records: Sequence[LanguageSample]


class SceneLanguage:
    """tags: those that there are records of; scene_ids: sorted, of all records and of the splits' lists."""

    def __init__(self, parts: Iterable[_Part], aligned: dict[str, str]) -> None:
        """aligned: scene -> split of obj_align from the scenes' labels."""
        self._parts = list(parts)
        self._aligned = aligned
        self._of_scene: dict[str, list[tuple[_Part, LanguageSample]]] = {}
        for part in self._parts:
            for record in part.records:
                self._of_scene.setdefault(record.scene_id, []).append((part, record))
        self.tags = tuple(dict.fromkeys([p.tag for p in self._parts] + ([ALIGN] if aligned else [])))
        self.scene_ids = sorted({*self._of_scene, *aligned})

    @classmethod
    def read(
        cls,
        annotations: Path,
        tags: tuple[str, ...] | None,
        splits: tuple[str, ...],
        lists: dict[str, list[str]],
        labels: Path | None,
    ) -> SceneLanguage:
        """Processed files (``scanrefer_mask3d_train.json``) come before releases (``ScanRefer_filtered_train.json``).

        tags: None for all that are there.  Raises PreparedDataError for a tag that is asked for and is not there, and
        AnnotationError for damaged files.
        """
        parts, aligned = [], {}
        for tag in TAGS if tags is None else tags:
            found = [part for split in splits if (part := _read(annotations, tag, split, lists, labels))]
            parts += found
            if not found and tag == ALIGN:
                aligned = {scene: split for split in splits for scene in lists.get(split, ())}
            if not found and tags is not None and not (tag == ALIGN and aligned):
                raise PreparedDataError(_lacking(annotations, tag, splits))
        if not parts and not aligned:
            raise PreparedDataError(f"{annotations} has no annotations of {', '.join(TAGS)} for {', '.join(splits)}")
        return cls(parts, aligned)

    def collect(self, collector: SampleCollector) -> None:
        """The samples of the collector's scene."""
        scene_id = collector.scene.scene_id
        for part, record in self._of_scene.get(scene_id, ()):
            if isinstance(record, ProcessedSample):
                add_processed(collector, part.split, record)
            else:
                _COLLECT[part.tag](collector, part.tag, part.split, record)
        if scene_id in self._aligned:
            collector.align(self._aligned[scene_id])


def _read(annotations: Path, tag: str, split: str, lists: dict[str, list[str]], labels: Path | None) -> _Part | None:
    processed = None if tag in _OBJECTS_AS_TOKENS else _find_processed(annotations, tag, split)
    if processed is not None:
        return _Part(tag, split, read_processed(processed, tag).samples)
    path = find_release(annotations, tag, split)
    if path is None:
        return None
    if tag in _OBJECTS_AS_TOKENS:
        scenes = set(lists.get(split, ()))
        records = [r for r in read_referit3d(path, usual=True) if r.scene_id in scenes]
        return _Part(tag, split, records) if records else None
    if tag in ("scanrefer", "scan2cap"):
        found = read_scanrefer(path)
        found = found if labels is None else with_unique_multiple(found, read_label_map(labels))
        return _Part(tag, split, (found if tag == "scanrefer" else captions_by_object(found)).samples)
    readers: dict[str, Callable[[Path], Any]] = {
        "scanqa": read_scanqa, "sqa3d": read_sqa3d, "multi3dref": read_multi3drefer
    }  # fmt: skip
    return _Part(tag, split, readers[tag](path).samples)


def _find_processed(annotations: Path, tag: str, split: str) -> Path | None:
    try:
        return find_processed(annotations, tag, split)
    except AnnotationError:
        return None


def _lacking(annotations: Path, tag: str, splits: tuple[str, ...]) -> str:
    looked_for = [f"{tag}_mask3d_{splits[0]}.json"] if tag not in _OBJECTS_AS_TOKENS else []
    if tag in RELEASES:
        looked_for.append(RELEASES[tag].format(splits[0]))
    if tag == ALIGN or tag in _OBJECTS_AS_TOKENS:
        looked_for.append("the lists scannetv2_*.txt that say which scenes are in a split")
    return f"{annotations} has nothing for the tag {tag!r}; looked for {', '.join(looked_for)}"


def _grounding(collector: SampleCollector, tag: str, split: str, record: LanguageSample) -> None:
    if not record.object_ids:
        return collector.drop(tag, split, "target withheld")
    text = wording.bare_description(record.text)
    prompt = wording.worded(wording.GROUNDING, text, record.scene_id, record.key)
    return collector.grounding(tag, split, prompt, record.object_id, _extra(record))


def _caption(collector: SampleCollector, tag: str, split: str, record: LanguageSample) -> None:
    collector.caption(tag, split, record.object_id, record.answers, {"key": record.key})


def _several(collector: SampleCollector, tag: str, split: str, record: LanguageSample) -> None:
    text = wording.bare_description(record.text)
    prompt = wording.worded(wording.SEVERAL, text, record.scene_id, record.key)
    collector.several(tag, split, prompt, record.object_ids, {**_extra(record), "object_ids": list(record.object_ids)})


def _question(collector: SampleCollector, tag: str, split: str, record: LanguageSample) -> None:
    extra: dict[str, Any] = {"qid": record.ann_id, "ref_captions": list(record.answers)}
    text = record.text
    if tag == "sqa3d":
        text = f"{record.situation} {text}"
        extra["sqa_type"] = QUESTION_TYPES.index(record.eval_type or "other")
    collector.question(tag, split, text, record.answers, record.object_ids[:1], extra)


def _extra(record: LanguageSample) -> dict[str, Any]:
    known = {"ann_id": record.ann_id, "eval_type": record.eval_type}
    return {name: value for name, value in known.items() if value is not None}


_COLLECT: dict[str, Callable[[SampleCollector, str, str, LanguageSample], None]] = {
    "scanrefer": _grounding,
    "nr3d": _grounding,
    "sr3d": _grounding,
    "scan2cap": _caption,
    "multi3dref": _several,
    "scanqa": _question,
    "sqa3d": _question,
}
