"""Recorded RGB-D and scene-language data.  ``open_source`` reads frames whatever their layout."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omd3d_ros.datasets.sources import Format, RgbdSource

__all__ = ["formats", "open_source"]

_LISTED = 8


def formats() -> tuple[Format, ...]:
    """The known layouts, in the order in which they are tried."""
    from omd3d_ros.datasets import (
        dualmap,
        record3d,
        record3d_converted,
        replica,
        rosbag2,
        scannet_export,
        scannet_sens,
        seven_scenes,
        tum,
    )

    modules = (
        seven_scenes,
        tum,
        scannet_sens,
        scannet_export,
        replica,
        record3d,
        record3d_converted,
        dualmap,
        rosbag2,
    )
    return tuple(module.FORMAT for module in modules)


def open_source(
    path: str | PathLike[str],
    format: str | None = None,
    every: int = 1,
    max_frames: int | None = None,
    color_camera: str | PathLike[str] | None = None,
    topics: Mapping[str, str] | None = None,
) -> RgbdSource:
    """Open a folder of RGB-D frames, or a file of them; the layout is told by what is in it, or named with ``format``.

    every, max_frames: take each n-th frame, at most so many.  color_camera: a registration file (see
    ``color_camera``) to use in place of one beside the frames.  topics: of a bag, the names of its "color", "depth" and
    "pose" topics, where those that are found are not meant.  Raises SourceError when there is nothing to read.
    """
    from omd3d_ros.datasets.color_camera import read_color_registration
    from omd3d_ros.datasets.sources import RgbdSource, SourceError

    source = Path(path)
    known = {f.name: f for f in formats()}
    if format is not None and format not in known:
        raise SourceError(f"unknown format {format!r}; known: {', '.join(known)}")
    if not source.exists():
        raise SourceError(f"{source}: no such file or folder")
    candidates = tuple(known.values()) if format is None else (known[format],)
    found = _format_of_folder(source, candidates) if source.is_dir() else _format_of_file(source, candidates)
    registration = None if color_camera is None else read_color_registration(Path(color_camera))
    if topics and not found.takes_topics:
        raise SourceError(f"{source}: topics are chosen in bags, this is a source of format {found.name}")
    reader = found.open(source, registration, topics) if topics else found.open(source, registration)
    return RgbdSource(source, found.name, reader, every, max_frames)


def _format_of_file(file: Path, candidates: tuple[Format, ...]) -> Format:
    from omd3d_ros.datasets.sources import SourceError

    found = next((f for f in candidates if file.suffix.lower() in f.suffixes), None)
    if found is None:
        suffixes = ", ".join(suffix for f in candidates for suffix in f.suffixes)
        readable = f"the files that can be read end in {suffixes}; other" if suffixes else "these"
        raise SourceError(f"{file}: is a file; {readable} RGB-D sources are folders of frames")
    return found


def _format_of_folder(folder: Path, candidates: tuple[Format, ...]) -> Format:
    from omd3d_ros.datasets.sources import SourceError

    if not any(folder.iterdir()):
        raise SourceError(f"{folder}: the folder is empty")
    found = next((f for f in candidates if f.detect(folder)), None)
    if found is not None:
        return found
    if inner := _sources_inside(folder, candidates):
        listed = ", ".join(f"{path.relative_to(folder)} ({format.name})" for path, format in inner[:_LISTED])
        more = f" and {len(inner) - _LISTED} more" if len(inner) > _LISTED else ""
        raise SourceError(f"{folder}: has sources in its folders; name one of them: {listed}{more}")
    looked_for = "; ".join(f.looks_for for f in candidates)
    raise SourceError(f"{folder}: no frames of a known layout; looked for {looked_for}")


def _sources_inside(folder: Path, candidates: tuple[Format, ...], levels: int = 2) -> list[tuple[Path, Format]]:
    """Folders, and files of a known suffix, that could be opened in place of this one."""
    found: list[tuple[Path, Format]] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_file():
            match = next((f for f in candidates if path.suffix.lower() in f.suffixes), None)
        else:
            match = next((f for f in candidates if f.detect(path)), None)
        if match is not None:
            found.append((path, match))
        elif path.is_dir() and levels > 1:
            found += _sources_inside(path, candidates, levels - 1)
    return found
