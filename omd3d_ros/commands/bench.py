"""``omd3d bench``: what mapping, encoding and answering cost on this machine, in one table."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omd3d_ros.benchmarking.figures import AreaResult
    from omd3d_ros.benchmarking.machine import Machine

# As in benchmarking.areas, which is not imported for --help: it loads torch.
_AREAS = ("mapping", "superpoints", "sparse", "encode", "ask", "stream", "growth")
_MINUTES = 12.0

_EXAMPLES = """\
examples:
  omd3d bench --quick
  omd3d bench --only mapping,ask --json bench.json
  omd3d bench path/to/frames --out bench
  omd3d bench --out bench --resume --markdown docs/PERFORMANCE.md

areas, in this order:
  mapping      frames into the voxel map
  superpoints  a cloud into superpoints, per 60,000 points
  sparse       the sparse U-Net of the published size
  encode       a cloud into a scene: anew, and after a tenth of it changed
  ask          answers: the first about a cloud, later ones, with and without what is kept of the scene
  stream       frames mapped a second while questions are asked
  growth       costs against the number of objects and of rooms

Times are medians, with the 10th and 90th percentile and the CPU time of all threads beside them.  What is not
installed is skipped with the reason.  Each area has a process of its own; files are written as they finish, so that an
interrupt keeps them and --resume goes on.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d bench``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("source", type=Path, nargs="?", metavar="DIR", help="a recording instead of a synthetic room")
    parser.add_argument("--quick", action="store_true", help="fewer frames and repeats, for a look")
    parser.add_argument("--only", metavar="AREA,...", help="some areas, separated by commas")
    parser.add_argument("--preset", default="nano", help="preset name or file, or a folder of weights (default nano)")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of torch (default: as torch chooses)")
    parser.add_argument(
        "--minutes", type=float, default=_MINUTES, metavar="N",
        help=f"for the whole run, of which an area may take a third (default {_MINUTES:g})",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as one JSON object")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write bench.txt, bench.json, bench.png and areas/")
    parser.add_argument("--resume", action="store_true", help="take the areas that --out has already")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table into this file, when it is done")


def run(args: argparse.Namespace) -> int:
    """Measure, print, and write what shall be written; 1 when an area failed."""
    from omd3d_ros.cli import UsageError

    areas = _chosen(args.only)
    if args.threads is not None and args.threads < 1:
        raise UsageError(f"--threads must be at least 1, got {args.threads}")
    if not args.minutes > 0:
        raise UsageError(f"--minutes must be more than 0, got {args.minutes:g}")
    if args.source is not None and not args.source.exists():
        raise UsageError(f"{args.source} does not exist")
    if args.resume and args.out is None:
        raise UsageError("--resume needs --out, the folder of the run that it goes on with")
    from omd3d_ros.benchmarking.machine import this_machine
    from omd3d_ros.benchmarking.markdown import as_markdown, check_marks, put_section
    from omd3d_ros.benchmarking.progress import AreaProgress
    from omd3d_ros.benchmarking.report import as_text
    from omd3d_ros.benchmarking.runner import run_areas
    from omd3d_ros.benchmarking.settings import Settings
    from omd3d_ros.benchmarking.stored import StoredAreas
    from omd3d_ros.models.presets import load_preset

    load_preset(args.preset)  # an unknown one is an error of the whole run
    if args.markdown is not None:
        check_marks(args.markdown)
    source = None if args.source is None else str(args.source)
    settings = Settings(args.preset, source, args.quick, args.threads)
    machine, command = this_machine(args.threads), _command(args)
    stored = None if args.out is None else StoredAreas(args.out / "areas", settings, machine)
    known = {area: stored.read(area) for area in areas} if stored is not None and args.resume else {}
    results: list[AreaResult] = []
    with AreaProgress(len(areas), args.quiet) as progress:
        missing = [area for area in areas if known.get(area) is None]
        measured = run_areas(missing, settings, 60 * args.minutes, progress.measuring)
        for area in areas:
            _write(args, machine, command, results, areas)
            result = known.get(area)
            if result is None:
                result = next(measured)
                if stored is not None:
                    stored.write(result)
            results.append(result)
            progress.done(result)
    _write(args, machine, command, results, areas)
    if args.markdown is not None:
        put_section(args.markdown, as_markdown(machine, command, results))
    print(as_text(machine, command, results))
    return 1 if any(result.failed for result in results) else 0


def _chosen(only: str | None) -> list[str]:
    """Areas in the order of the table.  Raises UsageError for one that is not there."""
    from omd3d_ros.cli import UsageError

    if only is None:
        return list(_AREAS)
    named = {name.strip() for name in only.split(",") if name.strip()}
    unknown = sorted(named - set(_AREAS))
    if unknown or not named:
        raise UsageError(f"--only takes areas of {', '.join(_AREAS)}; got {', '.join(unknown) or 'none'}")
    return [area for area in _AREAS if area in named]


def _command(args: argparse.Namespace) -> str:
    """The arguments that change the figures, as they would be typed; of a recording only the folder's name."""
    words = ["omd3d", "bench"]
    if args.source is not None:
        words.append(args.source.name)
    words += ["--quick"] if args.quick else []
    words += ["--only", args.only] if args.only else []
    words += ["--preset", Path(args.preset).name] if args.preset != "nano" else []
    words += ["--threads", str(args.threads)] if args.threads is not None else []
    words += ["--minutes", f"{args.minutes:g}"] if args.minutes != _MINUTES else []
    words += ["--resume"] if args.resume else []
    return shlex.join(words)


def _write(
    args: argparse.Namespace, machine: Machine, command: str, results: Sequence[AreaResult], areas: Sequence[str]
) -> None:
    """The files as far as the run has come."""
    from omd3d_ros.benchmarking.picture import draw_figures
    from omd3d_ros.benchmarking.report import as_object, as_text
    from omd3d_ros.files import write_atomically
    from omd3d_ros.pictures import save_png

    text = json.dumps(as_object(machine, command, results, areas), indent=1, allow_nan=False) + "\n"
    for path in (args.json, None if args.out is None else args.out / "bench.json"):
        if path is not None:
            write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))
    if args.out is not None:
        table = as_text(machine, command, results) + "\n"
        write_atomically(args.out / "bench.txt", lambda file: file.write_text(table, encoding="utf-8"))
        save_png(args.out / "bench.png", draw_figures(machine, command, results))
