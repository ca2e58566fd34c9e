"""``omd3d eval rooms``: score a model on synthetic rooms that were held out of training."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from omd3d_ros.datasets.rooms.variants import VALIDATION_SEED

if TYPE_CHECKING:
    from omd3d_ros.evaluation.report import Report
    from omd3d_ros.evaluation.rooms import RoomResult

_EXAMPLES = """\
examples:
  omd3d eval rooms
  omd3d eval rooms --preset path/to/model --rooms 8 --shape-rooms 0 --json
  omd3d eval rooms --out rooms --report report --workers 4

The rooms are made once and kept in --cache.  Those of the default seeds are in no training set of `omd3d train`.
--out: scores.json, scores.md, reliability.png, and answers/, from which an interrupted evaluation goes on.
--json: one object, {"task": "rooms", "count": queries, "scores": {"proposals", "grounding": {split: {type}}},
"sections": {section: {name: {"value", "low", "high", "n"}}}, ...}.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d eval rooms``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--rooms", type=int, default=32, metavar="N", help="rooms with known shapes (default 32)")
    parser.add_argument(
        "--shape-rooms", type=int, default=16, metavar="N", help="rooms with held-out shapes of objects (default 16)"
    )
    parser.add_argument(
        "--seed", type=int, default=VALIDATION_SEED, metavar="S", help=f"first room's (default {VALIDATION_SEED})"
    )
    parser.add_argument(
        "--questions", type=int, default=16, metavar="N", help="questions of each wording about a room (default 16)"
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
        "--out", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="scores, reliability curve and answers"
    )
    parser.add_argument(
        "--report", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="write a page with figures and pictures"
    )


def run(args: argparse.Namespace) -> int:
    """Score, print, and write what shall be written."""
    from omd3d_ros.cli import UsageError

    if not {args.predictions, args.task, args.data} <= {None}:
        raise UsageError("rooms are made and asked about: --predictions, --task and --data go without rooms")
    preset = args.preset or "nano"
    workers = min(os.cpu_count() or 1, 8) if args.workers is None else args.workers
    if args.rooms < 1 or workers < 1 or args.questions < 1 or min(args.seed, args.shape_rooms) < 0:
        raise UsageError("--rooms, --questions and --workers must be at least 1, --seed and --shape-rooms at least 0")
    from omd3d_ros.datasets.rooms.variants import HELD_OUT_SEEDS
    from omd3d_ros.evaluation.report import check_report_folder, write_report
    from omd3d_ros.evaluation.room_report import as_object, room_report
    from omd3d_ros.evaluation.room_shards import evaluate_rooms

    for folder in (args.report, args.out):
        if folder is not None:
            check_report_folder(folder)
    seeds = [*range(args.seed, args.seed + args.rooms), *range(HELD_OUT_SEEDS, HELD_OUT_SEEDS + args.shape_rooms)]
    quiet = args.quiet or not sys.stderr.isatty()
    answers = None if args.out is None else args.out / "answers"
    results = evaluate_rooms(preset, args.cache, seeds, workers, quiet, args.questions, answers)
    report = room_report(preset, results)
    text = json.dumps(as_object(results), allow_nan=False)
    print(text if args.json else as_tables(results))
    if args.out is not None:
        _write_scores(args.out, text, report, results)
    if args.report is not None:
        from omd3d_ros.evaluation.room_pictures import room_drawer

        draw = room_drawer(preset, args.cache, results)
        page = write_report(args.report, report, draw, worst=10, best=4, quiet=quiet)
        if not args.json:
            print(f"the report is {page}")
    return 0


def _write_scores(folder: Path, text: str, report: Report, results: list[RoomResult]) -> None:
    from omd3d_ros.evaluation.reliability_picture import draw_reliability
    from omd3d_ros.evaluation.room_markdown import as_markdown
    from omd3d_ros.pictures import save_png

    _write_text(folder / "scores.json", text + "\n")
    _write_text(folder / "scores.md", as_markdown(report))
    save_png(folder / "reliability.png", draw_reliability([claim for result in results for claim in result.claims]))


def _write_text(path: Path, text: str) -> None:
    from omd3d_ros.files import write_atomically

    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))


def as_tables(results: list[RoomResult]) -> str:
    """The bars, and grounding by type and split, for a terminal."""
    from omd3d_ros.evaluation.room_metrics import SPLIT_NAMES, bars, room_scores

    scores = room_scores(results)
    proposals, grounding = scores["proposals"], scores["grounding"]
    lines = [
        f"proposals at mask IoU 0.5: recall {proposals['recall@0.5']:.3f}, precision {proposals['precision@0.5']:.3f}, "
        f"class accuracy of the matched {proposals['class_accuracy']:.3f} ({proposals['objects']} objects)",
        "",
        *(_bar(metric.name, metric.value, metric.interval) for metric in bars(results)),
        "",
        "grounding, share of queries at mask IoU 0.25 / 0.5 (queries):",
        f"{'':16}" + "".join(f"{SPLIT_NAMES[split]:>22}" for split in grounding),
    ]
    kinds = sorted({kind for split in grounding.values() for kind in split}, key=lambda kind: (kind != "overall", kind))
    lines += [f"{kind:16}" + "".join(_cell(grounding[split].get(kind)) for split in grounding) for kind in kinds]
    return "\n".join(lines)


def _bar(name: str, value: float, interval: object) -> str:
    from omd3d_ros.evaluation.intervals import Interval

    text = f"{name:32}{value:6.3f}"
    if isinstance(interval, Interval):
        text += f"   {interval.low:.3f} to {interval.high:.3f} ({interval.count})"
    return text


def _cell(scores: dict[str, float] | None) -> str:
    text = "-" if scores is None else f"{scores['acc@0.25']:.2f} / {scores['acc@0.5']:.2f} ({scores['n']})"
    return f"{text:>22}"
