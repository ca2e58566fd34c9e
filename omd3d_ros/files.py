"""Files of the package wherever it is installed, and writing files so that a reader never sees half of one."""

from __future__ import annotations

import glob
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file with the same suffix beside ``path``, then rename it into place.

    What a killed process left behind of an earlier attempt is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-{os.getpid()}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with open(temporary, "rb") as f:
            os.fsync(f.fileno())  # a rename may reach the disk before the content does
        umask = os.umask(0)  # mkstemp makes private files; give the usual permissions
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _remove_leftovers(path: Path) -> None:
    for file in path.parent.glob(f".{glob.escape(path.stem)}-*{glob.escape(path.suffix)}"):
        pid = file.name.removeprefix(f".{path.stem}-").split("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            file.unlink(missing_ok=True)


def share_folders(name: str) -> list[Path]:
    """Folders called ``name`` (config, launch) to look in: of the checkout, the Python prefix, every ament prefix."""
    package = Path(__file__).resolve().parent
    folders = [package.parent / name] if (package.parent / "package.xml").is_file() else []
    ament = filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep))
    # the package lies some folders below its prefix, which a sourced workspace need not name
    prefixes = [Path(sys.prefix), *map(Path, ament), *package.parents[1:5]]
    return folders + [prefix / "share" / "omd3d" / name for prefix in prefixes]


def share_file(folder: str, name: str) -> Path:
    """A file such as ``share_file("config", "omd3d.yaml")``; raises FileNotFoundError with the places tried."""
    folders = share_folders(folder)
    for candidate in folders:
        if (candidate / name).is_file():
            return candidate / name
    raise FileNotFoundError(f"{name} is in none of {', '.join(map(str, folders))}")
