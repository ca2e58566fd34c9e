"""Superpoints that touch, merged into objects: always the two regions that belong together most, until none do.

How far two regions belong together is judged anew after every merge, by the whole of both and of the seam between
them: like colours, a seam that bends outwards rather than inwards, faces that look the same way; against it, one of
them standing on the other.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .contacts import CONCAVE, CONVEX, RESTING, SEAM_LENGTH

# Log-odds that two regions are one object: a logistic regression on pairs of touching superpoints of synthetic rooms.
_BIAS = 1.4
_COLOR = -9.7  # per distance of mean colours, up to _FAR
_FAR = 0.4
_CONCAVE = -1.3
_CONVEX = 1.5
_FACING = 0.6  # per cosine of the angle between mean normals
_RESTING = -1.6
_SHARE = 0.65  # per share of the larger one's outline that is seam
_OUTLINE = 8.0  # pairs of points around a region: this times the root of its points
_NEVER = -1e9


def merge_regions(
    seams: np.ndarray, counts: np.ndarray, color: np.ndarray, normal: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(R,) region that each of R superpoints ends in, named by one of its superpoints; (R,) at that superpoint, the
    highest log-odds, 0 or less, that the region is one object with another that it touches (far below 0: with none).

    seams (R, R, 4) as of ``contacts.seams``; counts (R,) points; color (R, 3) opponent colours; normal (R, 3) means.
    """
    return _merge(seams.copy(), *(a.astype(np.float64) for a in (counts, color, normal)))


@njit(cache=True, nogil=True)
def _log_odds(seams, counts, color, normal, i, j):
    larger, smaller = (i, j) if counts[i] >= counts[j] else (j, i)
    seam = seams[larger, smaller]
    distance, facing = 0.0, 0.0
    for c in range(3):
        distance += (color[i, c] - color[j, c]) ** 2
        facing += normal[i, c] * normal[j, c]
    bend = _CONCAVE * seam[CONCAVE] + _CONVEX * seam[CONVEX] + _RESTING * seam[RESTING]
    share = min(seam[SEAM_LENGTH] / (_OUTLINE * np.sqrt(counts[larger])), 1.5)
    return _BIAS + _COLOR * min(np.sqrt(distance), _FAR) + bend / seam[SEAM_LENGTH] + _FACING * facing + _SHARE * share


@njit(cache=True, nogil=True)
def _merge(seams, counts, color, normal):
    r = len(counts)
    into = np.arange(r)
    odds = np.full((r, r), np.float32(_NEVER))
    best, partner = np.full(r, _NEVER), np.zeros(r, np.int64)
    for a in range(r):
        for b in range(r):
            if a != b and seams[a, b, SEAM_LENGTH] > 0:
                odds[a, b] = _log_odds(seams, counts, color, normal, a, b)
        _choose(odds, a, partner, best)
    while r > 0:
        i = np.int64(best.argmax())
        if best[i] <= 0.0:
            break
        j = partner[i]
        _join(counts, color, normal, i, j)
        into[j] = i
        best[j], odds[i, j] = _NEVER, _NEVER
        for k in range(r):
            if k == i or into[k] != k:
                continue
            if seams[j, k, SEAM_LENGTH] > 0:
                seams[i, k] += seams[j, k]
                seams[k, i] += seams[k, j]
                odds[k, j] = _NEVER
            if seams[i, k, SEAM_LENGTH] > 0:
                odds[i, k] = _log_odds(seams, counts, color, normal, i, k)
                odds[k, i] = odds[i, k]
                _choose(odds, k, partner, best)
        _choose(odds, i, partner, best)
    for a in range(r):
        while into[into[a]] != into[a]:
            into[a] = into[into[a]]
    return into, best


@njit(cache=True, nogil=True)
def _choose(odds, i, partner, best):
    """The region that i belongs together with most."""
    partner[i] = odds[i].argmax()
    best[i] = odds[i, partner[i]]


@njit(cache=True, nogil=True)
def _join(counts, color, normal, i, j):
    """Make the sums of i those of i and j."""
    share = counts[j] / (counts[i] + counts[j])
    counts[i] += counts[j]
    for c in range(3):
        color[i, c] += share * (color[j, c] - color[i, c])
        normal[i, c] += share * (normal[j, c] - normal[i, c])
