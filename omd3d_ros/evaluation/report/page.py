"""The page of a report, and the pictures beside it.  All text is escaped; nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ... import __version__
from ...files import write_atomically
from ..outcomes import Outcome
from ..progress import progress
from .cases import best_cases, worst_cases
from .content import Report

_PAGE = "index.html"
_LONGEST_TEXT = 600


@dataclass(frozen=True)
class Picture:
    """image (H, W, 3) uint8 RGB, and what it shows."""

    caption: str
    image: np.ndarray


Draw = Callable[[Outcome], Sequence[Picture]]


def write_report(
    folder: Path, report: Report, draw: Draw | None = None, worst: int = 12, best: int = 6, quiet: bool = True
) -> Path:
    """Write ``index.html`` and its pictures into the folder, which is made where it is missing; returns the page.

    draw: the pictures of a case; quiet: no progress bar.  Raises ValueError where the folder is a file.
    """
    check_report_folder(folder)
    chosen = {"worst": worst_cases(report.outcomes, worst), "best": best_cases(report.outcomes, best)}
    numbered = [(name, i, outcome) for name, outcomes in chosen.items() for i, outcome in enumerate(outcomes, 1)]
    cases: dict[str, list[dict[str, Any]]] = {name: [] for name in chosen}
    for name, i, outcome in progress(numbered, "cases", quiet):
        cases[name].append(_case(folder, f"{name}-{i:02d}", outcome, draw))
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shortened"] = shortened
    text = environment.get_template("page.html.jinja").render(
        report=report,
        failed=sum(count for _, count in report.failures()),
        cases=cases,
        version=__version__,
    )
    page = folder / _PAGE
    write_atomically(page, lambda file: file.write_text(text, encoding="utf-8", errors="replace"))
    return page


def check_report_folder(folder: Path) -> None:
    """Raises ValueError where no report can be written; asked before the work that the report is about."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file; a report is a folder")


def shortened(text: str) -> str:
    """At most 600 characters of a text."""
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + " ..."


def _case(folder: Path, name: str, outcome: Outcome, draw: Draw | None) -> dict[str, Any]:
    from ...pictures import save_png

    pictures = []
    for number, picture in enumerate(draw(outcome) if draw else [], 1):
        file = f"pictures/{name}-{number}.png"
        save_png(folder / file, picture.image)
        height, width = picture.image.shape[:2]
        pictures.append({"file": file, "caption": picture.caption, "width": width, "height": height})
    return {"outcome": outcome, "pictures": pictures}
