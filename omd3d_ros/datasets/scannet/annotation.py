"""Which vertices belong to which object: ``.segs.json`` and ``.aggregation.json`` of a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .reading import AnnotationError, integer_array, kind_of, read_json_object

NO_OBJECT = -1


@dataclass(frozen=True)
class SegmentGroup:
    """One annotated object: its objectId (from 0), raw category, and the segments (S,) int64 it consists of."""

    object_id: int
    label: str
    segments: np.ndarray


@dataclass(frozen=True)
class VertexObjects:
    """object_ids (N,) int64 per vertex, NO_OBJECT where none; remarks: what the files disagree about, in words."""

    object_ids: np.ndarray
    remarks: list[str]


def read_segments(path: Path | str) -> np.ndarray:
    """(N,) int64, the segment of each vertex; the ids are arbitrary and have gaps.  Raises AnnotationError."""
    content = read_json_object(Path(path), "segIndices")
    return integer_array(content["segIndices"], f"{path}: segIndices")


def read_aggregation(path: Path | str) -> list[SegmentGroup]:
    """The groups in the order of the file.

    Where the release's ``id`` and ``objectId`` differ, objectId counts, since the language sets refer to it; one of
    them is enough.  Raises AnnotationError for a group without an id, a label or segments.
    """
    groups = read_json_object(Path(path), "segGroups")["segGroups"]
    if not isinstance(groups, list):
        raise AnnotationError(f"{path}: segGroups must be a list, it is a {kind_of(groups)}")
    return [_group(f"{path} group {index}", group) for index, group in enumerate(groups)]


def assign_vertices(segment_of_vertex: np.ndarray, groups: list[SegmentGroup]) -> VertexObjects:
    """Objects per vertex, for segments (N,) of the vertices.

    A segment that several groups list belongs to the last of them, as in ScanNet's and ScanRefer's own readers; in
    scene0217_00, whose 31 objects are listed twice, that leaves objects 31 to 61 with vertices and 0 to 30 with none.
    A listed segment that no vertex has is passed over and remarked upon.
    """
    segments, row = np.unique(segment_of_vertex, return_inverse=True)
    owner = np.full(len(segments), NO_OBJECT, np.int64)
    remarks = []
    for group in groups:
        place = np.searchsorted(segments, group.segments)
        there = place < len(segments)
        there[there] = segments[place[there]] == group.segments[there]
        if not there.all():
            absent = ", ".join(map(str, group.segments[~there][:5]))
            remarks.append(f"object {group.object_id} ({group.label}): no vertex has its segments {absent}")
        rows = place[there]
        shared = (owner[rows] != NO_OBJECT) & (owner[rows] != group.object_id)
        if shared.any():
            remarks.append(
                f"object {group.object_id} ({group.label}): takes over {int(shared.sum())} segments of "
                f"objects {', '.join(map(str, np.unique(owner[rows[shared]])[:5]))}"
            )
        owner[rows] = group.object_id
    return VertexObjects(owner[row.reshape(-1)], remarks)


def _group(where: str, group: object) -> SegmentGroup:
    if not isinstance(group, Mapping):
        raise AnnotationError(f"{where} must be an object, it is a {kind_of(group)}")
    number = group.get("objectId", group.get("id"))
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise AnnotationError(f"{where}: objectId must be a whole number from 0, it is {number!r}")
    if not isinstance(group.get("label"), str):
        raise AnnotationError(f"{where}: has no label")
    if "segments" not in group:
        raise AnnotationError(f"{where}: has no segments")
    return SegmentGroup(number, group["label"], integer_array(group["segments"], f"{where}: segments"))
