"""``omd3d eval rooms``: score a model on synthetic rooms that were held out of training."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omd3d_ros.training.loop import VALIDATION_SEED

if TYPE_CHECKING:
    from omd3d_ros.evaluation.room_shards import RoomResult

_EXAMPLES = """\
examples:
  omd3d eval rooms
  omd3d eval rooms --preset path/to/model --rooms 8 --json
  omd3d eval rooms --report report --workers 4

The rooms are made once and kept in --cache.  Those of the default seed are in no training set of `omd3d train`.
--json: one object, {"task": "rooms", "count": queries, "scores": {"proposals", "grounding": {split: {type}}}, ...}.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d eval rooms``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--rooms", type=int, default=24, metavar="N", help="how many (default 24, as in the card)")
    parser.add_argument(
        "--seed", type=int, default=VALIDATION_SEED, metavar="S", help=f"first room's (default {VALIDATION_SEED})"
    )
    parser.add_argument("--cache", type=Path, default=Path("runs/held_out"), metavar="DIR", help="where rooms are kept")
    # These options stand for `omd3d eval` too; what was given there holds.
    parser.add_argument(
        "--preset", default=argparse.SUPPRESS, help="preset name or file, or a folder of weights (default nano)"
    )
    parser.add_argument(
        "--workers", type=int, default=argparse.SUPPRESS, metavar="N", help="processes (default: cores, up to 8)"
    )
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON object on stdout")
    parser.add_argument(
        "--report", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="write a page with figures and pictures"
    )


def run(args: argparse.Namespace) -> int:
    """Score, print, and write the report if there shall be one."""
    from omd3d_ros.cli import UsageError

    if not {args.predictions, args.task, args.data} <= {None}:
        raise UsageError("rooms are made and asked about: --predictions, --task and --data go without rooms")
    preset = args.preset or "nano"
    workers = min(os.cpu_count() or 1, 8) if args.workers is None else args.workers
    if args.rooms < 1 or workers < 1 or args.seed < 0:
        raise UsageError("--rooms and --workers must be at least 1, --seed at least 0")
    from omd3d_ros.evaluation.report import check_report_folder, write_report
    from omd3d_ros.evaluation.room_shards import evaluate_rooms, room_scores

    if args.report is not None:
        check_report_folder(args.report)

    seeds = range(args.seed, args.seed + args.rooms)
    quiet = args.quiet or not sys.stderr.isatty()
    results = evaluate_rooms(preset, args.cache, seeds, workers, quiet)
    scores = room_scores(results)
    if args.json:
        print(json.dumps(as_object(results, scores), allow_nan=False))
    else:
        print(as_tables(scores))
    if args.report is not None:
        from omd3d_ros.evaluation.room_pictures import room_drawer
        from omd3d_ros.evaluation.room_report import room_report

        draw = room_drawer(preset, args.cache, results)
        page = write_report(args.report, room_report(preset, results), draw, worst=10, best=4, quiet=quiet)
        if not args.json:
            print(f"the report is {page}")
    return 0


def as_object(results: list[RoomResult], scores: dict[str, Any]) -> dict[str, Any]:
    """What ``--json`` prints; count: of all queries."""
    count = sum(len(outcomes) for result in results for outcomes in result.outcomes.values())
    seeds = [result.seed for result in results]
    return {"task": "rooms", "count": count, "seeds": seeds, "scores": scores, "left_out": []}


def as_tables(scores: dict[str, Any]) -> str:
    """Proposals, and grounding by type and split, for a terminal."""
    from omd3d_ros.evaluation.room_report import SPLIT_NAMES

    proposals, grounding = scores["proposals"], scores["grounding"]
    lines = [
        f"proposals at mask IoU 0.5: recall {proposals['recall@0.5']:.3f}, precision {proposals['precision@0.5']:.3f}, "
        f"class accuracy of the matched {proposals['class_accuracy']:.3f} ({proposals['objects']} objects)",
        "",
        "grounding, share of queries at mask IoU 0.25 / 0.5 (queries):",
        f"{'':12}" + "".join(f"{name:>22}" for name in SPLIT_NAMES.values()),
    ]
    kinds = sorted({kind for split in grounding.values() for kind in split}, key=lambda kind: (kind != "overall", kind))
    lines += [f"{kind:12}" + "".join(_cell(grounding[split].get(kind)) for split in SPLIT_NAMES) for kind in kinds]
    return "\n".join(lines)


def _cell(scores: dict[str, float] | None) -> str:
    text = "-" if scores is None else f"{scores['acc@0.25']:.2f} / {scores['acc@0.5']:.2f} ({scores['n']})"
    return f"{text:>22}"
