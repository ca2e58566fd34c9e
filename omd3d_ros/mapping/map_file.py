"""The file that keeps a map: one uncompressed ``.npz`` (a zip of plain arrays), without pickles.

``header`` is JSON text as bytes: ``{"made_by": "omd3d", "format": 2, "settings": {...}, "state": {...}, "instances":
[...]}``; all else are arrays named in docs/map_file.md.  A reader refuses formats newer than its own.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..files import write_atomically
from ..types import Instance, PointCloud

FORMAT = 2
_MADE_BY = "omd3d"


class MapError(ValueError):
    """A map file or a frame that the map can't use; the message says what would be right."""


@dataclass
class SavedInstance:
    """An object of a saved map: cells (P, 3) int32 are the voxels that its points lay in."""

    id: str
    label: str
    score: float
    cells: np.ndarray
    voxel_size: float

    @classmethod
    def of(cls, instance: Instance, cloud: PointCloud, voxel_size: float) -> SavedInstance:
        """What is kept of an instance whose mask indexes ``cloud``."""
        cells = np.unique(_cells(cloud.xyz[instance.mask], voxel_size), axis=0)
        return cls(instance.id, instance.label, instance.score, cells, voxel_size)

    def instance(self, cloud: PointCloud) -> Instance | None:
        """The object in a cloud of the same map, None when none of its points are there any more."""
        mask = np.isin(_packed(_cells(cloud.xyz, self.voxel_size)), _packed(self.cells))
        return Instance.from_mask(self.id, self.label, self.score, mask, cloud.xyz) if mask.any() else None


def write_map(path: str | os.PathLike, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write header and arrays; whoever reads ``path`` meanwhile, or after a crash, finds the old file or the new."""
    text = json.dumps({"made_by": _MADE_BY, "format": FORMAT, **header}).encode()
    content = {"header": np.frombuffer(text, np.uint8), **arrays}

    def write(file: Path) -> None:
        with open(file, "wb") as f:  # a name without .npz would get one
            np.savez(f, **content)  # type: ignore[arg-type]

    write_atomically(Path(path), write)


def read_map(path: str | os.PathLike) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of a file that ``write_map`` wrote; raises MapError for anything else."""
    try:
        with np.load(path, allow_pickle=False) as f:
            if "header" not in f.files:
                older = "format" in f.files
                raise MapError(
                    f"{path}: a map of an older OMD3D, which this version does not read: map the recording again"
                    if older
                    else f"{path} is not a map written by OMD3D: it has no header"
                )
            header = json.loads(f["header"].tobytes())
            if not isinstance(header, dict) or header.get("made_by") != _MADE_BY:
                raise MapError(f"{path} is not a map written by OMD3D")
            if header["format"] > FORMAT:
                raise MapError(
                    f"{path} was written by a newer OMD3D (map format {header['format']}; this version reads "
                    f"{FORMAT}): update omd3d to read it"
                )
            return header, {name: f[name] for name in f.files if name != "header"}
    except MapError:
        raise
    except FileNotFoundError as e:
        raise MapError(f"{path}: there is no such file") from e
    except (zipfile.BadZipFile, EOFError) as e:
        raise MapError(f"{path} is not a readable map written by OMD3D: truncated or damaged ({e})") from e
    except Exception as e:
        raise MapError(f"{path} is not a readable map written by OMD3D ({type(e).__name__}: {e})") from e


def pack_instances(instances: Sequence[SavedInstance]) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """The header's entry and the arrays for some instances."""
    entries = [
        {"id": i.id, "label": i.label, "score": float(i.score), "cells": len(i.cells), "voxel_size": i.voxel_size}
        for i in instances
    ]
    cells = [i.cells.astype(np.int32) for i in instances]
    return entries, {"instance_cells": np.concatenate(cells) if cells else np.empty((0, 3), np.int32)}


def unpack_instances(entries: list[dict[str, Any]], arrays: dict[str, np.ndarray]) -> list[SavedInstance]:
    """The inverse of ``pack_instances``."""
    ends = np.cumsum([e["cells"] for e in entries]).astype(int)
    parts = np.split(arrays["instance_cells"], ends)
    return [
        SavedInstance(e["id"], e["label"], e["score"], cells, e["voxel_size"])
        for e, cells in zip(entries, parts, strict=False)
    ]


def _cells(xyz: np.ndarray, voxel_size: float) -> np.ndarray:
    return np.floor(xyz.astype(np.float64) / voxel_size).astype(np.int32)


def _packed(cells: np.ndarray) -> np.ndarray:
    shifted = cells.astype(np.int64) + (1 << 20)
    return (shifted[:, 0] << 42) | (shifted[:, 1] << 21) | shifted[:, 2]
