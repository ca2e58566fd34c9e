"""What a question about a room scores without understanding it, and at best, from the same proposals.

random: as many proposals as there are targets, drawn blindly.  category: drawn from those whose best-overlapping true
object is of a target's category.  bound: for each target the proposal that overlaps it most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .room_truth import RoomTruth

BASELINES = {
    "random": "random proposals",
    "category": "right category, random pick",
    "bound": "best proposals (upper bound)",
}
_DRAWS = 64


class Baselines:
    """Of the questions about one scene."""

    def __init__(self, truth: RoomTruth, seed: int) -> None:
        self._truth = truth
        self._overlaps = truth.iou(truth.proposals, truth.objects())
        self._numbers = list(truth.categories)
        self._rng = np.random.default_rng([seed, 13])

    def values(self, targets: Sequence[int]) -> dict[str, float]:
        """``random@0.5`` and so on: the share of draws whose union reaches that IoU with the targets' union.

        Nothing for questions without a target that the scene shows.
        """
        columns = [self._numbers.index(number) for number in targets if number in self._numbers]
        if not columns:
            return {}
        every = np.arange(len(self._overlaps))
        ious = {
            "random": self._drawn(every, targets),
            "category": self._drawn(self._of_category(columns), targets),
            "bound": self._iou(np.unique(self._overlaps[:, columns].argmax(0))[None], targets)
            if len(every)
            else np.zeros(1),
        }
        return {
            f"{name}@{threshold}": float((iou >= threshold).mean())
            for name, iou in ious.items()
            for threshold in (0.25, 0.5)
        }

    def _of_category(self, columns: Sequence[int]) -> np.ndarray:
        """Proposals that overlap an object of one of these objects' categories most."""
        categories = [self._truth.categories[number] for number in self._numbers]
        wanted = {categories[column] for column in columns}
        fits = [row.max() > 0 and categories[int(row.argmax())] in wanted for row in self._overlaps]
        return np.flatnonzero(fits)

    def _drawn(self, choices: np.ndarray, targets: Sequence[int]) -> np.ndarray:
        """(draws,) IoU of random picks from ``choices``."""
        if not len(choices):
            return np.zeros(1)
        count = min(len(targets), len(choices))
        picks = np.array([self._rng.choice(choices, count, replace=False) for _ in range(_DRAWS)])
        return self._iou(picks, targets)

    def _iou(self, picks: np.ndarray, targets: Sequence[int]) -> np.ndarray:
        unions = self._truth.proposals[picks].any(1)
        return self._truth.iou(unions, np.isin(self._truth.owner, targets)[None])[:, 0]
