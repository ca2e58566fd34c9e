"""The files of a bag: metadata.yaml, split files, zstd per file, or a file on its own."""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path

import yaml

from omd3d_ros.datasets.sources import SourceError

_log = logging.getLogger(__name__)

SUFFIXES = (".db3", ".mcap")
METADATA = "metadata.yaml"
_INFORMATION = "rosbag2_bagfile_information"


def is_bag(path: Path) -> bool:
    """Whether a path is a bag folder, with or without metadata.yaml, or one of its files."""
    if path.is_file():
        return _is_storage(path)
    return any(_is_storage(file) for file in path.iterdir()) or (
        (path / METADATA).is_file() and _INFORMATION in (path / METADATA).read_text(errors="replace")
    )


def storage_files(path: Path) -> list[Path]:
    """The files of a bag in their order.  Raises SourceError when there are none."""
    if path.is_file():
        return [path]
    there = sorted((file for file in path.iterdir() if _is_storage(file)), key=_natural)
    listed = _listed_files(path / METADATA)
    if listed is None:
        _log.warning("%s: no readable %s; all bag files in the folder are used", path, METADATA)
        listed = [file.name for file in there]
    found = [path / name for name in listed if (path / name).is_file()]
    missing = [name for name in listed if not (path / name).is_file()]
    if not found:
        names = ", ".join(missing) or "no .db3 or .mcap"
        raise SourceError(f"{path}: no file of this bag is there; looked for {names}")
    if missing:
        _log.warning("%s: %s of this bag missing, the rest is used", path, ", ".join(missing))
    return found


def _listed_files(metadata: Path) -> list[str] | None:
    """File names that metadata.yaml lists (older ones with the folder before them); None: there is no such list."""
    try:
        information = yaml.safe_load(metadata.read_text(errors="replace"))[_INFORMATION]
        names = [re.split(r"[/\\]", str(name))[-1] for name in information["relative_file_paths"]]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return None
    return [n if (metadata.parent / n).is_file() else _packed_name(metadata.parent, n) for n in names]


def _packed_name(folder: Path, name: str) -> str:
    return f"{name}.zstd" if (folder / f"{name}.zstd").is_file() else name


def _is_storage(file: Path) -> bool:
    name = file.name.removesuffix(".zstd")
    return name.endswith(SUFFIXES) and file.is_file()


def _natural(file: Path) -> list[tuple[int, str]]:
    """bag_2 before bag_10."""
    return [(int(part or 0), text) for text, part in re.findall(r"(\D*)(\d*)", file.name)]


def unpack(file: Path, folder: Path) -> Path:
    """A file that was compressed as a whole, in ``folder``; as much of it as can be unpacked."""
    from omd3d_ros.datasets.rosbag2.storage import zstd

    target = folder / file.stem
    with file.open("rb") as packed, target.open("wb") as out:
        try:
            with zstd.open(packed, "rb") as data:
                shutil.copyfileobj(data, out, 1 << 20)
        except (zstd.ZstdError, EOFError) as error:
            _log.warning("%s is cut or damaged (%s): what could be unpacked of it is used", file, error)
    return target
