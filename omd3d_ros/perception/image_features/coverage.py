"""Which points of a cloud a picture shows where, on a grid of cells."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def nearest_points(seen, rows, columns, width, height, reach):
    """(rows, columns) int64: the point whose pixel is nearest to the middle of each cell of the image; -1: none near.

    seen (N, 3): column, row, distance of each point, NaN where not seen.  reach: pixels times metres; a point fills
    no more than ``reach / distance`` pixels to each side.
    """
    nearest = np.full((rows, columns), np.int64(-1))
    squared = np.full((rows, columns), np.inf)
    wide, high = width / columns, height / rows
    for i in range(len(seen)):
        u, v, z = seen[i, 0] + 0.5, seen[i, 1] + 0.5, seen[i, 2]
        if not z > 0:
            continue
        radius = reach / z
        # A point fills the cell that it falls in, however far it is.
        left = max(min(int(np.ceil((u - radius) / wide - 0.5)), int(u / wide)), 0)
        right = min(max(int(np.floor((u + radius) / wide - 0.5)), int(u / wide)), columns - 1)
        top = max(min(int(np.ceil((v - radius) / high - 0.5)), int(v / high)), 0)
        bottom = min(max(int(np.floor((v + radius) / high - 0.5)), int(v / high)), rows - 1)
        for row in range(top, bottom + 1):
            dv = (row + 0.5) * high - v
            for column in range(left, right + 1):
                du = (column + 0.5) * wide - u
                if du * du + dv * dv < squared[row, column]:
                    squared[row, column] = du * du + dv * dv
                    nearest[row, column] = i
    return nearest
