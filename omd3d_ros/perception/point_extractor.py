"""PointExtractor: the scene encoder of the published model, points to superpoint features.

Points are averaged in voxels, a sparse U-Net sees the voxels, and its features are pooled over superpoints
(SPFormer, Sun et al. 2023).  Parameter names are the published ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import nn

from .sparse.layers import SubmanifoldConv
from .sparse.tensor import GridTensor, SparseTensor
from .sparse.unet import MOMENTUM, UBlock
from .sparse.voxels import Extent, Voxels, bounds_of
from .voxelisation import all_finite, extent_of, group_max, group_mean, numbers_by_appearance, rows_of

PARTS = ("input_conv", "unet", "output_layer")
LEAST_EXTENT = 128
_POOLS = {"mean": group_mean, "max": group_max}
_BACKENDS = ("auto", "torch", "spconv")


class ExtractorError(ValueError):
    """Settings or points that the extractor can't use; the message says why."""


@dataclass
class Trace:
    """What a forward pass computes on its way; V voxels numbered by first appearance, N points, M superpoints."""

    spatial_shape: Extent
    point_to_voxel: torch.Tensor
    """(N,) int64"""
    voxel_coords: torch.Tensor
    """(V, 4) int32: scene, x, y, z"""
    voxel_features: torch.Tensor
    """(V, input_channel): mean of the points"""
    input_conv: torch.Tensor
    """(V, media): after the first convolution"""
    levels: list[tuple[torch.Tensor, torch.Tensor]]
    """indices (Vl, 4) int32 and features (Vl, Cl) of the U-Net's levels, finest first; the finest as numbered above"""
    unet: torch.Tensor
    """(V, media): after the last batch norm and ReLU"""
    superpoint_features: torch.Tensor
    """(M, media): what forward returns"""


