"""``omd3d eval kitchen``: a model on real frames whose objects were marked by hand."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omd3d_ros.evaluation.kitchen import MarkedOutcome, MarkedQuery

_EXAMPLES = """\
examples:
  omd3d eval kitchen path/to/frames
  omd3d eval kitchen path/to/frames --every 1,2 --out kitchen
  omd3d eval kitchen path/to/frames --queries marked.json --preset path/to/model --json

--queries: a JSON list of {"query", "centroid": [x, y, z], "extent": [dx, dy, dz], "uncertainty_m"}, in metres in the
world of the recording (default: queries.json in DIR).
--out: kitchen.json, and per query a picture of what was answered and what was marked, every-1-query-01.png.
--json: {"task": "kitchen", "preset", "runs": [{"every", "objects", "totals", "queries": [...]}]}.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d eval kitchen``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("source", type=Path, metavar="DIR", help="RGB-D frames with poses (docs/sources.md)")
    parser.add_argument("--queries", type=Path, metavar="FILE", help="marked queries (default: DIR/queries.json)")
    parser.add_argument(
        "--every", type=_strides, default=[1], metavar="N[,N]", help="use each N-th frame; several are run in turn"
    )
    # These options stand for `omd3d eval` too; what was given there holds.
    parser.add_argument(
        "--preset", default=argparse.SUPPRESS, help="preset name or file, or a folder of weights (default nano)"
    )
    parser.add_argument("--out", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="pictures and kitchen.json")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON object on stdout")


def run(args: argparse.Namespace) -> int:
    """Map, ask, measure, print."""
    from omd3d_ros.cli import UsageError
    from omd3d_ros.datasets.sources import SourceError
    from omd3d_ros.evaluation.kitchen import read_marked_queries
    from omd3d_ros.files import write_atomically

    if not {args.predictions, args.task, args.data, args.report} <= {None}:
        raise UsageError("kitchen asks about frames: --predictions, --task, --data and --report go without it")
    if args.out is not None and args.out.exists() and not args.out.is_dir():
        raise UsageError(f"{args.out} is a file; --out is a folder")
    if not args.source.is_dir():
        raise SourceError(f"{args.source}: no such folder of frames")
    preset = args.preset or "nano"
    queries = read_marked_queries(args.queries or args.source / "queries.json")
    runs = []
    for every in args.every:
        outcomes, objects = _run_every(args, preset, queries, every)
        runs.append(_as_object(every, objects, outcomes))
        if not args.json:
            print(as_table(every, objects, outcomes), flush=True)
    text = json.dumps({"task": "kitchen", "preset": preset, "runs": runs}, ensure_ascii=False, allow_nan=False)
    if args.out is not None:
        write_atomically(args.out / "kitchen.json", lambda file: file.write_text(text + "\n", encoding="utf-8"))
    if args.json:
        print(text)
    elif args.out is not None:
        print(f"pictures and kitchen.json are in {args.out}")
    return 0


def _run_every(
    args: argparse.Namespace, preset: str, queries: list[MarkedQuery], every: int
) -> tuple[list[MarkedOutcome], int]:
    """The outcomes with each ``every``-th frame, and the number of objects in the map."""
    from omd3d_ros.assistant import Assistant
    from omd3d_ros.commands.recording import map_all, posed_frames
    from omd3d_ros.datasets import open_source
    from omd3d_ros.evaluation.kitchen import ask_marked

    args.poses = "given"
    assistant = Assistant.from_preset(preset)
    map_all(posed_frames(open_source(args.source, every=every), args), assistant.observe)
    scene = assistant.scene()
    answered = ask_marked(assistant.ask, queries, scene.instances)
    if args.out is not None:
        from omd3d_ros.evaluation.kitchen_pictures import draw_marked
        from omd3d_ros.pictures import save_png

        for number, (marked, (_, answer)) in enumerate(zip(queries, answered, strict=True), 1):
            save_png(args.out / f"every-{every}-query-{number:02d}.png", draw_marked(scene, marked, answer))
    return [outcome for outcome, _ in answered], len(scene.instances)


def _as_object(every: int, objects: int, outcomes: list[MarkedOutcome]) -> dict:
    from omd3d_ros.evaluation.kitchen import totals

    return {
        "every": every,
        "objects": objects,
        "totals": totals(outcomes),
        "queries": [outcome.to_dict() for outcome in outcomes],
    }


def as_table(every: int, objects: int, outcomes: list[MarkedOutcome]) -> str:
    """A line per query, and the totals, for a terminal."""
    from omd3d_ros.evaluation.kitchen import WITHIN, totals

    width = max(len(outcome.query) for outcome in outcomes)
    frames = "every frame" if every == 1 else f"each frame of {every}"
    lines = [
        f"{frames}: {objects} objects",
        f"{'query':<{width}}  {'metres':>6} {'hit':>4} {'IoU':>5}  answer",
        *(
            f"{o.query:<{width}}  {'-' if o.distance is None else format(o.distance, '.2f'):>6} "
            f"{'yes' if o.hit else 'no':>4} {o.iou:5.2f}  {' '.join(o.answer.split())}"
            for o in outcomes
        ),
    ]
    sums = totals(outcomes)
    lines.append(
        f"best instance within {WITHIN:g} m: {sums['hits']} of {sums['queries']}; any answered: {sums['any']}; any "
        f"proposal: {sums['possible']}; box IoU of 0.25 or more: {sums['iou_025']}, mean {sums['iou']:.2f}\n"
    )
    return "\n".join(lines)


def _strides(text: str) -> list[int]:
    try:
        strides = [int(part) for part in text.split(",")]
    except ValueError:
        strides = [0]
    if min(strides) < 1:
        raise argparse.ArgumentTypeError(f"expected whole numbers of 1 or more, such as 1,2, got {text!r}")
    return strides
