"""What is measured between the objects of two sets."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .grading import every, fall, rise
from .table import ObjectTable, View


class Pairs:
    """Objects ``a`` against objects ``b``, both indices into the table that broadcast: (A, 1) and (1, B) for each of
    some against each of others, (P,) and (P,) for single pairs.  A measure has the shape of both together."""

    def __init__(self, table: ObjectTable, a: np.ndarray, b: np.ndarray, view: View) -> None:
        self.table, self.a, self.b, self.view = table, a, b, view
        self.low_a, self.high_a, self.size_a = table.low[a], table.high[a], table.size[a]
        self.low_b, self.high_b, self.size_b = table.low[b], table.high[b], table.size[b]

    @classmethod
    def of_all(cls, table: ObjectTable, a: np.ndarray, b: np.ndarray, view: View) -> Pairs:
        """Each of ``a`` (A,) against each of ``b`` (B,); measures are (A, B)."""
        return cls(table, a[:, None], b[None, :], view)

    def swapped(self) -> Pairs:
        """What is measured of b against a; shapes stay those of a and b."""
        return Pairs(self.table, self.b, self.a, self.view)

    @cached_property
    def offset(self) -> np.ndarray:
        """(..., 3) metres from b's centre to a's."""
        return self.table.center[self.a] - self.table.center[self.b]

    @cached_property
    def aside(self) -> np.ndarray:
        """(..., 3) metres between the boxes along each axis, 0 where they overlap."""
        return np.maximum(0.0, np.abs(self.offset) - (self.size_a + self.size_b) / 2)

    @cached_property
    def gap(self) -> np.ndarray:
        """Metres between the surfaces, 0 when they touch."""
        if self.table.gaps is not None:
            return self.table.gaps[self.a, self.b]
        return np.linalg.norm(self.aside, axis=-1)

    @cached_property
    def apart(self) -> np.ndarray:
        """What people compare when they say nearest: the gap, and a little of the centre distance."""
        return self.gap + 0.3 * np.linalg.norm(self.offset, axis=-1)

    @cached_property
    def seen(self) -> np.ndarray:
        """(..., 2) metres from b's centre to a's: to the viewer's right, ahead."""
        return self.offset[..., :2] @ self.view.axes().T

    @cached_property
    def covered(self) -> np.ndarray:
        """Share of a's footprint that lies over b's."""
        overlap = np.minimum(self.high_a, self.high_b)[..., :2] - np.maximum(self.low_a, self.low_b)[..., :2]
        area = np.maximum(self.size_a[..., :2].prod(-1), 1e-6)
        return np.maximum(overlap, 0.0).prod(-1) / area

    @cached_property
    def middle_above_top(self) -> np.ndarray:
        """Metres from b's top up to a's centre."""
        return self.table.center[self.a, 2] - self.high_b[..., 2]

    @cached_property
    def _small_in_tall(self) -> np.ndarray:
        """a is a small part of b, and b is as tall as a bookcase."""
        share = self.size_a.prod(-1) / np.maximum(self.size_b.prod(-1), 1e-9)
        return every(fall(share, 0.1, 0.25), rise(self.size_b[..., 2], 0.5, 0.8))

    @cached_property
    def on(self) -> np.ndarray:
        """How far a rests on b, or on an inner level of it (a shelf's boards, a sofa's seat); half for what stands on
        something that rests on b."""
        known = self.table.supports
        if known is not None:
            return np.maximum(known[self.a, self.b], 0.5 * np.minimum(self.table.supports_twice[self.a, self.b], 1.0))
        bottom = self.low_a[..., 2]
        above_top = bottom - self.high_b[..., 2]
        inside = rise(self.covered, 0.3, 0.6)
        on_top = fall(np.abs(above_top), 0.05, 0.11)
        above_bottom = bottom - self.low_b[..., 2]
        raised = np.maximum(rise(above_bottom, 0.04, 0.12), rise(self.middle_above_top, -0.02, 0.05))
        lowest_level = every(rise(above_bottom, -0.1, -0.02), self._small_in_tall, rise(self.low_b[..., 2], 0.05, 0.15))
        raised = np.maximum(raised, lowest_level)
        within = 0.85 * every(raised, fall(above_top, 0.02, 0.08))
        return every(inside, np.maximum(on_top, within))
