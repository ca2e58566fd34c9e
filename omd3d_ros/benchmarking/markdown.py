"""A run as a section of a Markdown file, which the next run replaces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..files import write_atomically
from .figures import AreaResult
from .machine import Machine
from .report import about, cells, disturbed, number, reason

BEGIN, END = "<!-- omd3d bench: begin -->", "<!-- omd3d bench: end -->"
_HEADER = ("", "median", "10 to 90 %", "CPU", "unit", "bar", "n", "")


def as_markdown(machine: Machine, command: str, results: Sequence[AreaResult]) -> str:
    """Command, machine, and a table with a row per figure; between the two marks."""
    rows = [_HEADER, ("---", *["---:"] * 3, "---", "---", "---:", "---")]
    for result in results:
        rows.append((f"**{result.area}**", *[""] * 6, _remark(result)))
        rows += [cells(figure) for figure in result.figures]
    table = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    _, *described = about(machine, command, results)
    text = [BEGIN, f"    {command}", "", *(f"{line}." for line in described), "", *table, END]
    return "\n".join(text) + "\n"


def put_section(file: Path, section: str) -> None:
    """Write the section to a file: in the place of the one before, at the end of a file that has none.

    Raises ValueError for a file with one mark and not the other, before anything is written.
    """
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    check_marks(file)
    if BEGIN in text:
        before, rest = text.split(BEGIN, 1)
        text = before + section.rstrip("\n") + rest.split(END, 1)[1]
    else:
        text = f"{text}\n{section}" if text else section
    write_atomically(file, lambda path: path.write_text(text, encoding="utf-8"))


def check_marks(file: Path) -> None:
    """Raises ValueError for a file in which no section could be put."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    begins, ends = text.count(BEGIN), text.count(END)
    if (begins, ends) not in ((0, 0), (1, 1)) or text.find(BEGIN) > text.find(END):
        raise ValueError(f"{file} must have {BEGIN} once and {END} once after it, or neither")


def _remark(result: AreaResult) -> str:
    if result.skipped or result.failed:
        return reason(result)
    return f"other programs used {number(result.others)} cores" if disturbed(result) else ""
