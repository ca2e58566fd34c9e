"""Where things lie in a folder of prepared data, and its manifest.

    manifest.json                       version, kind, settings, and of every file its sha256 and size; written last
    scenes/<scene_id>.safetensors       the tensors of a PreparedScene (``scene_file``)
    samples/<task>_<split>.jsonl        one PreparedSample a line (``sample_file``)
    journal.jsonl                       only while the folder is unfinished: the scenes that are done (``journal``)

A folder without a manifest is unfinished.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...files import write_atomically

VERSION = 1
MANIFEST = "manifest.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class PreparedDataError(ValueError):
    """Prepared data that is missing, damaged, of a newer version or not what is needed; the message says which."""


@dataclass(frozen=True)
class FileRecord:
    """sha256 in hexadecimal; size in bytes."""

    sha256: str
    size: int


@dataclass
class Manifest:
    """kind: ``rooms`` or ``scannet``; settings: what the data was made with, ``scenes`` and ``samples`` apart.

    point_channels, image_channels: of the proposals' features; superpoint_channels: None where they are not stored.
    samples: task -> split -> how many.  files: path within the folder -> record.  left_out: scene -> why it failed.
    dropped: ``task_split`` -> reason -> how many records of the source became no sample.
    """

    kind: str
    settings: dict[str, Any]
    point_channels: int
    image_channels: int
    superpoint_channels: int | None
    scenes: list[str]
    samples: dict[str, dict[str, int]]
    files: dict[str, FileRecord]
    left_out: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)


def scene_path(scene_id: str) -> str:
    """Path within the folder; raises PreparedDataError for an id that is no file name."""
    return f"scenes/{_checked('scene', scene_id)}.safetensors"


def samples_path(task: str, split: str) -> str:
    """Path within the folder; raises PreparedDataError for names that are no file name."""
    return f"samples/{_checked('task', task)}_{_checked('split', split)}.jsonl"


def file_record(path: Path) -> FileRecord:
    """Checksum and size of a file as it lies on the disk."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
        return FileRecord(digest.hexdigest(), file.tell())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    content = {"version": VERSION, **asdict(manifest)}
    text = json.dumps(content, indent=1, sort_keys=True) + "\n"
    write_atomically(folder / MANIFEST, lambda file: file.write_text(text, encoding="utf-8"))


def read_manifest(folder: Path) -> Manifest:
    """Raises PreparedDataError for a folder that is missing, unfinished, damaged or written by a newer version."""
    path = folder / MANIFEST
    if not path.is_file():
        unfinished = "its preparation did not finish; start the same `omd3d prepare` again" if folder.is_dir() else ""
        raise PreparedDataError(f"{folder} holds no prepared data ({unfinished or 'there is no such folder'})")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content.pop("version")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise PreparedDataError(f"{path} is damaged: {error}") from error
    check_version(path, version)
    try:
        files = {name: FileRecord(**record) for name, record in content.pop("files").items()}
        return Manifest(files=files, **content)
    except (KeyError, TypeError, AttributeError) as error:
        raise PreparedDataError(f"{path} is damaged: it is not the manifest of version {VERSION} ({error})") from error


def check_version(path: Path, version: object) -> None:
    """Raises PreparedDataError unless this is the version that is read here."""
    if not isinstance(version, int) or version < 1:
        raise PreparedDataError(f"{path} is damaged: version must be a whole number from 1, got {version!r}")
    if version > VERSION:
        raise PreparedDataError(
            f"{path} is of version {version}, newer than {VERSION}, the newest that is known here: update OMD3D"
        )


def _checked(what: str, name: str) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise PreparedDataError(f"{what} {name!r} can't be a file's name: use letters, digits, '_', '-' and '.'")
    return name
