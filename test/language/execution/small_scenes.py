"""Scenes of a few boxes for query programs, and programs written as they read."""

from __future__ import annotations

import re

import numpy as np

from omd3d_ros.language.execution import ObjectTable, Result, execute
from omd3d_ros.language.program import COLORS, MATERIALS, SHAPES, Step, parse


def table_of_boxes(rows: list[tuple], **changes) -> ObjectTable:
    """rows: (category, colour or None, centre, size); the room is 5 x 4 m, the viewer at its south wall looks north."""
    categories = tuple(sorted({row[0] for row in rows})) or ("object",)
    options = {
        "boxes": np.array([[*row[2], *row[3]] for row in rows], float).reshape(-1, 6),
        "exists": np.ones(len(rows)),
        "categories": categories,
        "names": np.array([[row[0] == c for c in categories] for row in rows], float).reshape(
            len(rows), len(categories)
        ),
        "colors": np.array([[row[1] == c for c in COLORS] for row in rows], float).reshape(len(rows), len(COLORS)),
        "materials": np.zeros((len(rows), len(MATERIALS))),
        "shapes": np.zeros((len(rows), len(SHAPES))),
        "low_high": np.array([[0.0, 0.0], [5.0, 4.0]]),
        "viewer": np.array([2.5, 0.0]),
        "heading": np.array([0.0, 1.0]),
    }
    return ObjectTable(**{**options, **changes})


def program_of(text: str) -> tuple[str, Step]:
    """``find(nearest("chair","lamp"))`` as a question, which holds the quoted nouns, and its program."""
    question = " and ".join(re.findall(r'"([^"]*)"', text))
    tokens: list[str | int] = []
    for match in re.finditer(r'"([^"]*)"|[\w:]+', text):
        if match[1] is None:
            tokens.append(match[0])
        else:
            start = question.index(match[1])
            tokens += ["noun", start, start + len(match[1])]
    return question, parse(tokens)


def run(text: str, table: ObjectTable, last: np.ndarray | None = None) -> Result:
    """Execute a program whose nouns mean the categories of their names."""
    question, program = program_of(text)

    def meaning(step: Step) -> np.ndarray:
        noun = question[step.start : step.end]
        column = [category == noun for category in table.categories]
        return table.names @ np.array(column, float).reshape(len(table.categories))

    return execute(program, table, meaning, last)
