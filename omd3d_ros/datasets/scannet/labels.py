"""ScanNet's table of categories, ``scannetv2-labels.combined.tsv``: raw category to NYU40 and ScanNet200 ids."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from .reading import AnnotationError, read_text

BENCHMARK_CLASSES = {
    3: "cabinet", 4: "bed", 5: "chair", 6: "sofa", 7: "table", 8: "door", 9: "window", 10: "bookshelf", 11: "picture",
    12: "counter", 14: "desk", 16: "curtain", 24: "refrigerator", 28: "shower curtain", 33: "toilet", 34: "sink",
    36: "bathtub", 39: "otherfurniture",
}  # fmt: skip
"""NYU40 id -> name of the 18 classes of the instance benchmark."""

_COLUMNS = ("id", "raw_category", "category", "nyu40id", "nyu40class")


@dataclass(frozen=True)
class Category:
    """One row; ids are 0 and names empty where the table's cell is empty.

    scannet200_id: the column ``id``, which is what Mask3D exports.  name: the column ``category``.
    """

    raw: str
    name: str
    scannet200_id: int
    nyu40_id: int
    nyu40_class: str


class LabelMap:
    """Categories by their raw name, as aggregation files give it; the first row of a name or of an id counts."""

    def __init__(self, categories: list[Category]) -> None:
        self._by_raw = {category.raw: category for category in reversed(categories)}
        self._by_id = {category.scannet200_id: category for category in reversed(categories)}

    def __len__(self) -> int:
        return len(self._by_raw)

    def __contains__(self, raw: str) -> bool:
        return raw in self._by_raw

    def nyu40_id(self, raw: str) -> int:
        """1..40; 0 for a category that the table doesn't know."""
        return self._by_raw[raw].nyu40_id if raw in self._by_raw else 0

    def scannet200_id(self, raw: str) -> int:
        """The row's ``id``; 0 for a category that the table doesn't know."""
        return self._by_raw[raw].scannet200_id if raw in self._by_raw else 0

    def category_name(self, scannet200_id: int) -> str:
        """The column ``category`` of that id; raises AnnotationError for an id that no row has."""
        if scannet200_id not in self._by_id:
            raise AnnotationError(f"no category has the id {scannet200_id} among the table's {len(self._by_id)}")
        category = self._by_id[scannet200_id]
        return category.name or category.raw

    def benchmark_class(self, raw: str) -> str:
        """One of ScanRefer's 18: a benchmark class other than otherfurniture, or ``others``, for unknown names too."""
        name = BENCHMARK_CLASSES.get(self.nyu40_id(raw), "otherfurniture")
        return "others" if name == "otherfurniture" else name


def read_label_map(path: Path | str) -> LabelMap:
    """Read the table by its header's names, whatever the order of the columns.  Raises AnnotationError."""
    lines = read_text(Path(path)).split("\n")
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    absent = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
    if absent:
        raise AnnotationError(f"{path} is no table of ScanNet's categories: it has no column {', '.join(absent)}")
    categories = [_category(f"{path} line {rows.line_num}", row) for row in rows if row["raw_category"]]
    if not categories:
        raise AnnotationError(f"{path} has a header but no category")
    return LabelMap(categories)


def _category(where: str, row: dict[str, str | None]) -> Category:
    try:
        ids = int(row["id"] or 0), int(row["nyu40id"] or 0)
    except ValueError as error:
        raise AnnotationError(f"{where}: id and nyu40id must be whole numbers: {error}") from error
    return Category(row["raw_category"] or "", row["category"] or "", *ids, row["nyu40class"] or "")
