"""Which scenes of an unfinished folder are done: a line each, so that a killed run goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...files import write_atomically
from .layout import MANIFEST, VERSION, FileRecord, PreparedDataError, check_version, read_manifest, scene_path

JOURNAL = "journal.jsonl"


@dataclass(frozen=True)
class FinishedScene:
    """A scene whose file is written; channels: of point, image and superpoint features, -1 where not stored."""

    scene_id: str
    file: FileRecord
    channels: tuple[int, int, int]


class Journal:
    """finished: scene id -> what is known of its file."""

    def __init__(self, folder: Path, header: dict[str, Any], finished: Iterable[FinishedScene]) -> None:
        """Writes the journal anew, as a killed process may have left half a line."""
        self._path = folder / JOURNAL
        self.finished = {scene.scene_id: scene for scene in finished}
        lines = [json.dumps({"version": VERSION, **header}), *map(_line, self.finished.values())]
        write_atomically(self._path, lambda file: file.write_text("\n".join(lines) + "\n", encoding="utf-8"))

    @classmethod
    def open(cls, folder: Path, kind: str, settings: dict[str, Any]) -> Journal:
        """Go on with what the folder has, finished or not; settings: those that shape the scenes.

        Raises PreparedDataError for a folder of another kind or with scenes made with other settings.
        """
        header = {"kind": kind, "settings": settings}
        if (folder / JOURNAL).is_file():
            known, finished = _read(folder / JOURNAL)
        elif (folder / MANIFEST).is_file():
            known, finished = _of_manifest(folder)
        elif folder.is_dir() and any(folder.glob("scenes/*")):
            raise PreparedDataError(f"{folder} holds scenes without a manifest or journal: name another folder")
        else:
            known, finished = header, []
        _check_same(folder, known, header)
        return cls(folder, header, finished)

    def add(self, scene: FinishedScene) -> None:
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(_line(scene) + "\n")
        self.finished[scene.scene_id] = scene

    def remove(self) -> None:
        self._path.unlink()


def _line(scene: FinishedScene) -> str:
    return json.dumps({"scene_id": scene.scene_id, **asdict(scene.file), "channels": scene.channels})


def _read(path: Path) -> tuple[dict[str, Any], list[FinishedScene]]:
    header, *lines = path.read_text(encoding="utf-8").split("\n")
    try:
        known = json.loads(header)
        check_version(path, known.pop("version"))
    except (ValueError, KeyError, AttributeError) as error:
        if isinstance(error, PreparedDataError):
            raise
        raise PreparedDataError(f"{path} is damaged ({error}): delete the folder or name another one") from error
    finished = []
    for line in lines:
        try:
            entry = json.loads(line)
            record = FileRecord(entry["sha256"], entry["size"])
            finished.append(FinishedScene(entry["scene_id"], record, tuple(entry["channels"])))
        except (ValueError, KeyError, TypeError):
            continue  # half a line of a killed process: that scene is made again
    return known, finished


def _of_manifest(folder: Path) -> tuple[dict[str, Any], list[FinishedScene]]:
    manifest = read_manifest(folder)
    stored = -1 if manifest.superpoint_channels is None else manifest.superpoint_channels
    channels = (manifest.point_channels, manifest.image_channels, stored)
    finished = [FinishedScene(s, manifest.files[scene_path(s)], channels) for s in manifest.scenes]
    return {"kind": manifest.kind, "settings": manifest.settings["scenes"]}, finished


def _check_same(folder: Path, known: dict[str, Any], wanted: dict[str, Any]) -> None:
    if known.get("kind") != wanted["kind"]:
        raise PreparedDataError(f"{folder} holds data of kind {known.get('kind')}, not {wanted['kind']}")
    old, new = known.get("settings", {}), wanted["settings"]
    different = [
        f"{k} {old.get(k)!r} then, {new.get(k)!r} now" for k in sorted({*old, *new}) if old.get(k) != new.get(k)
    ]
    if different:
        raise PreparedDataError(
            f"{folder} holds scenes made with other settings ({'; '.join(different)}): name another folder or delete it"
        )
