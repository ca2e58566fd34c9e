"""Wishes that name no object, and the categories that fulfil them."""

from __future__ import annotations

from .words_chores import CHORES
from .words_wishes import WISHES

# (what can be said, what would help)
NEEDS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (*WISHES, *CHORES)
