"""The blocks of a map: which there are, what their voxels hold, and which were given up."""

from __future__ import annotations

from collections import deque
from typing import Literal

import numpy as np

from . import block_search, fusion, merging, voxels
from .block_index import BLOCK, BlockIndex, add_all, empty_index
from .depth_view import View
from .voxels import Voxels, empty_voxels

WhenFull = Literal["refuse", "forget_oldest"]
COLUMNS = ("coords", "tsdf", "evidence", "color")
_HOUSEKEEPING = 256  # blocks looked at per frame for whether they still hold a surface
_UNSEEN_FRAMES = 60
_FORGET_SHARE = 0.05
_LOG_LENGTH = 200_000


class BlockStore:
    """Truncated signed distance in blocks of 4x4x4 voxels, grown by frames.  Not thread-safe.

    voxel_size, truncation, min_depth, tolerance in metres; max_blocks, when_full, tolerance as VoxelMap has them.
    ``version`` is the number of the last frame; changes after ``known_since`` can be told one by one.
    """

    def __init__(
        self,
        voxel_size: float,
        truncation: float,
        min_depth: float,
        tolerance: float,
        max_blocks: int,
        when_full: WhenFull,
        version: int,
    ) -> None:
        self.index: BlockIndex = empty_index(max_blocks)
        self.voxels: Voxels = empty_voxels(max_blocks)
        self.version = self.known_since = version
        self.blocks_fused = 0  # over all frames
        self._voxel_size, self._truncation = voxel_size, truncation
        self._min_depth, self._tolerance = min_depth, tolerance / truncation
        self._max_blocks, self._when_full = max_blocks, when_full
        self._cursor = 0
        self._removed: deque[tuple[int, np.ndarray]] = deque()
        self._num_removed = 0

    @property
    def num_blocks(self) -> int:
        """Blocks in use."""
        return self.index.num_blocks

    @property
    def high(self) -> int:
        """One more than the highest block number ever used."""
        return int(self.index.counts[0])

    @property
    def mean_views(self) -> float:
        """In how many frames a block was, on average."""
        return self.blocks_fused / max(self.num_blocks, 1)

    def num_bytes(self) -> int:
        """Bytes in use."""
        return self.index.num_bytes() + self.voxels.num_bytes(self.high)

    def fuse(self, view: View) -> bool:
        """Take a frame in; whether there was room for all that it holds."""
        frame = self.version + 1
        band, full = self._band(view, frame)
        free = block_search.seen_through(
            self.index, self.voxels, view, self._voxel_size * BLOCK, self._truncation, self._min_depth, frame
        )  # fmt: skip
        for chosen in (band, free):
            fusion.fuse(
                self.index, self.voxels, view, chosen, self._voxel_size, self._truncation, self._tolerance, frame
            )
        self._forget_free(free, frame)
        self.blocks_fused += len(band)
        self.version = frame
        return not full

    def merge(self, other: BlockStore, T: np.ndarray) -> bool:
        """Average another store in, T (4, 4) bringing its points here; False, and nothing changed, for lack of room."""
        frame = self.version + 1
        chosen, full = merging.touched_by(
            self.index, self.voxels, other.index, other.voxels, T, self._voxel_size, other._voxel_size, frame
        )
        if full:
            new = chosen[~self.voxels.evidence[chosen].any(1)]
            voxels.forget_all(self.index, self.voxels, new, frame)
            self.voxels.seen[chosen] = self.version  # the next frame has the number that this merge had
            return False
        merging.blend(
            self.index, self.voxels, chosen, other.index, other.voxels, np.ascontiguousarray(np.linalg.inv(T)),
            self._voxel_size, other._voxel_size, other._truncation / self._truncation, frame,
        )  # fmt: skip
        self.blocks_fused += other.blocks_fused
        self.version = frame
        return True

    def removed(self, since: int, until: int) -> list[np.ndarray]:
        """Coordinates (R, 3) of the blocks given up after version ``since`` and up to ``until``."""
        return [coords for frame, coords in self._removed if since < frame <= until]

    def mark_changed(self) -> None:
        """Let the surface of every block be extracted anew."""
        self.voxels.changed[: self.high] = self.version

    def rows(self, start: int, stop: int) -> list[np.ndarray]:
        """Copies of the COLUMNS of the blocks in use among those numbered start to stop."""
        used = np.flatnonzero(self.index.alive[start:stop]) + start
        return [a[used] for a in (self.index.coords, self.voxels.tsdf, self.voxels.evidence, self.voxels.color)]

    def fill(self, columns: dict[str, np.ndarray]) -> None:
        """Add blocks with all that their COLUMNS say; raises ValueError for more than there is room for."""
        coords = np.ascontiguousarray(columns["coords"], np.int32)
        blocks = add_all(self.index, coords)
        if len(coords) and blocks.min() < 0:
            raise ValueError(f"{len(coords)} blocks, but max_blocks is {self._max_blocks}")
        self.voxels.tsdf[blocks] = columns["tsdf"]
        self.voxels.evidence[blocks] = columns["evidence"]
        self.voxels.color[blocks] = columns["color"]
        self.mark_changed()

    def _band(self, view: View, frame: int) -> tuple[np.ndarray, bool]:
        """Numbers of the blocks around the surface that a frame sees, and whether some had no room."""
        size = self._voxel_size * BLOCK
        band, full = block_search.touch_band(self.index, self.voxels, view, size, self._truncation, frame)
        while full and self._when_full == "forget_oldest" and self._forget_oldest(frame):
            more, full = block_search.touch_band(self.index, self.voxels, view, size, self._truncation, frame)
            band = np.concatenate([band, more])
        return band, full

    def _forget_free(self, free: np.ndarray, frame: int) -> None:
        """Drop blocks that turned out empty: those seen through just now, and a few of the rest in turn."""
        turn = np.arange(self._cursor, min(self._cursor + _HOUSEKEEPING, self.high), dtype=np.int32)
        self._cursor = 0 if self._cursor + _HOUSEKEEPING >= self.high else self._cursor + _HOUSEKEEPING
        turn = turn[self.voxels.seen[turn] < frame - _UNSEEN_FRAMES]
        gone = voxels.forget_free(self.index, self.voxels, np.concatenate([free, turn]), frame)
        self._log_removed(gone, frame)

    def _forget_oldest(self, frame: int) -> bool:
        """Give up a twentieth of the map, but nothing that this frame sees; whether there was something to give up."""
        blocks = np.flatnonzero(self.index.alive[: self.high])
        blocks = blocks[self.voxels.seen[blocks] < frame]
        number = min(len(blocks), max(int(_FORGET_SHARE * self._max_blocks), 1))
        if number == 0:
            return False
        oldest = blocks[np.argpartition(self.voxels.seen[blocks], number - 1)[:number]]
        self._log_removed(self.index.coords[oldest].copy(), frame)
        voxels.forget_all(self.index, self.voxels, oldest, frame)
        return True

    def _log_removed(self, coords: np.ndarray, frame: int) -> None:
        if len(coords) == 0:
            return
        self._removed.append((frame, coords))
        self._num_removed += len(coords)
        while self._num_removed > _LOG_LENGTH:
            self.known_since, dropped = self._removed.popleft()
            self._num_removed -= len(dropped)
