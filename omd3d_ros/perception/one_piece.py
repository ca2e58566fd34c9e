"""An object is in one piece: of what a superpoint takes for its own object, what hangs together with it."""

from __future__ import annotations

import numpy as np
import torch
from numba import njit

APART = 0.25  # metres between boxes of superpoints that may be neighbours in an object, parts of which nobody has seen


def in_one_piece(probability: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """(M, M): the same with 0 for what is not reached from superpoint i, in row i, over superpoints of more than 0.5.

    probability (M, M): row i for the object that superpoint i lies on; boxes (M, 6): centres and sizes in metres.
    """
    starts, near = _neighbours(boxes.cpu().numpy())
    reached = _reached((probability > 0.5).cpu().numpy(), starts, near)
    return torch.where(torch.from_numpy(reached).to(probability.device), probability, 0.0)


def _neighbours(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The neighbours of superpoint s: near[starts[s] : starts[s + 1]]."""
    low, high = boxes[:, :3] - boxes[:, 3:] / 2, boxes[:, :3] + boxes[:, 3:] / 2
    squared = np.zeros((len(boxes), len(boxes)), np.float32)
    for axis in range(3):
        between = low[:, axis][:, None] - high[:, axis][None]
        squared += np.maximum(np.maximum(between, between.T), 0) ** 2
    rows, near = np.nonzero(squared <= APART**2)
    return np.searchsorted(rows, np.arange(len(boxes) + 1)), near


@njit(cache=True, nogil=True)
def _reached(inside, starts, near):
    """(M, M) bool: row i has what is near to something reached from i; from what is ``inside`` (M, M) one goes on."""
    m = len(inside)
    reached = np.zeros((m, m), np.bool_)
    queue = np.empty(m, np.int64)
    for i in range(m):
        reached[i, i] = True
        queue[0] = i
        first, last = 0, 1
        while first < last:
            s = queue[first]
            first += 1
            for at in range(starts[s], starts[s + 1]):
                j = near[at]
                if not reached[i, j]:
                    reached[i, j] = True
                    if inside[i, j]:
                        queue[last] = j
                        last += 1
    return reached
