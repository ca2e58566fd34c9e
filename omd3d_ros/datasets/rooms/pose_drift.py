"""How far the poses that a tracker reports are from the true ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation


@dataclass(frozen=True)
class Drift:
    """A tracker's error along a run: a smooth part that comes and goes, a random walk, and jumps at corrections.

    shift in metres and turn in radians are standard deviations of the smooth part per axis; ``walk`` is the size of
    the random walk at the end of the run in units of these; ``jumps``: how many corrections.
    """

    shift: float = 0.0
    turn: float = 0.0
    walk: float = 0.0
    jumps: int = 0

    @classmethod
    def small(cls, rng: np.random.Generator) -> Drift:
        """Of a good tracker: 1 to 3 cm and half a degree off, without a walk."""
        return cls(rng.uniform(0.004, 0.011), np.radians(rng.uniform(0.08, 0.3)))

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Drift:
        """From hardly any to twice of what the real recordings show."""
        scale = float(np.exp(rng.uniform(np.log(0.4), np.log(3.0))))
        turn = np.radians(0.2) * scale * float(np.exp(rng.normal(0, 0.3)))
        return cls(0.0075 * scale, turn, float(rng.choice([0.0, rng.uniform(0.5, 2.0)])), int(rng.integers(0, 4)))

    def reported(self, rng: np.random.Generator, true: list[np.ndarray]) -> list[np.ndarray]:
        """Poses (4, 4) as the tracker gives them for the true ones, right at the first frame."""
        frames = len(true)
        error = smooth_noise(rng, frames, max(3.0, frames / 8), 6)
        error += self.walk * np.cumsum(rng.normal(size=(frames, 6)), axis=0) / np.sqrt(frames)
        for start in rng.integers(1, max(frames, 2), size=self.jumps):
            error[start:] += rng.normal(size=6)
        error = (error - error[0]) * np.repeat([self.shift, self.turn], 3)
        turns = Rotation.from_rotvec(error[:, 3:]).as_matrix()
        out = []
        for T, shift, turn in zip(true, error[:, :3], turns, strict=True):
            new = T.copy()
            new[:3, :3] = T[:3, :3] @ turn
            new[:3, 3] += shift
            out.append(new)
        return out


def smooth_noise(rng: np.random.Generator, frames: int, width: float, count: int) -> np.ndarray:
    """(frames, count) unit normal noise that changes over about ``width`` frames."""
    noise = gaussian_filter1d(rng.normal(size=(frames + 40, count)), width, axis=0)[20 : 20 + frames]
    return noise * np.sqrt(2 * np.sqrt(np.pi) * width)
