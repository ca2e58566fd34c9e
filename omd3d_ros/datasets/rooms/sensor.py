"""What a structured-light camera makes of a perfect image.

The figures follow the real recordings of docs/MEASURED: noise and quantisation that grow with z squared, a one-sided
shadow beside near objects (the projector sits to the right of the camera), holes on dark and glossy surfaces and at
grazing angles, flying pixels at edges, a dead strip at the right border.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numba import njit

DEAD_COLUMNS = 8 / 640


@dataclass(frozen=True)
class SensorModel:
    """One depth camera's character, drawn once per recording.

    baseline, near and far in metres; shadow_share: how much of the projector's shadow is without a reading; warp:
    relative error of scale; noise and step: of the inverse depth, in 1/m; flying: share of edge pixels between both
    sides; holes: factor on how often dark, glossy and slanted surfaces give no reading.
    """

    baseline: float
    shadow_share: float
    near: float
    far: float
    warp: float
    noise: float = 0.0009
    step: float = 0.0029
    flying: float = 0.12
    holes: float = 1.0

    @classmethod
    def plain(cls, rng: np.random.Generator) -> SensorModel:
        """A Kinect."""
        return cls(
            rng.uniform(0.06, 0.08), rng.uniform(0.6, 0.9), rng.uniform(0.4, 0.55), rng.uniform(4.0, 5.5),
            rng.normal(0, 0.0025),
        )  # fmt: skip

    @classmethod
    def draw(cls, rng: np.random.Generator) -> SensorModel:
        """Better and worse ones: finer steps, less or more noise, holes and smear at edges."""
        return replace(
            cls.plain(rng), near=rng.uniform(0.25, 0.6), warp=rng.normal(0, 0.004),
            noise=0.0009 * float(np.exp(rng.normal(0.15, 0.4))),
            step=float(rng.choice([0.0029, rng.uniform(0.0007, 0.0035)])), flying=rng.uniform(0.03, 0.22),
            holes=float(np.exp(rng.normal(0.3, 0.5))),
        )  # fmt: skip


def measure_depth(
    rng: np.random.Generator, model: SensorModel, depth: np.ndarray, gloss: np.ndarray, angle: np.ndarray, focal: float
) -> tuple[np.ndarray, np.ndarray]:
    """Measured depth (H, W) float32 metres, 0 = none, and the flat index (H, W) int32 of the pixel each came from."""
    h, w = depth.shape
    fine = max(2, round(w / 160))
    shift = _patches(rng, h, w, fine, 2)
    source = _wobble(shift[0], shift[1], 0.5 * w / 320)
    seen = depth.reshape(-1)[source]
    patch = _uniform(_patches(rng, h, w, max(4, w // 28), 1)[0] + 0.45 * _patches(rng, h, w, fine, 1)[0])
    broad = _uniform(_patches(rng, h, w, w // 10, 1)[0])
    grain = rng.standard_normal((h, w), dtype=np.float32)
    grain = 0.75 * grain + 0.9 * _patches(rng, h, w, fine, 1)[0]
    out = np.empty_like(depth)
    _measure(
        seen, gloss.reshape(-1)[source], angle.reshape(-1)[source], patch, broad, grain, rng.random((h, w), np.float32),
        model.baseline * focal, model.shadow_share, model.near, model.far, model.warp, model.noise, model.step,
        model.flying, model.holes, max(1, round(w / 320)), w - max(1, round(w * DEAD_COLUMNS)), out,
    )  # fmt: skip
    return out, source


def _patches(rng: np.random.Generator, h: int, w: int, cell: int, count: int) -> np.ndarray:
    """(count, H, W) smooth normal noise with features about ``cell`` pixels wide."""
    small = rng.standard_normal((h // cell + 2, w // cell + 2, count), dtype=np.float32)
    big = cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC)
    return np.moveaxis(big.reshape(h, w, count), 2, 0)


def _uniform(noise: np.ndarray) -> np.ndarray:
    """Normal noise of any spread to 0..1, nearly even (logistic form of the normal distribution)."""
    return 1.0 / (1.0 + np.exp(-1.702 / max(float(noise.std()), 1e-6) * noise))


def _wobble(dx: np.ndarray, dy: np.ndarray, reach: float) -> np.ndarray:
    """Flat pixel index of a slightly displaced neighbour: object borders in depth are ragged, not sharp."""
    h, w = dx.shape
    u = np.clip(np.arange(w) + np.rint(dx * reach), 0, w - 1).astype(np.int32)
    v = np.clip(np.arange(h)[:, None] + np.rint(dy * reach), 0, h - 1).astype(np.int32)
    return v * w + u


@njit(cache=True, fastmath=True, nogil=True)
def _measure(
    seen, gloss, angle, patch, broad, grain, dice, shift, shadow_share, near, far, warp, noise, step, flying, holes,
    reach, dead, out,
):  # fmt: skip
    h, w = seen.shape
    for v in range(h):
        leftmost = 1e9
        for u in range(w - 1, -1, -1):
            z = seen[v, u]
            column = u - shift / z
            shadowed = column > leftmost + 0.5 and broad[v, u] < shadow_share
            leftmost = min(leftmost, column)
            if u >= dead or shadowed or z < near or z > far:
                out[v, u] = 0.0
                continue
            cosine = angle[v, u]
            # Even surfaces return the pattern; from about a tenth of gloss on, holes appear, on glass all over.
            miss = max(0.002, 1.25 * gloss[v, u] * (1.15 - 0.3 * cosine) - 0.06)
            if cosine < 0.3:
                miss += ((0.3 - cosine) / 0.3) ** 2 * 0.6
            if z > 0.8 * far:
                miss += 0.25 * (z / far - 0.8) / 0.2
            if patch[v, u] < holes * miss:
                out[v, u] = 0.0
                continue
            low, high = z, z
            for dv, du in ((0, -reach), (0, reach), (-reach, 0), (reach, 0)):
                a, b = v + dv, u + du
                if 0 <= a < h and 0 <= b < w:
                    low, high = min(low, seen[a, b]), max(high, seen[a, b])
            if high - low > 0.06 * z:
                if patch[v, u] < 0.22:
                    out[v, u] = 0.0
                    continue
                if dice[v, u] < flying:
                    z = low + (min(high, far) - low) * (dice[v, u] / flying)
            z *= 1.0 + warp
            disparity = (1.0 / z + noise * grain[v, u]) / step
            out[v, u] = 1.0 / (max(np.floor(disparity + 0.5), 1.0) * step)
