"""The sparse U-Net of the published size: ours, and spconv's code for CPUs where it is installed."""

from __future__ import annotations

import importlib.util

import numpy as np
import torch
from torch import nn

from ...perception.point_extractor import PointExtractor
from ..figures import Figure
from ..inputs import Inputs
from ..measuring import timed

VOXEL = 0.02
POINTS_PER_SQUARE_METRE = 12_000
NOISE = 0.001
SUPERPOINTS = 300
ROOM = (3.1, 2.9, 2.1)


def measure(inputs: Inputs) -> list[Figure]:
    """A forward pass, points to superpoint features with kernel maps, on one thread and on all of torch's."""
    coords = torch.from_numpy(synthetic_room(0, ROOM, 6))
    feats = torch.randn((len(coords), 6), generator=torch.Generator().manual_seed(0))
    superpoints = torch.arange(len(coords)) % SUPERPOINTS
    torch.manual_seed(0)
    ours = with_statistics(PointExtractor(backend="torch"))
    repeats = inputs.repeats(3, 5)
    note = f"{len(coords):,} voxels, {sum(p.numel() for p in ours.parameters()) / 1e6:.1f} M parameters"
    with_peer = spconv_is_installed()
    if not with_peer:
        note += "; spconv, to compare with, is not installed"
    before = torch.get_num_threads()
    figures = []
    try:
        for threads in sorted({1, before}):
            torch.set_num_threads(threads)
            name = f"sparse U-Net, {threads} thread{'s' if threads > 1 else ''}"
            figures.append(timed(lambda: _forward(ours, coords, feats, superpoints), repeats).figure(name, note))
        if with_peer:
            torch.set_num_threads(1)  # its results are wrong with more
            peer = PointExtractor(backend="spconv").eval()
            peer.load_state_dict(ours.state_dict())
            samples = timed(lambda: _forward(peer, coords, feats, superpoints), repeats)
            figures.append(samples.figure("spconv's, 1 thread", "to compare with"))
    finally:
        torch.set_num_threads(before)
    return figures


def spconv_is_installed() -> bool:
    return importlib.util.find_spec("spconv") is not None


@torch.inference_mode()
def _forward(
    extractor: PointExtractor, coords: torch.Tensor, feats: torch.Tensor, superpoints: torch.Tensor
) -> torch.Tensor:
    return extractor(coords, feats, superpoints)


def synthetic_room(seed: int, size: tuple[float, float, float], boxes: int) -> np.ndarray:
    """(V, 4) int32: voxels of a floor, two walls and boxes, turned against the axes, in random order."""
    rng = np.random.default_rng(seed)
    x, y, z = np.diag(size)
    corner = np.zeros(3)
    patches = [_patch(rng, corner, x, y), _patch(rng, corner, x, z), _patch(rng, corner, y, z)]
    for _ in range(boxes):
        origin = rng.random(3) * [size[0] - 1, size[1] - 1, 0]
        a, b, c = np.diag(rng.uniform(0.3, 0.9, 3))
        for start, u, v in ((0, a, b), (c, a, b), (0, a, c), (b, a, c), (0, b, c), (a, b, c)):
            patches.append(_patch(rng, origin + start, u, v))
    points = np.concatenate(patches)
    turn = np.array([[np.cos(0.4), -np.sin(0.4), 0], [np.sin(0.4), np.cos(0.4), 0], [0, 0, 1]])
    points = points @ turn.T + rng.normal(0, NOISE, points.shape)
    return room_voxels(points, rng)


def room_voxels(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(V, 4) int32: the voxels of one scene that points (N, 3) in metres are in, in random order."""
    voxels = np.unique(np.floor((points - points.min(0)) / VOXEL).astype(np.int32), axis=0)
    rng.shuffle(voxels)
    return np.concatenate([np.zeros((len(voxels), 1), np.int32), voxels], 1)


def with_statistics(extractor: PointExtractor) -> PointExtractor:
    """Batch norms that do something, as trained ones do."""
    with torch.no_grad():
        for norm in extractor.modules():
            if isinstance(norm, nn.BatchNorm1d) and norm.running_mean is not None and norm.running_var is not None:
                norm.running_mean.normal_(0, 0.1)
                norm.running_var.uniform_(0.3, 1.0)
                norm.weight.uniform_(0.7, 1.3)
                norm.bias.normal_(0, 0.1)
    return extractor.eval()


def _patch(rng: np.random.Generator, origin: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Random points on the parallelogram from origin along u and v."""
    count = int(np.linalg.norm(np.cross(u, v)) * POINTS_PER_SQUARE_METRE)
    return origin + rng.random((count, 1)) * u + rng.random((count, 1)) * v
