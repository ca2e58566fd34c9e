"""Names of the processed annotation files of Chat-Scene and OpenMaskDINO3D: tag, segmentor and split."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from omd3d_ros.datasets.scannet.reading import AnnotationError

SPLITS = ("train", "val", "test")
TAGS = (
    "scanrefer", "obj_align", "nr3d_caption", "scan2cap", "scanqa", "sqa3d", "multi3dref", "nr3d", "sr3d",
    "scannet_caption", "scannet_region_caption",
)  # fmt: skip
"""The published ones; a ``_location``, ``_seg`` or ``_test`` after a tag names a variant of it."""

_NAME = re.compile(
    r"(?P<tag>[a-z0-9]+?(_[a-z]+)*?)(_(?P<segmentor>mask3d|pointgroup|gt))?_(?P<split>train|val|test)"
    r"(?P<variant>(_[a-z0-9]+)*)"
)
_NOT_RECORDS = ("corpus", "attributes", "feats", "videofeats", "gt_bbox")


@dataclass(frozen=True)
class ProcessedName:
    """tag: with the variant, such as ``scanrefer_location``.  segmentor: whose proposals the tokens number, ``mask3d``
    as a rule; None where the name doesn't say, which is ground-truth objects for nr3d and sr3d."""

    tag: str
    segmentor: str | None
    split: str


def parse_name(path: Path) -> ProcessedName | None:
    """What a file's name says, such as ``scan2cap_mask3d_val.json``; None where it is not of that form."""
    match = _NAME.fullmatch(path.stem)
    if match is None or path.stem.endswith(_NOT_RECORDS):
        return None
    return ProcessedName(match["tag"] + match["variant"], match["segmentor"], match["split"])


def parse_tags(tags: str) -> list[str]:
    """``scanrefer#obj_align#scan2cap`` as a list; repeated ones once.  Raises AnnotationError if there is none."""
    names = [tag.strip() for tag in tags.split("#")]
    if not all(names):
        raise AnnotationError(f"tags are joined with #, such as scanrefer#obj_align#scan2cap, got {tags!r}")
    return list(dict.fromkeys(names))


def find_processed(folder: Path, tag: str, split: str) -> Path:
    """The file of a tag in a folder or its ``annotations``; proposals of Mask3D before other files of the tag.

    Raises AnnotationError with the tags that are there.
    """
    if split not in SPLITS:
        raise AnnotationError(f"a split is one of {', '.join(SPLITS)}, got {split!r}")
    places = [place for place in (folder, folder / "annotations") if place.is_dir()]
    named = [(path, name) for place in places for path in sorted(place.glob("*.json")) if (name := parse_name(path))]
    fitting = [(path, name) for path, name in named if (name.tag, name.split) == (tag, split)]
    if not fitting:
        there = sorted({name.tag for _, name in named if name.split == split})
        raise AnnotationError(f"{folder} has no {split} file of tag {tag!r}; it has {', '.join(there) or 'none'}")
    return min(fitting, key=lambda entry: entry[1].segmentor != "mask3d")[0]
