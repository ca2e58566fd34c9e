"""How many hand-marked questions about a recording land near their target.

    python benchmarks/marked_queries.py PATH/TO/rgbd_7scenes [--every N] [--within 0.3] [--out DIR]

SOURCE holds RGB-D frames and a queries.json: a list of {"query", "centroid": [x, y, z], "extent": [dx, dy, dz]}
in the recording's world.  Prints, per question, the distance from the target to the centre of the best-scored
instance and to the nearest one, and the box IoU.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from omd3d_ros.assistant import Assistant
from omd3d_ros.datasets import open_source
from omd3d_ros.pictures import draw_answer, save_png
from omd3d_ros.types import Instance


def box_iou(center: np.ndarray, size: np.ndarray, instance: Instance) -> float:
    """IoU of two axis-aligned boxes."""
    low = np.maximum(center - size / 2, instance.center - instance.size / 2)
    high = np.minimum(center + size / 2, instance.center + instance.size / 2)
    both = np.prod(np.clip(high - low, 0, None))
    return float(both / (np.prod(size) + np.prod(instance.size) - both))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--preset", default="nano")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="use every N-th frame")
    parser.add_argument("--within", type=float, default=0.3, metavar="METRES")
    parser.add_argument("--out", type=Path, help="write a picture of every answer here")
    args = parser.parse_args()
    assistant = Assistant.from_preset(args.preset)
    for frame in open_source(args.source, every=args.every):
        if frame.T_world_camera is not None:
            assistant.observe(frame)
    scene = assistant.scene()
    queries = json.loads((args.source / "queries.json").read_text())
    first = nearest = possible = 0
    print(f"{len(scene.cloud)} points, {len(scene.instances)} objects")
    print(f"{'best':>6} {'nearest':>8} {'IoU':>5}  query -> answer")
    for number, q in enumerate(queries, 1):
        answer = assistant.ask(q["query"])
        center, size = np.array(q["centroid"]), np.array(q["extent"])
        distances = [float(np.linalg.norm(i.center - center)) for i in answer.instances]
        iou = max((box_iou(center, size, i) for i in answer.instances), default=0.0)
        possible += min(np.linalg.norm(i.center - center) for i in scene.instances) <= args.within
        first += bool(distances) and distances[0] <= args.within
        nearest += bool(distances) and min(distances) <= args.within
        shown = f"{distances[0]:6.2f} {min(distances):8.2f}" if distances else f"{'-':>6} {'-':>8}"
        print(f"{shown} {iou:5.2f}  {q['query']} -> {answer.text}")
        if args.out:
            args.out.mkdir(parents=True, exist_ok=True)
            save_png(args.out / f"answer-{number}.png", draw_answer(scene.cloud, answer, scene.T_aligned_world[2, :3]))
    print(f"best-scored instance within {args.within:g} m: {first} of {len(queries)}; any: {nearest} of {len(queries)}")
    print(f"questions with the centre of any proposal within {args.within:g} m of their target: {possible}")


if __name__ == "__main__":
    main()
