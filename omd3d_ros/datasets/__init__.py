"""Recorded RGB-D and scene-language data.  ``open_source`` reads a folder of frames whatever its layout."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omd3d_ros.datasets.sources import Format, RgbdSource

__all__ = ["formats", "open_source"]


def formats() -> tuple[Format, ...]:
    """The known layouts, in the order in which they are tried."""
    from omd3d_ros.datasets import seven_scenes

    return (seven_scenes.FORMAT,)


def open_source(
    path: str | PathLike[str],
    format: str | None = None,
    every: int = 1,
    max_frames: int | None = None,
    color_camera: str | PathLike[str] | None = None,
) -> RgbdSource:
    """Open a folder of RGB-D frames; the layout is told by what is in it, or named with ``format``.

    every, max_frames: take each n-th frame, at most so many.  color_camera: a registration file (see
    ``color_camera``) to use in place of one beside the frames.  Raises SourceError when there is nothing to read.
    """
    from omd3d_ros.datasets.color_camera import read_color_registration
    from omd3d_ros.datasets.sources import RgbdSource, SourceError

    folder = Path(path)
    known = {f.name: f for f in formats()}
    if format is not None and format not in known:
        raise SourceError(f"unknown format {format!r}; known: {', '.join(known)}")
    if not folder.exists():
        raise SourceError(f"{folder}: no such file or folder")
    if not folder.is_dir():
        raise SourceError(f"{folder}: is a file; RGB-D sources are folders of frames")
    if not any(folder.iterdir()):
        raise SourceError(f"{folder}: the folder is empty")
    candidates = known.values() if format is None else (known[format],)
    found = next((f for f in candidates if f.detect(folder)), None)
    if found is None:
        looked_for = "; ".join(f.looks_for for f in candidates)
        raise SourceError(f"{folder}: no frames of a known layout; looked for {looked_for}")
    registration = None if color_camera is None else read_color_registration(Path(color_camera))
    return RgbdSource(folder, found.name, found.open(folder, registration), every, max_frames)
