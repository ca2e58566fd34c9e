"""What every reader of recorded RGB-D has in common: one frame as stored, and a source that skips what is broken.

A format is one module with a ``FORMAT``: how to recognise a folder, and how to open it as a ``FrameReader``.
The readers know files; ``RgbdSource`` knows which frames were asked for and what to do with bad ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from omd3d_ros.types import Camera, ColorCamera, Frame

if TYPE_CHECKING:
    pass


class SourceError(ValueError):
    """A source that cannot be used at all; the message says what was looked for or what is wrong."""


class FrameError(ValueError):
    """One frame that cannot be used; ``file`` names the culprit, relative to the source where it can be."""

    def __init__(self, file: str, reason: str):
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


@dataclass
class RawFrame:
    """One frame as it is stored: a Frame in which depth and pose may be missing.

    rgb (H, W, 3) uint8; depth (H', W') float32 metres, 0 = no reading, or None; name is for messages.
    """

    name: str
    stamp: float
    rgb: np.ndarray
    depth: np.ndarray | None
    depth_camera: Camera | None
    color_camera: ColorCamera | None = None
    T_world_camera: np.ndarray | None = None

    def frame(self) -> Frame:
        """As a Frame.  Raises FrameError when depth or its intrinsics are missing or sizes do not fit together."""
        if self.depth is None:
            raise FrameError(self.name, "no depth image")
        if self.depth_camera is None:
            raise FrameError(self.name, "no intrinsics are known: put camera-intrinsics.txt (3x3) beside the frames")
        try:
            return Frame(self.rgb, self.depth, self.depth_camera, self.color_camera, self.T_world_camera, self.stamp)
        except ValueError as error:
            raise FrameError(self.name, str(error)) from error


class FrameReader(Protocol):
    """Random access to the frames of one recording; ``read`` raises FrameError for a frame that is broken."""

    def __len__(self) -> int: ...

    def read(self, index: int) -> RawFrame: ...


@dataclass(frozen=True)
class Format:
    """One kind of recording: ``looks_for`` completes the sentence "this folder has no ..." in error messages.

    detect is asked about folders; suffixes are those of single files that ``open`` takes as well.
    takes_topics: ``open`` has a third argument, the names of topics by what they are wanted for (see ``open_source``).
    """

    name: str
    looks_for: str
    detect: Callable[[Path], bool]
    open: Callable[..., FrameReader]
    suffixes: tuple[str, ...] = ()
    takes_topics: bool = False


class RgbdSource:
    """The chosen frames of one recording: iterable (lazily, any number of times), with len() and indexing.

    ``every`` and ``max_frames`` choose frames before any is read, so len() counts frames that may turn out broken.
    Iterating skips those and lists them in ``skipped`` as (file, reason); it raises SourceError if none was good.
    """

    def __init__(self, path: Path, format: str, reader: FrameReader, every: int = 1, max_frames: int | None = None):
        if every < 1:
            raise SourceError(f"every must be 1 or more, got {every}")
        if max_frames is not None and max_frames < 1:
            raise SourceError(f"max_frames must be 1 or more, got {max_frames}")
        if not len(reader):
            raise SourceError(f"{path}: the recording has no frames in it")
        self.path = path
        self.format = format
        self.indices = range(len(reader))[::every][:max_frames]
        self.skipped: list[tuple[str, str]] = []
        self._reader = reader

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, position: int) -> Frame:
        """The frame at a position; raises IndexError past the end, FrameError when that frame is broken."""
        return self.raw(position).frame()

    def raw(self, position: int) -> RawFrame:
        """The frame at a position as stored, without the checks that a Frame makes."""
        return self._reader.read(self.indices[position])

    def __iter__(self) -> Iterator[Frame]:
        good = 0
        for position in range(len(self)):
            try:
                frame = self[position]
            except FrameError as error:
                self.skip(error)
            else:
                good += 1
                yield frame
        if not good:
            file, reason = self.skipped[0]
            raise SourceError(f"{self.path}: none of {len(self)} frames can be used; the first: {file}: {reason}")

    def skip(self, error: FrameError) -> None:
        """Note a broken frame, once however often the source is read."""
        if (error.file, error.reason) not in self.skipped:
            self.skipped.append((error.file, error.reason))
