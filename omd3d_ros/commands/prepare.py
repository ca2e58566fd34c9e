"""What ``omd3d prepare rooms`` and ``omd3d prepare scannet`` share: their options, and the report at the end."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omd3d_ros.datasets.prepared.preparation import Plan, Summary


def add_shared_arguments(parser: argparse.ArgumentParser, tags: Sequence[str]) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write, or to go on with")
    parser.add_argument(
        "--tags", metavar="A#B", help=f"tasks to prepare, from {'#'.join(tags)} (default: all that there are)"
    )
    parser.add_argument(
        "--iou",
        type=float,
        default=0.5,
        help="box IoU from which on a proposal stands for an object; training leaves out the rest (default: 0.5)",
    )
    parser.add_argument("--workers", type=int, default=2, help="processes, each with a scene of its own (default: 2)")


def chosen_tags(args: argparse.Namespace, known: Sequence[str]) -> tuple[str, ...] | None:
    """The tags asked for, None for all; raises UsageError for an unknown tag and for numbers that make no sense."""
    from omd3d_ros.cli import UsageError

    tags = None if args.tags is None else tuple(dict.fromkeys(args.tags.split("#")))
    unknown = [tag for tag in tags or () if tag not in known]
    if unknown:
        raise UsageError(f"--tags: no task {unknown[0]!r}; there are: {'#'.join(known)}")
    if args.workers < 1:
        raise UsageError(f"--workers must be at least 1, got {args.workers}")
    if not 0 < args.iou <= 1:
        raise UsageError(f"--iou must be above 0 and at most 1, got {args.iou}")
    return tags


def run_plan(plan: Plan, args: argparse.Namespace) -> int:
    """Prepare, print what there is now and what was left out; 1 where a scene was."""
    from omd3d_ros.datasets.prepared.preparation import prepare

    summary = prepare(args.out, plan, args.workers, args.quiet)
    print("\n".join(report(args.out, summary)))
    return 1 if summary.manifest.left_out else 0


def report(folder: Path, summary: Summary) -> list[str]:
    """Lines for people: scenes, samples by task and split, dropped records with reasons, scenes left out."""
    manifest = summary.manifest
    lines = [f"{folder}: {len(manifest.scenes)} scenes, {summary.made} of them made now"]
    for task, splits in manifest.samples.items():
        lines.append(f"  {task}: " + ", ".join(f"{count} {split}" for split, count in splits.items()))
    for name, reasons in manifest.dropped.items():
        lines.append(f"  dropped of {name}: " + ", ".join(f"{count} ({reason})" for reason, count in reasons.items()))
    lines += [f"  left out {scene}: {reason}" for scene, reason in manifest.left_out.items()]
    return lines
