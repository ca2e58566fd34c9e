"""``omd3d train``: a model on prepared data, or without --data the nano model on synthetic rooms."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from omd3d_ros.training.nano import run as nano

_EXAMPLES = """\
examples:
  omd3d train --preset nano --out runs/nano
  omd3d train --preset openmaskdino3d_tiny --data data/rooms --tags scanrefer#scanqa --out runs/tuned
  omd3d train --preset openmaskdino3d --llm vicuna-7b-v1.5 --spformer spf_scannet_512.pth --data data/scannet \\
      --tags scanrefer#obj_align#scan2cap#scanqa#sqa3d --mixed-precision bf16 --gradient-checkpointing --out runs/vicuna
  accelerate launch --num_processes 8 -m omd3d_ros train --preset openmaskdino3d --data data/scannet ...

Interrupted? Start the same command again: it goes on from the last checkpoint in --out to the same result.
With --data a preset whose weights are there is trained further; one without is made new, around --llm or all of it
random. OUT/model is then a preset of its own: omd3d ask SOURCE "QUERY" --preset OUT/model. (docs/TRAINING.md)
"""
# Options of one kind of training that the other has no use for.
_ROOMS_ONLY = (
    "rooms", "careful_rooms", "validation_rooms", "instance_steps", "object_steps", "program_steps", "language_steps",
    "init", "init_rate", "round", "cache", "install", "only",
)  # fmt: skip
_DATA_ONLY = (
    "tags", "epochs", "steps", "batch_size", "micro_batch", "learning_rate", "mixed_precision", "llm", "spformer",
    "targets", "queries", "set", "full", "train_encoder", "gradient_checkpointing",
)  # fmt: skip
_SETTINGS = ("epochs", "steps", "batch_size", "micro_batch", "learning_rate", "seed", "targets", "queries")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d train``."""
    parser.epilog = _EXAMPLES
    nano.add_arguments(parser)
    parser.set_defaults(out=None)
    data = parser.add_argument_group("training on prepared data")
    data.add_argument("--data", type=Path, metavar="DIR", help="folder that `omd3d prepare` wrote")
    data.add_argument("--tags", metavar="A#B", help="tasks to train on (default: all in --data)")
    data.add_argument("--llm", type=Path, metavar="DIR", help="base language model of a new model")
    data.add_argument("--spformer", type=Path, metavar="F", help="weights of a new model's scene encoder")
    data.add_argument("--epochs", type=float, help="over all samples (default: 3)")
    data.add_argument("--steps", type=int, help="instead of epochs")
    data.add_argument("--batch-size", type=int, metavar="N", help="samples of a step, all processes (default: 8)")
    data.add_argument("--micro-batch", type=int, metavar="N", help="samples a process computes at once")
    data.add_argument("--learning-rate", type=float, metavar="R", help="highest (default: 5e-6 times the batch size)")
    data.add_argument("--mixed-precision", choices=("no", "bf16"), help="(default: as accelerate is set up)")
    data.add_argument("--gradient-checkpointing", action="store_true", help="less memory, about a third slower")
    data.add_argument("--full", action="store_true", help="the whole language model learns, not adapters alone")
    data.add_argument("--train-encoder", action="store_true", help="the scene encoder learns too")
    data.add_argument("--targets", choices=("truth", "proposals"), help="masks to learn (default: truth)")
    data.add_argument("--queries", choices=("union", "objects"), help="one [SEG] for all objects, or one for each")
    data.add_argument(
        "--set", action="append", metavar="NAME=VALUE", help="any other setting, such as clip=1.0 (docs/TRAINING.md)"
    )


def run(args: argparse.Namespace) -> int:
    """Train on --data, or without it on rooms as nano is."""
    from omd3d_ros.cli import UsageError

    unused, use = (
        (_DATA_ONLY, "prepared data: give --data") if args.data is None else (_ROOMS_ONLY, "rooms, without --data")
    )
    for name in unused:
        if getattr(args, name):
            raise UsageError(f"--{name.replace('_', '-')} is for training on {use}")
    args.out = args.out or Path("runs") / Path(args.preset).name
    if args.data is None:
        return nano.run(args)
    from omd3d_ros.training.prepared_run import PreparedRun, train_on_prepared

    train_on_prepared(
        PreparedRun(
            preset=args.preset, data=args.data, out=args.out, tags=_tags(args.tags), choices=_choices(args),
            llm=args.llm, spformer=args.spformer, mixed_precision=args.mixed_precision, threads=args.threads,
            quiet=args.quiet,
        )
    )  # fmt: skip
    return 0


def _tags(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(dict.fromkeys(text.split("#")))


def _choices(args: argparse.Namespace) -> dict[str, Any]:
    """Settings of the run that the command line names."""
    import yaml

    from omd3d_ros.cli import UsageError

    choices = {name: getattr(args, name) for name in _SETTINGS if getattr(args, name) is not None}
    choices |= {"gradient_checkpointing": True} if args.gradient_checkpointing else {}
    choices |= {"language": "full"} if args.full else {}
    choices |= {"train_encoder": True} if args.train_encoder else {}
    for assignment in args.set or ():
        name, equals, value = assignment.partition("=")
        if not equals:
            raise UsageError(f"--set {assignment}: write it as NAME=VALUE")
        choices[name.replace("-", "_")] = yaml.safe_load(value)
    return choices
