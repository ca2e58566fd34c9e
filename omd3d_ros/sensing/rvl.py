"""RVL, the lossless depth code that compressedDepth topics may use in place of PNG.

Wilson, "Fast Lossless Depth Image Compression", ISS 2017.  Runs of zeros and of differences between neighbours, each
number in groups of three bits with a fourth that says whether more follow, packed into 32-bit words from the top.
"""

from __future__ import annotations

import numba
import numpy as np


def decode_rvl(data: bytes | np.ndarray, pixels: int) -> np.ndarray:
    """(pixels,) uint16 of the packed words; raises ValueError when they end too early or run over."""
    raw = np.frombuffer(data, np.uint8)
    words = np.frombuffer(raw[: len(raw) // 4 * 4].tobytes(), "<u4").astype(np.uint32)
    depth = np.zeros(pixels, np.uint16)
    if _decode(words, depth) != pixels:
        raise ValueError(f"RVL data of {len(raw)} bytes do not hold {pixels} pixels")
    return depth


@numba.njit(cache=True)
def _decode(words: np.ndarray, depth: np.ndarray) -> int:
    """Number of pixels that were told, -1 when a run goes past the end."""
    at = 0
    written = 0
    previous = 0
    while written < len(depth):
        zeros, at = _number(words, at)
        values, at = _number(words, at)
        if at < 0 or zeros + values == 0 or written + zeros + values > len(depth):
            return -1
        written += zeros
        for _ in range(values):
            folded, at = _number(words, at)
            if at < 0:
                return -1
            previous += (folded >> 1) ^ -(folded & 1)
            depth[written] = previous & 0xFFFF
            written += 1
    return written


@numba.njit(cache=True)
def _number(words: np.ndarray, at: int) -> tuple[int, int]:
    """A number and the place of the next group of four bits; place -1 at the end of the data."""
    number = 0
    shift = 0
    while 0 <= at < 8 * len(words) and shift < 33:
        group = (np.int64(words[at // 8]) >> (28 - 4 * (at % 8))) & 15
        number |= (group & 7) << shift
        at += 1
        if group < 8:
            return number, at
        shift += 3
    return number, -1
