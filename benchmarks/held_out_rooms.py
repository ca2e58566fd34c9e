"""Scores of a preset on synthetic rooms held out of training, as the rooms, map and superpoints are now.

    python benchmarks/held_out_rooms.py --cache runs/held_out

The model card has the scores of the run that trained the weights; these are of the code at hand, on the same seeds.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from omd3d_ros.datasets.room_samples import load_rooms
from omd3d_ros.evaluation.rooms import evaluate_grounding, evaluate_proposals
from omd3d_ros.models.loading import load_model
from omd3d_ros.models.presets import load_preset
from omd3d_ros.training.loop import VALIDATION_SEED


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="nano")
    parser.add_argument("--rooms", type=int, default=24, help="held-out rooms (default 24, as in the card)")
    parser.add_argument("--cache", type=Path, default=Path("runs/held_out"), help="where the rooms are kept")
    parser.add_argument("--workers", type=int, default=2, help="processes that make rooms")
    args = parser.parse_args()
    rooms = load_rooms(args.cache, [VALIDATION_SEED + i for i in range(args.rooms)], workers=args.workers)
    model, processor = load_model(load_preset(args.preset).weights, None)
    splits = ("train", "phrasing", "words")
    grounding = {s: evaluate_grounding(model, processor, rooms, s)["overall"] for s in splits}
    print(json.dumps({"proposals": evaluate_proposals(model, rooms), "grounding": grounding}, indent=1))


if __name__ == "__main__":
    main()
