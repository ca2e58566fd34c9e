"""One ScanNet v2 scan with its annotation: vertices, colours, alignment, segments, objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from .annotation import NO_OBJECT, SegmentGroup, assign_vertices, read_aggregation, read_segments
from .labels import LabelMap
from .mesh import read_mesh
from .object_boxes import ObjectBoxes, object_boxes
from .reading import AnnotationError
from .scene_info import SceneInfo, align, read_scene_info


@dataclass(frozen=True)
class ScannetObject:
    """object_id: ScanNet's objectId, from 0.  label: raw category.  box (6,): centre and size, aligned; mean (3,): of
    the vertices, aligned; both zeros where ``num_vertices`` is 0, that is where later groups took them all."""

    object_id: int
    label: str
    num_vertices: int
    box: np.ndarray
    mean: np.ndarray


@dataclass(frozen=True)
class ScannetScene:
    """A scan of N vertices.

    xyz (N, 3) float32 metres, raw frame; rgb (N, 3) uint8; faces (F, 3); info: with T_aligned_raw.
    segments (N,) int64: arbitrary ids, None where the scan has no ``.segs.json``.
    object_ids (N,) int64: objectId per vertex, NO_OBJECT (-1) where none.  nyu40 (N,) int64 of the ``.labels.ply``.
    annotated: False for a scan without an aggregation (test scans).  remarks: what the files disagree about.
    """

    scene_id: str
    xyz: np.ndarray
    rgb: np.ndarray
    faces: np.ndarray
    info: SceneInfo
    segments: np.ndarray | None
    object_ids: np.ndarray
    groups: list[SegmentGroup] = field(default_factory=list)
    nyu40: np.ndarray | None = None
    annotated: bool = True
    remarks: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.xyz)

    @cached_property
    def xyz_aligned(self) -> np.ndarray:
        """(N, 3) float32 in the axis-aligned frame; the raw one where the scan has no alignment."""
        return align(self.xyz, self.info.T_aligned_raw)

    @cached_property
    def objects(self) -> list[ScannetObject]:
        """In the order of their objectIds; of two groups with one objectId the later gives the label."""
        labels = {group.object_id: group.label for group in self.groups}
        ids = sorted(labels)
        boxes = self.boxes(np.array(ids, np.int64))
        rows = zip(ids, boxes.num_points, boxes.boxes, boxes.mean, strict=True)
        return [ScannetObject(i, labels[i], int(n), box, mean) for i, n, box, mean in rows]

    def boxes(self, object_ids: np.ndarray, aligned: bool = True) -> ObjectBoxes:
        """Boxes of the objects with these ids, in the aligned frame or the scan's own."""
        return object_boxes(self.xyz_aligned if aligned else self.xyz, self.object_ids, object_ids)

    def object(self, object_id: int) -> ScannetObject:
        """Raises AnnotationError for an id that the scene's annotation doesn't have."""
        found = next((o for o in self.objects if o.object_id == object_id), None)
        if found is None:
            known = f"0 to {self.objects[-1].object_id}" if self.objects else "none: it is not annotated"
            raise AnnotationError(f"{self.scene_id} has no object {object_id}; its objectIds are {known}")
        return found

    def mask(self, object_id: int) -> np.ndarray:
        """(N,) bool, the vertices of one object.  Raises AnnotationError for an unknown one."""
        self.object(object_id)
        return self.object_ids == object_id

    def benchmark_ids(self, labels: LabelMap) -> np.ndarray:
        """(N,) int64 in the form of the benchmark's ground truth: NYU40 id * 1000 + objectId + 1, 0 where none."""
        known = {group.object_id: labels.nyu40_id(group.label) for group in self.groups}
        value = np.zeros(max(known, default=-1) + 2, np.int64)
        for object_id, nyu40 in known.items():
            value[object_id] = nyu40 * 1000 + object_id + 1 if nyu40 else 0
        return value[self.object_ids]  # NO_OBJECT is the last entry, which is 0


def read_scene(folder: Path | str, scene_id: str | None = None) -> ScannetScene:
    """Read ``scans/<scene>/``; the scene's id is the folder's name unless it is given.

    A missing ``<scene>.txt`` is an alignment of identity, a missing aggregation no objects.  See ``assign_vertices``
    for groups that overlap.  Raises AnnotationError when there is no mesh, or when the files do not fit each other.
    """
    folder = Path(folder)
    scene_id = scene_id or folder.resolve().name
    base = folder / f"{scene_id}_vh_clean_2"
    if not folder.is_dir():
        raise AnnotationError(f"scene {scene_id} is not there: no folder {folder}")
    mesh = read_mesh(base.with_suffix(".ply"))
    info_path = folder / f"{scene_id}.txt"
    info = read_scene_info(info_path) if info_path.is_file() else SceneInfo()
    segments = _segments(Path(f"{base}.0.010000.segs.json"), len(mesh))
    aggregation = _aggregation_path(folder, scene_id)
    groups = [] if aggregation is None else read_aggregation(aggregation)
    if groups and segments is None:
        raise AnnotationError(f"{scene_id} has an aggregation but no {base.name}.0.010000.segs.json")
    if segments is None or not groups:
        object_ids, remarks = np.full(len(mesh), NO_OBJECT, np.int64), []
    else:
        assigned = assign_vertices(segments, groups)
        object_ids, remarks = assigned.object_ids, assigned.remarks
    nyu40 = _nyu40(base.with_suffix(".labels.ply"), mesh.xyz)
    annotated = aggregation is not None
    return ScannetScene(
        scene_id, mesh.xyz, mesh.rgb, mesh.faces, info, segments, object_ids, groups, nyu40, annotated, remarks
    )


def _segments(path: Path, num_vertices: int) -> np.ndarray | None:
    if not path.is_file():
        return None
    segments = read_segments(path)
    if len(segments) != num_vertices:
        raise AnnotationError(f"{path}: has segments of {len(segments)} vertices, but the mesh has {num_vertices}")
    return segments


def _aggregation_path(folder: Path, scene_id: str) -> Path | None:
    """The release names it ``<scene>.aggregation.json`` or, by its mesh, ``<scene>_vh_clean.aggregation.json``."""
    names = (f"{scene_id}.aggregation.json", f"{scene_id}_vh_clean.aggregation.json")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _nyu40(path: Path, xyz: np.ndarray) -> np.ndarray | None:
    if not path.is_file():
        return None
    labelled = read_mesh(path)
    if labelled.nyu40 is None:
        raise AnnotationError(f"{path}: its vertices have no label")
    if labelled.xyz.shape != xyz.shape or not np.allclose(labelled.xyz, xyz, atol=1e-4):
        raise AnnotationError(f"{path}: its vertices are not those of the mesh, so its labels belong to another one")
    return labelled.nyu40
