"""How many training rooms one core makes in a minute: furnished, recorded, fused, cut into superpoints, written.

    python benchmarks/room_rate.py --rooms 20

Times are CPU seconds of one process, so that what else runs on the machine counts little.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import cv2  # noqa: E402 - numerical libraries read the number of threads when they are loaded
import torch  # noqa: E402

from omd3d_ros.datasets.room_samples import load_rooms, room_sample  # noqa: E402

FIRST_SEED = 9_100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=20)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        load_rooms(cache, [], quiet=True)
        room_sample(cache, FIRST_SEED - 1)  # compiles
        start, wall = time.process_time(), time.perf_counter()
        for seed in range(FIRST_SEED, FIRST_SEED + args.rooms):
            room_sample(cache, seed)
        spent, wall = time.process_time() - start, time.perf_counter() - wall
        size = sum(file.stat().st_size for file in cache.iterdir()) / (args.rooms + 1)
    print(f"{60 * args.rooms / spent:.1f} rooms a minute of one core, {spent / args.rooms:.2f} CPU s a room")
    print(f"{wall / args.rooms:.2f} s a room by the clock; {size / 1e6:.2f} MB a room")


if __name__ == "__main__":
    main()
