"""``omd3d prepare scannet``: ScanNet's scans, language sets, Mask3D's instances and feature files to training files."""

from __future__ import annotations

import argparse
from pathlib import Path

from omd3d_ros.commands.prepare import add_shared_arguments, chosen_tags, run_plan

_TAGS = ("scanrefer", "obj_align", "scan2cap", "scanqa", "sqa3d", "multi3dref", "nr3d_caption", "nr3d", "sr3d")
_SPLITS = ("train", "val")
_EXAMPLES = """\
examples:
  omd3d prepare scannet --root scannet/scans --annotations annotations --instances mask3d_inst_seg \\
      --features annotations --out data/scannet
  omd3d prepare scannet --root scannet/scans --annotations language --instances mask3d_export --features features \\
      --tags scanrefer#scanqa --split train --out data/scannet_train

--annotations holds processed files such as scanrefer_mask3d_train.json, or, in any folder below it, the releases
(ScanRefer_filtered_train.json, ScanQA_v1.0_train.json, v1_balanced_questions_train_scannetv2.json with its
annotations, multi3drefer_train.json, nr3d.csv, sr3d.csv); a processed file is taken before a release. --features
holds scannet_mask3d_uni3d_feats.pt and scannet_mask3d_videofeats.pt. scannetv2-labels.combined.tsv and the lists
scannetv2_train.txt and scannetv2_val.txt lie with the scans, above them, or with the annotations.

Interrupted? Start the same command again: finished scenes stay. A scene with missing or damaged files is left out and
named; the exit code is then 1.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d prepare scannet``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--root", type=Path, required=True, metavar="SCANS", help="folder of the scans' folders")
    parser.add_argument("--annotations", type=Path, required=True, metavar="DIR", help="folder of the language files")
    parser.add_argument(
        "--instances", type=Path, required=True, metavar="DIR", help="Mask3D's instances: SCENE.pt, or raw exports"
    )
    parser.add_argument("--features", type=Path, required=True, metavar="DIR", help="folder of the feature files")
    parser.add_argument("--split", choices=_SPLITS, help="only this split (default: both)")
    parser.add_argument(
        "--max-objects", type=int, default=100, metavar="N", help="proposals per scene, best first (default: 100)"
    )
    add_shared_arguments(parser, _TAGS)


def run(args: argparse.Namespace) -> int:
    """Read the language files, prepare the scenes that they speak of, and report; 1 where a scene was left out."""
    from omd3d_ros.cli import UsageError

    tags = chosen_tags(args, _TAGS)
    if not 1 <= args.max_objects <= 1000:
        raise UsageError(f"--max-objects must be from 1 to 1000, as identifiers have three digits: {args.max_objects}")
    from omd3d_ros.datasets.prepared.scannet import ScannetPlan

    splits = _SPLITS if args.split is None else (args.split,)
    plan = ScannetPlan(
        args.root, args.annotations, args.instances, args.features, tags, splits, args.iou, args.max_objects
    )
    return run_plan(plan.plan(), args)
