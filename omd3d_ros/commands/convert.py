"""``omd3d convert``: published checkpoints to a folder that this program loads."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omd3d_ros.models.checkpoints import Checkpoint, Report

_EXAMPLES = """\
examples:
  omd3d convert --from openmaskdino3d ckpt_02.pth --llm vicuna-7b-v1.5 --spformer spf_scannet_512.pth --out model
  omd3d convert --from openmaskdino3d ckpt_02.pth --llm vicuna-7b-v1.5 --spformer spf_scannet_512.pth \\
      --uni3d uni3d_g.pt --dinov2 dinov2-large --merge-lora --out model --report report.json
  omd3d convert --from chat-scene ckpt_02.pth --llm vicuna-7b-v1.5 --out model
  omd3d convert --from spformer spf_scannet_512.pth --out spformer
  omd3d convert --from uni3d uni3d_g.pt --out uni3d

CKPT is .safetensors, what torch.save wrote (.pth .pt .bin .ckpt), or a folder of shards. Nothing in it is run: only
tensors and settings are read. Each of its tensors is used, or named with the reason why not; a tensor that does not
fit stops the conversion, and then nothing is written.
"""
_WHOLE = ("openmaskdino3d", "chat-scene")
_PARTS = ("spformer", "uni3d")
_TOKENIZERS = ("tokenizer.json", "tokenizer.model")
_WEIGHTS = ("*.safetensors", "*.bin")
_DTYPES = ("float32", "bfloat16", "float16")

Progress = Callable[[str, int, int], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d convert``."""
    parser.epilog = _EXAMPLES
    parser.add_argument("checkpoint", type=Path, metavar="CKPT", help="file or folder of weights")
    parser.add_argument("--from", dest="family", required=True, choices=(*_WHOLE, *_PARTS), help="what CKPT is of")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write; new or empty")
    parser.add_argument("--llm", type=Path, metavar="DIR", help="folder of the base language model and its tokenizer")
    parser.add_argument(
        "--spformer", type=Path, metavar="F", help="SPFormer's weights, for point extractor and proposals"
    )
    parser.add_argument("--uni3d", type=Path, metavar="F", help="Uni3D's weights, for 3D object features")
    parser.add_argument("--dinov2", type=Path, metavar="DIR", help="folder of DINOv2, for image features")
    parser.add_argument(
        "--own-statistics",
        action="store_true",
        help="batch norm statistics of the extractor from --spformer, not those that drifted in training",
    )
    parser.add_argument("--merge-lora", action="store_true", help="add the adapters to the language model's weights")
    parser.add_argument(
        "--dtype", choices=_DTYPES, help="of the written weights (default: bfloat16 for a model, float32 for a part)"
    )
    parser.add_argument(
        "--heads", type=int, metavar="N", help="attention heads of a part whose width is none of the published"
    )
    parser.add_argument("--allow-extra", action="store_true", help="leave out tensors that are not known")
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="also write what became of every tensor")
    parser.add_argument("--force", action="store_true", help="replace a model that is in --out")


def run(args: argparse.Namespace) -> int:
    """Check everything that can be checked at once, convert, write the folder in one go, print the report."""
    from omd3d_ros.files import write_atomically
    from omd3d_ros.output_folder import check_output_folder

    _check_usage(args)
    check_output_folder(args.out, args.force)
    _check_inputs(args)
    report = _convert_model(args) if args.family in _WHOLE else _convert_part(args)
    print(report.table())
    if args.report is not None:
        write_atomically(args.report, lambda path: path.write_text(report.to_json() + "\n"))
    print(f"{args.out}: written")
    return 0


def _check_usage(args: argparse.Namespace) -> None:
    from omd3d_ros.cli import UsageError

    if args.report is not None and args.report.suffix.lower() != ".json":
        raise UsageError(f"--report {args.report}: the report is written as .json")
    if args.family in _WHOLE:
        if args.llm is None:
            raise UsageError(f"--from {args.family} needs --llm: the base language model is not in the checkpoint")
        if args.heads is not None:
            raise UsageError(f"--heads is for --from {' and '.join(_PARTS)}")
        return
    given = [f"--{name}" for name in ("llm", "spformer", "uni3d", "dinov2") if getattr(args, name) is not None]
    given += ["--merge-lora"] if args.merge_lora else []
    given += ["--own-statistics"] if args.own_statistics else []
    if given:
        raise UsageError(f"--from {args.family} converts that part alone; {', '.join(given)} is for a whole model")
    if args.heads is not None and args.heads < 1:
        raise UsageError(f"--heads must be at least 1, got {args.heads}")


