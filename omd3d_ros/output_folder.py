"""An output folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def check_output_folder(folder: Path, replace: bool) -> None:
    """Raises ValueError where ``folder`` may not be written: a file, not empty, or not ours to replace."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file; --out is a folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not replace:
        raise ValueError(f"{folder} is not empty; --force replaces a model that is there")
    if not (folder / "config.json").is_file():
        raise ValueError(f"{folder} holds no model (no config.json), so --force does not replace it")


@contextmanager
def new_folder(folder: Path, replace: bool = False) -> Iterator[Path]:
    """A temporary folder beside ``folder``, renamed to it when the block ends without an error.

    replace: what is there goes away once the new one is complete.  What killed runs left beside it is removed.
    """
    check_output_folder(folder, replace)
    folder = folder.resolve()  # a link to a folder stays one
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(folder)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-{os.getpid()}-", dir=folder.parent))
    try:
        yield temporary
        umask = os.umask(0)  # mkdtemp makes private folders; give the usual permissions
        os.umask(umask)
        temporary.chmod(0o777 & ~umask)
        _rename(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _rename(temporary: Path, folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        temporary.replace(folder)
        return
    old = folder.with_name(f".{folder.name}-{os.getpid()}-old")
    folder.replace(old)
    try:
        temporary.replace(folder)
    except OSError:
        old.replace(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _remove_leftovers(folder: Path) -> None:
    prefix = f".{folder.name}-"
    for left in folder.parent.iterdir():
        pid, _, _ = left.name.removeprefix(prefix).partition("-")
        if left.name.startswith(prefix) and pid.isdigit() and left.is_dir() and _gone(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False
