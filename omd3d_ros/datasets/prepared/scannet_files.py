"""Where the files that go with ScanNet's scans lie: label table, split lists and the language sets' releases."""

from __future__ import annotations

from pathlib import Path

from ..scannet import read_splits

LABELS = "scannetv2-labels.combined.tsv"
# Tag -> name of the released file; {} is the split.
RELEASES = {
    "scanrefer": "ScanRefer_filtered_{}.json",
    "scan2cap": "ScanRefer_filtered_{}.json",
    "scanqa": "ScanQA_v1.0_{}.json",
    "sqa3d": "v1_balanced_questions_{}_scannetv2.json",
    "multi3dref": "multi3drefer_{}.json",
    "nr3d": "nr3d.csv",
    "sr3d": "sr3d.csv",
}


def find_labels(root: Path, annotations: Path) -> Path | None:
    """The table of categories, in either folder, or beside the scans."""
    return next((place / LABELS for place in (root, root.parent, annotations) if (place / LABELS).is_file()), None)


def read_split_lists(root: Path, annotations: Path) -> dict[str, list[str]]:
    """ScanNet's splits by the lists in either folder or beside the scans; empty where there are none."""
    for place in (root, root.parent, annotations):
        if any(place.glob("scannetv2_*.txt")):
            return read_splits(place)
    return {}


def find_release(annotations: Path, tag: str, split: str) -> Path | None:
    """The released file of a tag and split, in the folder or one below it; None where there is none."""
    if tag not in RELEASES:
        return None
    return next(iter(sorted(annotations.rglob(RELEASES[tag].format(split)))), None)