class PointExtractor(nn.Module):
    """input_channel: of a point's features, rgb -1..1 and xyz in metres as published; blocks: levels of the U-Net, of
    media, 2 media, ... channels; block_reps: residual blocks per side and level; pool: over superpoints, mean or max.

    fix_module: parts whose parameters and batch norm statistics stay as they are, in training too.
    normalize_before: only the published order, batch norm before the convolution, exists.  return_blocks: accepted
    as published configurations name it; ``trace`` gives the levels.
    as_published: read 1x1 weights without transpose and drop the last voxels of odd extents, as the published weights
    were trained; otherwise neither.
    backend: "torch" computes with this package, "spconv" with spconv; "auto" takes spconv for tensors on a GPU where
    it is installed.
    """

    def __init__(
        self,
        input_channel: int = 6,
        blocks: int = 5,
        block_reps: int = 2,
        media: int = 32,
        normalize_before: bool = True,
        return_blocks: bool = True,
        pool: str = "mean",
        bn_eps: float = 1e-4,
        fix_module: Sequence[str] = PARTS,
        as_published: bool = True,
        backend: str = "auto",
    ) -> None:
        super().__init__()
        sizes = {"input_channel": input_channel, "blocks": blocks, "block_reps": block_reps, "media": media}
        _check_settings(sizes, normalize_before, return_blocks, pool, bn_eps, fix_module, backend)
        self.input_channel, self.levels, self.media = input_channel, blocks, media
        self.pool, self.fix_module, self.as_published, self.backend = pool, tuple(fix_module), as_published, backend
        self.input_conv = nn.Sequential(SubmanifoldConv(input_channel, media))
        self.unet = UBlock([media * (i + 1) for i in range(blocks)], block_reps, bn_eps, as_published)
        self.output_layer = nn.Sequential(nn.BatchNorm1d(media, bn_eps, MOMENTUM), nn.ReLU())
        for name in self.fix_module:
            self.get_submodule(name).requires_grad_(False)
        self.train()

    def train(self, mode: bool = True) -> PointExtractor:
        """Frozen parts stay in evaluation, so that their batch norms keep the statistics of their training."""
        super().train(mode)
        for name in self.fix_module:
            self.get_submodule(name).eval()
        return self

    def forward(
        self,
        coords: torch.Tensor,
        feats: torch.Tensor,
        superpoints: torch.Tensor,
        num_superpoints: int | None = None,
    ) -> torch.Tensor:
        """coords (N, 4) int: scene, x, y, z in voxels; feats (N, input_channel); superpoints (N,) int, numbered from 0
        over all scenes -> (M, media).  Raises ExtractorError."""
        count = self._check(coords, feats, superpoints, num_superpoints)
        x, rows = self._voxelised(coords, feats)
        out = self.unet(self.input_conv(x))[0].normalised(self.output_layer[0])
        return self._pooled(out.features, rows, superpoints, count)

    def trace(self, coords: torch.Tensor, feats: torch.Tensor, superpoints: torch.Tensor) -> Trace:
        """Forward, with all that it computes on its way."""
        count = self._check(coords, feats, superpoints, None)
        x, rows = self._voxelised(coords, feats)
        first = self.input_conv(x)
        levels = self.unet(first)
        out = levels[0].normalised(self.output_layer[0])
        numbers = numbers_by_appearance(rows, len(x.indices))
        row_of = torch.argsort(numbers)
        return Trace(
            spatial_shape=self._extent(coords),
            point_to_voxel=numbers[rows],
            voxel_coords=x.indices[row_of],
            voxel_features=x.features[row_of],
            input_conv=first.features[row_of],
            levels=[
                (levels[0].indices[row_of], levels[0].features[row_of]),
                *((level.indices, level.features) for level in levels[1:]),
            ],
            unet=out.features[row_of],
            superpoint_features=self._pooled(out.features, rows, superpoints, count),
        )

    def _extent(self, coords: torch.Tensor) -> Extent:
        x, y, z = extent_of(coords, LEAST_EXTENT)
        multiple = 1 if self.as_published else 2 ** (self.levels - 1)
        return -(-x // multiple) * multiple, -(-y // multiple) * multiple, -(-z // multiple) * multiple

    def _voxelised(self, coords: torch.Tensor, feats: torch.Tensor) -> tuple[SparseTensor, torch.Tensor]:
        """The voxels with the means of their points, and the row (N,) of each point's voxel."""
        extent = self._extent(coords)
        voxels, rows = Voxels.of(coords, extent)
        features = group_mean(feats, rows, len(voxels))
        if self._with_spconv(feats.device):
            from .sparse.spconv_tensor import SpconvTensor

            return SpconvTensor.of(features, voxels.indices, extent), rows
        return GridTensor(features, voxels), rows

    def _with_spconv(self, device: torch.device) -> bool:
        if self.backend != "auto":
            return self.backend == "spconv"
        return device.type == "cuda" and _spconv_for_gpus()

    def _pooled(
        self, features: torch.Tensor, rows: torch.Tensor, superpoints: torch.Tensor, count: int
    ) -> torch.Tensor:
        return _POOLS[self.pool](rows_of(features, rows), superpoints.long(), count)

    def _check(
        self, coords: torch.Tensor, feats: torch.Tensor, superpoints: torch.Tensor, num_superpoints: int | None
    ) -> int:
        """The number of superpoints; raises ExtractorError for points that can't be encoded."""
        n = len(coords)
        if n == 0:
            raise ExtractorError("an empty cloud has no superpoint features: give at least one point")
        if coords.shape != (n, 4) or coords.dtype.is_floating_point:
            raise ExtractorError(f"coords are (N, 4) integers, not {tuple(coords.shape)} of {coords.dtype}")
        if feats.shape != (n, self.input_channel):
            raise ExtractorError(f"feats of {n} points are ({n}, {self.input_channel}), not {tuple(feats.shape)}")
        if superpoints.shape != (n,) or superpoints.dtype.is_floating_point:
            raise ExtractorError(f"superpoints of {n} points are ({n},) integers, not {tuple(superpoints.shape)}")
        least, largest = bounds_of(coords)
        if min(least) < 0:
            raise ExtractorError("coords are negative: subtract the least coordinate first")
        if max(largest) >= 1 << 30:
            raise ExtractorError(f"a coordinate of {max(largest)} voxels is too large: at most 2**30 - 1")
        if not all_finite(feats):
            raise ExtractorError("feats hold NaN or infinity: leave such points out")
        return _superpoint_count(superpoints, num_superpoints)


def _superpoint_count(superpoints: torch.Tensor, expected: int | None) -> int:
    numbers = superpoints.cpu().numpy()
    least, count = int(numbers.min()), int(numbers.max()) + 1
    if least < 0:
        raise ExtractorError(f"superpoints are numbered from 0, not from {least}")
    if expected is not None and count > expected:
        raise ExtractorError(f"superpoint {count - 1} is out of range for {expected} superpoints")
    wanted = count if expected is None else expected
    if wanted > len(numbers) or not np.bincount(numbers, minlength=wanted).all():
        present = len(np.unique(numbers))
        raise ExtractorError(
            f"superpoints are not contiguous: {present} of {wanted} numbers have points; renumber them"
        )
    return count


def _check_settings(
    sizes: dict[str, int],
    normalize_before: bool,
    return_blocks: bool,
    pool: str,
    bn_eps: float,
    fix_module: Sequence[str],
    backend: str,
) -> None:
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ExtractorError(f"{name} is a whole number of at least 1, not {size!r}")
    if normalize_before is not True:
        raise ExtractorError("normalize_before must be true: only the published order of the layers is built")
    if not isinstance(return_blocks, bool):
        raise ExtractorError(f"return_blocks is true or false, not {return_blocks!r}")
    if pool not in _POOLS:
        raise ExtractorError(f"pool is one of {', '.join(_POOLS)}, not {pool!r}")
    if not bn_eps > 0:
        raise ExtractorError(f"bn_eps is above 0, not {bn_eps!r}")
    unknown = [name for name in fix_module if name not in PARTS]
    if isinstance(fix_module, str) or unknown:
        raise ExtractorError(f"fix_module lists some of {', '.join(PARTS)}, not {fix_module!r}")
    if backend not in _BACKENDS:
        raise ExtractorError(f"backend is one of {', '.join(_BACKENDS)}, not {backend!r}")
    if backend == "spconv":
        _require_spconv()


def _require_spconv() -> None:
    try:
        from .sparse import spconv_tensor  # noqa: F401  (its import is the check)
    except (ImportError, OSError) as error:
        raise ExtractorError(f"backend spconv is not installed ({error}); use torch or auto") from error


@lru_cache(maxsize=1)
def _spconv_for_gpus() -> bool:
    """Whether spconv is installed with its code for CUDA."""
    try:
        from .sparse import spconv_tensor
    except (ImportError, OSError):
        return False
    return spconv_tensor.BUILT_FOR_CUDA
