"""Which kind of fixture a folder is, and the folders under one that are fixtures."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .comparison import Comparison

KINDS = (
    "chat3d", "mask_decoder", "point_extractor", "spformer_query_decoder", "uni3d",
    "eval_multi3dref", "eval_reason_seg", "eval_referit3d", "eval_scan2cap", "eval_scannet_ap", "eval_scanqa",
    "eval_scanrefer", "eval_sqa3d", "eval_text",
)  # fmt: skip

# Where the name of a folder says nothing: files that only one kind has.
_FILES = {
    "chat3d": {"checkpoint.safetensors", "frozen.safetensors"},
    "eval_text": {"cases.json", "box_iou.json"},
    "eval_scannet_ap": {"data.npz", "expected.csv"},
    "eval_reason_seg": {"data.npz", "expected.json"},
    "eval_multi3dref": {"preds.json", "instance_attributes.json", "scores.json"},
    "eval_referit3d": {"preds.json", "scannet_attributes.json", "scores.json"},
    "eval_scanqa": {"preds.json", "scores.json"},
}
_SETTINGS = {
    "block_reps": "point_extractor",
    "num_query": "spformer_query_decoder",
    "num_group": "uni3d",
    "d_text": "mask_decoder",
}
_TASKS = {
    "scanrefer": "eval_scanrefer", "multi3dref": "eval_multi3dref", "scan2cap": "eval_scan2cap",
    "scanqa": "eval_scanqa", "sqa3d": "eval_sqa3d", "nr3d": "eval_referit3d", "sr3d": "eval_referit3d",
}  # fmt: skip


@dataclass(frozen=True)
class Fixture:
    folder: Path
    kind: str

    def compare(self) -> list[Comparison]:
        """Every quantity of the fixture against ours; raises FixtureError for files that can't be used."""
        return importlib.import_module(f".{self.kind}", __package__).compare(self.folder)


def find_fixtures(root: Path) -> Iterator[Fixture]:
    """Every fixture folder at or below ``root``, in the order of their names; what lies inside one is its own."""
    kind = kind_of(root)
    if kind is not None:
        yield Fixture(root, kind)
        return
    for folder in sorted(p for p in root.iterdir() if p.is_dir()):
        yield from find_fixtures(folder)


def kind_of(folder: Path) -> str | None:
    """By the folder's name (a kind, or one followed by anything but a letter), else by what is in it.

    A folder with nothing but a README and subfolders is none itself.
    """
    files = {p.name for p in folder.iterdir() if p.is_file()}
    if not files - {"README.md"} and any(p.is_dir() for p in folder.iterdir()):
        return None
    named = [kind for kind in KINDS if re.match(rf"{kind}(?![a-z])", folder.name)]
    if named:
        return max(named, key=len)
    for field, kind in _SETTINGS.items():
        if "io.safetensors" in files and field in _settings(folder / "config.json"):
            return kind
    for prefix in re.findall(r"\[(\w+)\]", " ".join(_settings(folder / "scores.json"))):
        if prefix in _TASKS:
            return _TASKS[prefix]
    return next((kind for kind, needed in _FILES.items() if needed <= files), None)


def _settings(path: Path) -> dict:
    """The object in a JSON file; empty where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