def _check_inputs(args: argparse.Namespace) -> None:
    for option, path in (("CKPT", args.checkpoint), ("--spformer", args.spformer), ("--uni3d", args.uni3d)):
        if path is not None and not path.exists():
            raise ValueError(f"{option} {path}: there is no such file")
    if args.llm is not None:
        _check_folder("--llm", args.llm, (("config.json",), _TOKENIZERS, _WEIGHTS))
    if args.dinov2 is not None:
        _check_folder("--dinov2", args.dinov2, (("config.json",), _WEIGHTS))


def _check_folder(option: str, folder: Path, needed: tuple[tuple[str, ...], ...]) -> None:
    """Of each group of names one must be there.  Raises ValueError that says which were looked for."""
    if not folder.is_dir():
        raise ValueError(f"{option} {folder}: there is no such folder")
    lacking = [" or ".join(group) for group in needed if not any(any(folder.glob(name)) for name in group)]
    if lacking:
        raise ValueError(f"{option} {folder}: looked for {', and '.join(lacking)}, and found none")


def _convert_model(args: argparse.Namespace) -> Report:
    from transformers.utils.logging import disable_progress_bar

    from omd3d_ros.models.openmaskdino3d.assembly import assemble
    from omd3d_ros.output_folder import new_folder

    disable_progress_bar()  # transformers' own, beside ours

    parts = {name: path for name in ("spformer", "uni3d", "dinov2") if (path := getattr(args, name)) is not None}
    with _progress_bar(args.quiet) as progress:
        checkpoint = _read(args, progress)
        model, processor, report = assemble(
            args.family,
            checkpoint,
            args.llm,
            parts,
            _dtype(args.dtype or "bfloat16"),
            args.merge_lora,
            args.allow_extra,
            args.own_statistics,
            progress,
        )
        with new_folder(args.out, args.force) as folder:
            progress("writing", 0, 1)
            model.save_pretrained(folder)
            processor.save_pretrained(folder)
            progress("writing", 1, 1)
    return report


def _convert_part(args: argparse.Namespace) -> Report:
    from safetensors.torch import save_file

    from omd3d_ros.models.checkpoints.parts import spformer_part, uni3d_part
    from omd3d_ros.output_folder import new_folder

    convert = {"spformer": spformer_part, "uni3d": uni3d_part}[args.family]
    with _progress_bar(args.quiet) as progress:
        checkpoint = _read(args, progress)
        part = convert(checkpoint, args.heads, _dtype(args.dtype or "float32"), args.allow_extra, progress)
        with new_folder(args.out, args.force) as folder:
            progress("writing", 0, 1)
            save_file(part.tensors, folder / "model.safetensors", metadata={"format": "pt"})
            content = {"converted_from": args.family, **part.config}
            (folder / "config.json").write_text(json.dumps(content, indent=1) + "\n")
            progress("writing", 1, 1)
    for place, assumed in part.config["assumed"].items():
        values = (f"{name} {part.config[place][name]} ({origin})" for name, origin in assumed.items())
        print(f"{place}: no shape tells {', '.join(values)}")
    return part.report


def _read(args: argparse.Namespace, progress: Progress) -> Checkpoint:
    from omd3d_ros.models.checkpoints import read_checkpoint

    progress("reading", 0, 1)
    checkpoint = read_checkpoint(args.checkpoint)
    progress("reading", 1, 1)
    return checkpoint


def _dtype(name: str):
    import torch

    return getattr(torch, name)


@contextmanager
def _progress_bar(quiet: bool) -> Iterator[Progress]:
    """A function of what is done, how much of it, and how much there is, drawn as a bar on a terminal."""
    from tqdm import tqdm

    hidden = quiet or not sys.stderr.isatty()
    with tqdm(desc="converting", file=sys.stderr, disable=hidden, leave=False) as bar:

        def show(what: str, done: int, total: int) -> None:
            bar.set_description(what, refresh=False)
            bar.total, bar.n = total, done
            bar.refresh()

        yield show
