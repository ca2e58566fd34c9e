"""How a room is recorded: which way the camera goes, how good camera and tracker are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .color_sensor import ColorModel
from .pose_drift import Drift
from .sensor import SensorModel
from .trajectory import PATHS

_SIZES = ((320, 240), (320, 240), (320, 240), (256, 192), (384, 216), (400, 300))


@dataclass(frozen=True)
class Recording:
    """One recording's character.

    path: one of ``trajectory.PATHS``.  eye (2,): least and greatest height of the camera in metres.  focal: in units
    of a Kinect's.  registered: whether colour is said to lie on depth's grid.  skew (3,): rotation vector in radians by
    which the colour camera is turned from where it is said to be.  latency: how far colour is behind depth, as a share
    of the time between frames.
    """

    path: str
    sensor: SensorModel
    color: ColorModel
    drift: Drift
    width: int = 320
    height: int = 240
    eye: tuple[float, float] = (1.3, 1.7)
    focal: float = 1.0
    registered: bool = True
    skew: tuple[float, float, float] = (0.0, 0.0, 0.0)
    latency: float = 0.0

    @property
    def misaligned(self) -> bool:
        return any(self.skew) or self.latency > 0

    @classmethod
    def plain(cls, rng: np.random.Generator, width: int = 320, height: int = 240, registered: bool = True) -> Recording:
        """By a careful person with a calibrated camera and a good tracker: for demos, exports and tests."""
        path = "sweep" if rng.random() < 0.5 else "scan"
        return cls(
            path, SensorModel.plain(rng), ColorModel.plain(rng), Drift.small(rng), width, height, registered=registered
        )

    def with_care(self, rng: np.random.Generator) -> Recording:
        """The same way through the room with a calibrated camera and a good tracker."""
        return replace(
            self, sensor=SensorModel.plain(rng), color=ColorModel.plain(rng), drift=Drift.small(rng),
            skew=(0.0, 0.0, 0.0), latency=0.0,
        )  # fmt: skip

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Recording:
        """As recordings come: most of them with something wrong."""
        width, height = _SIZES[int(rng.integers(len(_SIZES)))]
        skew = rng.normal(0, np.radians(rng.choice([0.05, 0.2, 0.4])), 3) * [1, 1, 0.5]
        return cls(
            path=str(rng.choice(PATHS, p=(0.24, 0.24, 0.14, 0.14, 0.14, 0.10))),
            sensor=SensorModel.draw(rng), color=ColorModel.draw(rng), drift=Drift.draw(rng), width=width, height=height,
            eye=(1.3, 1.7) if rng.random() < 0.75 else (0.6, 1.3), focal=rng.uniform(0.88, 1.12),
            registered=bool(rng.random() < 0.5), skew=(float(skew[0]), float(skew[1]), float(skew[2])),
            latency=rng.choice([0.0, rng.uniform(0.0, 0.15)]),
        )  # fmt: skip
