"""What the scores read beside prediction files, from prepared data: the files of ``--annotations``.

instance_attributes.json, scannet_attributes.json   proposals and true objects: names and boxes
unique_multiple_lookup.json                          ScanRefer: whether an object is the only one of its class
corpus.json                                          Scan2Cap: reference captions
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...datasets.prepared import PreparedDataset, PreparedSample, PreparedScene
from ...files import write_atomically
from ..scanrefer import CLASSES, MULTIPLE, UNIQUE, unique_multiple_lookup
from .questions import Question
from .records import references_of, target_number


def write_annotations(
    folder: Path, data: PreparedDataset, questions: Mapping[str, Sequence[Question]], split: str
) -> None:
    """Write the files for these questions (task -> questions of the split)."""
    names = dict.fromkeys(q.sample.scene_id for group in questions.values() for q in group)
    attributes: dict[str, dict[str, Any]] = {"instance": {}, "scannet": {}}
    labels = {}
    for scene_id in names:
        scene = data.scene(scene_id)
        attributes["instance"][scene_id] = {"objects": scene.proposal_labels, "locs": scene.proposal_boxes.tolist()}
        attributes["scannet"][scene_id] = _true_objects(scene)
        labels[scene_id] = dict(zip(scene.object_ids.tolist(), scene.object_labels, strict=True))
    for kind, content in attributes.items():
        _write(folder / f"{kind}_attributes.json", content)
    if "scanrefer" in questions:
        _write(folder / "unique_multiple_lookup.json", _lookup(data.samples(["scanrefer"], split), labels))
    if "scan2cap" in questions:
        _write(folder / "corpus.json", _corpus(questions["scan2cap"]))


def _true_objects(scene: PreparedScene) -> dict[str, Any]:
    """Row g is object g; numbers that no object has get an empty box."""
    rows = int(scene.object_ids.max()) + 1 if len(scene.object_ids) else 0
    names, boxes = [""] * rows, [[0.0] * 6 for _ in range(rows)]
    for g, label, box in zip(scene.object_ids.tolist(), scene.object_labels, scene.object_boxes.tolist(), strict=True):
        names[g], boxes[g] = label, box
    return {"objects": names, "locs": boxes}


def _lookup(samples: Iterable[PreparedSample], labels: Mapping[str, Mapping[int, str]]) -> dict[str, dict[str, int]]:
    """Scene -> object -> UNIQUE or MULTIPLE: as the data says, else by the labels of all objects that are described."""
    described = [(s.scene_id, target_number(s), s.extra.get("eval_type")) for s in samples if s.scene_id in labels]
    annotations = [
        {"scene_id": scene, "object_id": str(g), "object_name": labels[scene].get(g, "")} for scene, g, _ in described
    ]
    lookup = unique_multiple_lookup(annotations, {name: name for name in CLASSES})
    for scene, g, kind in described:
        if kind in ("unique", "multiple"):
            lookup[scene][str(g)] = UNIQUE if kind == "unique" else MULTIPLE
    return lookup


def _corpus(questions: Iterable[Question]) -> dict[str, list[str]]:
    """``scene|object`` -> the captions of the objects that are asked about."""
    corpus: dict[str, list[str]] = {}
    for question in questions:
        sample = question.sample
        known = corpus.setdefault(f"{sample.scene_id}|{target_number(sample)}", [])
        known += [text for text in references_of(question) if text not in known]
    return corpus


def _write(path: Path, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False) + "\n"
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))
