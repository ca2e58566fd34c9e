"""Colour and depth that belong together, as the node pairs them: by the stamps in their headers."""

from __future__ import annotations

import heapq
import logging

import numpy as np

from omd3d_ros.datasets.rosbag2.bag import Stream
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.sensing.messages import NANOSECONDS
from omd3d_ros.sensing.synchroniser import Synchroniser

_log = logging.getLogger(__name__)

TOLERANCE = 0.02
_QUEUE_SIZE = 100


def pair(color: Stream, depth: Stream) -> np.ndarray:
    """(P, 2) int64, the indices of colour and depth messages whose stamps are TOLERANCE seconds apart or less.

    In the order of their stamps, each message once.  Raises SourceError when there are none.
    """
    color_stamps, depth_stamps = stamps_of(color), stamps_of(depth)
    synchroniser = Synchroniser(TOLERANCE, _QUEUE_SIZE, patience=0.5, clock=lambda: 0.0)
    take = (synchroniser.add_color, synchroniser.add_depth)
    pairs: list[tuple[int, int]] = []
    for stamp, which, index in heapq.merge(_in_order(color_stamps, 0), _in_order(depth_stamps, 1)):
        pairs += take[which](stamp, index)
    synchroniser.clock = lambda: 1.0  # the end of the recording: nothing nearer can come any more
    pairs += synchroniser.poll()
    if not pairs:
        gap = _smallest_gap(color_stamps, depth_stamps) / NANOSECONDS
        raise SourceError(
            f"no colour image of {color.topic} is within {TOLERANCE} s of a depth image of {depth.topic}; the nearest "
            f"are {gap:.3f} s apart"
        )
    return np.array(pairs, np.int64)


def stamps_of(stream: Stream) -> np.ndarray:
    """(N,) nanoseconds: of the headers, or of recording where a driver left those at zero."""
    if np.any(stream.stamp > 0):
        return stream.stamp
    _log.warning("%s: its headers have no stamps; the times of recording are used", stream.topic)
    return stream.log_time


def _in_order(stamps: np.ndarray, which: int) -> list[tuple[int, int, int]]:
    order = np.argsort(stamps, kind="stable")
    return [(int(stamps[i]), which, int(i)) for i in order]


def _smallest_gap(a: np.ndarray, b: np.ndarray) -> int:
    b = np.sort(b)
    after = np.searchsorted(b, a)
    gaps = np.minimum(np.abs(a - b[np.minimum(after, len(b) - 1)]), np.abs(a - b[np.maximum(after - 1, 0)]))
    return int(gaps.min())
