"""What a second question about a scene costs, when the scene's keys and values are kept, against reading it anew.

    python benchmarks/ask_latency.py [--quick] [--json FILE]

LLaMA models of several sizes, random weights, the published prompt with four tokens for each object.  Both ways take
turns in one run; milliseconds are medians, on a CPU of the process's own time, which a busy machine changes less.  The
first token counts when ``generate`` tells it, the answer when it returns.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402 - after the number of threads is set

from omd3d_ros.benchmarking.prefix_cost import TOKENS, PrefixCost, prefix_cost  # noqa: E402

OBJECTS = (10, 30, 100, 300)
SIZES = ((64, 4), (128, 4), (256, 4), (512, 4), (512, 8))  # width and layers


def row(cost: PrefixCost) -> dict[str, float]:
    """For the table and JSON, rounded."""
    values = {**asdict(cost), "first_token_share": cost.first_token_share, "answer_share": cost.answer_share}
    return {name: round(value, 3 if name.endswith("share") else 2) for name, value in values.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes and few turns, to see that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--device", default="cpu", type=torch.device)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--objects", type=int, nargs="+", default=OBJECTS)
    parser.add_argument("--sizes", nargs="+", metavar="WIDTHxLAYERS", help="default 64x4 to 512x8")
    args = parser.parse_args()
    torch.set_num_threads(1)
    sizes = SIZES if args.sizes is None else [tuple(map(int, size.split("x"))) for size in args.sizes]
    counts, rounds = args.objects, args.rounds
    if args.quick:
        sizes, counts, rounds = sizes[:1], (10, 30), 1
    print(f"answers of {TOKENS} tokens; ms to the first token and of the whole answer\n")
    rows: list[dict[str, float]] = []
    for width, layers in sizes:
        for objects in counts:
            rows.append(row(prefix_cost(width, layers, objects, rounds, args.device)))
            if len(rows) == 1:
                print("| " + " | ".join(name.replace("_", " ") for name in rows[0]) + " |")
                print("| ---: " * len(rows[0]) + "|")
            print("| " + " | ".join(f"{value:g}" for value in rows[-1].values()) + " |", flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
