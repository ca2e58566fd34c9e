"""Prepared data of two made-up scenes and a tiny model of the published form that can read it."""

from __future__ import annotations

from pathlib import Path

import torch
from published_model import a_base_model, a_reference

from omd3d_ros.datasets.prepared import PreparedSample, PreparedScene
from omd3d_ros.datasets.prepared.layout import Manifest, file_record, samples_path, scene_path, write_manifest
from omd3d_ros.datasets.prepared.sample_file import write_samples
from omd3d_ros.datasets.prepared.scene_file import scene_bytes

POINT, IMAGE, MEDIA, SIZES = 12, 24, 8, (1, 2, 3, 4)


def a_scene(scene_id: str, superpoint_features: bool = True) -> PreparedScene:
    """Four cubes in a row, cube i of ``SIZES[i]`` superpoints, of which number s has s + 1 points: a chair (0), a table
    (1, 2), a box (3 to 5), a chair (6 to 9).

    The objects are number 1 to 4 and proposals in the opposite order, so that object g is proposal 4 - g.
    """
    g = torch.Generator().manual_seed(ord(scene_id[-1]))
    owner = torch.arange(4).repeat_interleave(torch.tensor(SIZES))
    superpoints = torch.arange(len(owner)).repeat_interleave(torch.arange(len(owner)) + 1)
    points = torch.rand(len(superpoints), 3, generator=g) * 0.5
    points[:, 0] += 2.0 * owner[superpoints]
    masks = owner == torch.arange(4)[:, None]
    boxes = torch.tensor([[2.0 * i + 0.25, 0.25, 0.25, 0.5, 0.5, 0.5] for i in range(4)])
    return PreparedScene(
        scene_id=scene_id, points=points, colors=torch.zeros(len(points), 3, dtype=torch.uint8),
        superpoints=superpoints, proposal_masks=masks.flip(0), proposal_boxes=boxes.flip(0),
        proposal_labels=["object"] * 4, point_features=torch.randn(4, POINT, generator=g),
        image_features=torch.randn(4, IMAGE, generator=g), object_ids=torch.arange(1, 5), object_masks=masks,
        object_boxes=boxes, object_labels=["chair", "table", "box", "chair"],
        superpoint_features=torch.randn(len(owner), MEDIA, generator=g) if superpoint_features else None,
    )  # fmt: skip


def samples_of(scene_id: str) -> dict[str, list[PreparedSample]]:
    """Of every task one or two."""

    def sample(task: str, prompt: str, answers: list[str], objects: list[int], masked: bool = True, **extra):
        first = {"obj_id": objects[0], "pred_id": 4 - objects[0]} if objects else {}
        proposals = [4 - g for g in objects]
        return PreparedSample(scene_id, task, prompt, answers, objects, proposals, masked, {**first, **extra})

    short = " Answer the question using a single word or phrase."
    return {
        "scanrefer": [
            sample("scanrefer", "the table", ["<OBJ002>."], [2]),
            sample("scanrefer", "the chair near the table", ["<OBJ003>."], [1]),
        ],
        "multi3dref": [
            sample("multi3dref", "what is a chair ?", ["Yes. <OBJ000> and <OBJ003>."], [1, 4]),
            sample("multi3dref", "what is near the USER ?", ["No."], []),
        ],
        "scan2cap": [sample("scan2cap", "what is <OBJ002> ?", ["The table is near the chair on the left."], [2])],
        "scanqa": [sample("scanqa", f"what is near the table ?{short}", ["chair"], [1], False, qid=f"val-{scene_id}")],
        "sqa3d": [sample("sqa3d", f"the chair is near . what is it ?{short}", ["table"], [], False, sqa_type=0)],
        "nr3d": [sample("nr3d", "the chair near a table", ["<OBJ003>."], [1], eval_type="easy_dep")],
        "obj_align": [sample("obj_align", "What is the <OBJ002>?", ["<OBJ002> is a table."], [2])],
        "reason_seg": [sample("reason_seg", "what is a table ?", [], [2])],
    }


def write_data(folder: Path, scenes: tuple[str, ...] = ("made_a", "made_b"), superpoint_features: bool = True) -> Path:
    """All samples in the split val, and those of ScanRefer in train too."""
    for name in ("scenes", "samples"):
        (folder / name).mkdir(parents=True)
    for scene_id in scenes:
        (folder / scene_path(scene_id)).write_bytes(scene_bytes(a_scene(scene_id, superpoint_features)))
    counts: dict[str, dict[str, int]] = {}
    for task in samples_of("made_a"):
        chosen = [sample for scene_id in scenes for sample in samples_of(scene_id)[task]]
        for split in ("val", "train") if task == "scanrefer" else ("val",):
            write_samples(folder / samples_path(task, split), chosen)
            counts.setdefault(task, {})[split] = len(chosen)
    files = {str(p.relative_to(folder)): file_record(p) for p in folder.rglob("*") if p.is_file()}
    media = MEDIA if superpoint_features else None
    write_manifest(folder, Manifest("rooms", {}, POINT, IMAGE, media, list(scenes), counts, files))
    return folder


def write_model(folder: Path, **changes) -> Path:
    """Random weights whose attention is so strong that answers depend on the question; changes: of the settings."""
    model, processor = a_reference(a_base_model(folder / "llm"), **changes)
    with torch.no_grad():
        for name, weight in model.language_model.named_parameters():
            if "base_layer" in name:
                weight.mul_(36 if "q_proj" in name or "k_proj" in name else 12)
    model.save_pretrained(folder / "model")
    processor.save_pretrained(folder / "model")
    return folder / "model"
