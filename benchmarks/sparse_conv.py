"""The sparse U-Net of the published size against spconv's code for CPUs: time, and how far the results differ.

    python benchmarks/sparse_conv.py [--source FRAMES] [--rounds N] [--small]

Both encode the same voxels with the same weights, in turns within one process: ours on one thread and on two, spconv
on one, since it races with more.  A time is of a whole forward pass, points to superpoint features, kernel maps
included; ratios are spconv's median over ours.  Without a source, the cloud is a synthetic room of about 91,000 voxels
of 2 cm.  spconv is optional: `pip install spconv`.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from omd3d_ros.benchmarking.areas.sparse_convolution import (
    ROOM,
    SUPERPOINTS,
    room_voxels,
    spconv_is_installed,
    synthetic_room,
    with_statistics,
)
from omd3d_ros.datasets import open_source
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.perception.point_extractor import PointExtractor


def recorded_room(source: Path) -> np.ndarray:
    """(V, 4) int32: voxels of the map of a recording."""
    voxel_map = VoxelMap()
    for frame in open_source(source):
        if frame.T_world_camera is not None:
            voxel_map.integrate(frame)
    return room_voxels(voxel_map.point_cloud().xyz, np.random.default_rng(0))


def timed(encode: Callable[[], torch.Tensor], threads: int) -> tuple[float, torch.Tensor]:
    """Seconds on this many threads, and the result."""
    torch.set_num_threads(threads)
    start = time.perf_counter()
    out = encode()
    return time.perf_counter() - start, out


@torch.no_grad()
def compare(coords: torch.Tensor, extractors: dict[str, PointExtractor], rounds: int) -> None:
    generator = torch.Generator().manual_seed(0)
    feats = torch.randn((len(coords), 6), generator=generator)
    superpoints = torch.arange(len(coords)) % min(SUPERPOINTS, len(coords))
    runs = [(name, threads) for name in extractors for threads in ((1, 2) if name == "ours" else (1,))]
    times: dict[tuple[str, int], list[float]] = {run: [] for run in runs}
    outs: dict[tuple[str, int], torch.Tensor] = {}
    for number in range(rounds + 1):
        for name, threads in runs:
            extractor = extractors[name]
            seconds, out = timed(lambda e=extractor: e(coords, feats, superpoints), threads)  # type: ignore[misc]
            outs[name, threads] = out
            if number:
                times[name, threads].append(seconds)
            else:
                print(f"first call, {name}, {threads} thread(s): {seconds:.2f} s")
    report(times, outs)


def report(times: dict[tuple[str, int], list[float]], outs: dict[tuple[str, int], torch.Tensor]) -> None:
    print("\n| | threads | median s | least s | spconv over this |\n| --- | --- | --- | --- | --- |")
    peer = times.get(("spconv", 1))
    for (name, threads), seconds in times.items():
        median = statistics.median(seconds)
        ratio = f"{statistics.median(peer) / median:.2f}" if peer else "-"
        print(f"| {name} | {threads} | {median:.3f} | {min(seconds):.3f} | {ratio} |")
    ours = outs["ours", 1]
    print(f"\nbitwise equal on 1 and 2 threads: {torch.equal(ours, outs['ours', 2])}")
    if peer:
        difference = float((ours - outs["spconv", 1]).abs().max())
        print(f"largest difference from spconv: {difference:.1e}, of values up to {float(ours.abs().max()):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, help="a recording instead of the synthetic room")
    parser.add_argument("--rounds", type=int, default=9, help="timed rounds (default: 9)")
    parser.add_argument(
        "--small", action="store_true", help="a corner of a room and a U-Net of 3 levels, for a quick run"
    )
    args = parser.parse_args()
    if args.source:
        voxels = recorded_room(args.source)
    else:
        voxels = synthetic_room(0, (1.2, 1.1, 1.0), 1) if args.small else synthetic_room(0, ROOM, 6)
    shape: dict[str, Any] = {"blocks": 3, "media": 16} if args.small else {}
    torch.manual_seed(0)
    extractors = {"ours": with_statistics(PointExtractor(**shape, backend="torch"))}
    if spconv_is_installed():
        extractors["spconv"] = PointExtractor(**shape, backend="spconv").eval()
        extractors["spconv"].load_state_dict(extractors["ours"].state_dict())
    else:
        print("spconv is not installed: ours alone")
    parameters = sum(p.numel() for p in extractors["ours"].parameters())
    print(f"{len(voxels)} voxels, {parameters / 1e6:.2f} M parameters")
    compare(torch.from_numpy(voxels), extractors, args.rounds)


if __name__ == "__main__":
    main()
