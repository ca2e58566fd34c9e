"""Scan2Cap (Chen et al. 2021): objects with the captions that describe them, made of ScanRefer, and their corpus."""

from __future__ import annotations

from pathlib import Path

from omd3d_ros.datasets.scannet.reading import AnnotationError, kind_of, read_json

from .records import Annotations, Fields, LanguageSample, collect, whole_number

TASK = "scan2cap"
_BEGIN, _END = "sos ", " eos"


def read_caption_corpus(path: Path | str, allow_empty: bool = False) -> Annotations[LanguageSample]:
    """A corpus file, ``scene|object`` or ``scene|object|name`` -> captions, as one sample per object.

    answers: the captions without the marks ``sos`` and ``eos``, where there are any.  Raises AnnotationError.
    """
    path = Path(path)
    content = read_json(path)
    if not isinstance(content, dict):
        raise AnnotationError(f"{path} must hold an object of captions by scene|object, it holds a {kind_of(content)}")
    entries = [{"key": key, "captions": captions} for key, captions in content.items()]
    return collect(TASK, path, entries, _sample, allow_empty)


def captions_by_object(annotations: Annotations[LanguageSample]) -> Annotations[LanguageSample]:
    """ScanRefer's (or Nr3D's) descriptions grouped by object: one sample each, its captions in the file's order."""
    groups: dict[tuple[str, int], list[LanguageSample]] = {}
    for sample in annotations:
        for object_id in sample.object_ids:
            groups.setdefault((sample.scene_id, object_id), []).append(sample)
    samples = [
        _grouped(scene, object_id, tuple(s.text for s in group), group[0].object_names)
        for (scene, object_id), group in groups.items()
    ]
    return Annotations(TASK, annotations.path, samples)


def reference_captions(annotations: Annotations[LanguageSample]) -> dict[str, list[str]]:
    """``scene|object`` -> ``sos caption eos``: the form that Scan2Cap's scores take."""
    return {f"{s.scene_id}|{s.object_id}": [f"{_BEGIN}{caption}{_END}" for caption in s.answers] for s in annotations}


def without_marks(caption: str) -> str:
    """A caption without the marks of its begin and end."""
    text = caption.strip()
    text = text[len(_BEGIN) :] if text.startswith(_BEGIN) else text
    return (text[: -len(_END)] if text.endswith(_END) else text).strip()


def _sample(fields: Fields, _index: int) -> LanguageSample:
    key = fields.text("key")
    parts = key.split("|", 2)
    if len(parts) < 2:
        raise AnnotationError(f"key must be scene|object or scene|object|name, it is {key!r}")
    captions = tuple(map(without_marks, fields.texts("captions")))
    if not captions:
        raise AnnotationError(f"'{key}' has no caption")
    number = whole_number(parts[1], f"the object of '{key}'")
    return _grouped(parts[0], number, captions, tuple(parts[2:]))


def _grouped(scene: str, object_id: int, captions: tuple[str, ...], names: tuple[str, ...]) -> LanguageSample:
    return LanguageSample(
        scene_id=scene,
        task=TASK,
        key=f"{scene}|{object_id}",
        text="",
        answers=captions,
        object_ids=(object_id,),
        object_names=tuple(name.replace("_", " ") for name in names),
    )
