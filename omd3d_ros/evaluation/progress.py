"""The progress bar of an evaluation: on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def progress(items: Iterable[T], what: str, quiet: bool, total: int | None = None) -> Iterable[T]:
    """The items, with a bar; none where ``quiet`` or where nobody looks."""
    hidden = quiet or not sys.stderr.isatty()
    return tqdm(items, desc=what, total=total, file=sys.stderr, disable=hidden, leave=False)
