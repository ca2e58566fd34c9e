"""PreparedDataset: scenes and samples of a prepared folder, read when they are asked for."""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path

from .layout import Manifest, PreparedDataError, file_record, read_manifest, samples_path, scene_path
from .nouns import PreparedSample, PreparedScene
from .sample_file import read_samples
from .scene_file import read_scene


class PreparedDataset:
    """Scenes lie memory-mapped in a cache of the ``cache`` most recently used ones.

    Every method raises PreparedDataError for files that are missing or damaged.
    """

    def __init__(self, folder: Path, manifest: Manifest, cache: int = 64) -> None:
        self.folder = folder
        self.manifest = manifest
        self._cache = cache
        self._scenes: OrderedDict[str, PreparedScene] = OrderedDict()

    @classmethod
    def open(cls, folder: str | os.PathLike, cache: int = 64) -> PreparedDataset:
        """Raises PreparedDataError for a folder that is missing, unfinished, damaged or of a newer version."""
        return cls(Path(folder), read_manifest(Path(folder)), cache)

    @property
    def scene_ids(self) -> list[str]:
        return list(self.manifest.scenes)

    @property
    def tags(self) -> list[str]:
        """The tasks that there are samples of."""
        return sorted(self.manifest.samples)

    def scene(self, scene_id: str) -> PreparedScene:
        """The scene with this id; its tensors are read-only in meaning: others share them."""
        if scene_id in self._scenes:
            self._scenes.move_to_end(scene_id)
            return self._scenes[scene_id]
        if scene_id not in self.manifest.scenes:
            raise PreparedDataError(f"{self.folder} has no scene {scene_id!r} among its {len(self.manifest.scenes)}")
        scene = read_scene(self._present(scene_path(scene_id)))
        if scene.scene_id != scene_id:
            raise PreparedDataError(f"{self.folder / scene_path(scene_id)} holds the scene {scene.scene_id!r}")
        self._scenes[scene_id] = scene
        while len(self._scenes) > self._cache:
            self._scenes.popitem(last=False)
        return scene

    def samples(self, tags: str | list[str], split: str) -> list[PreparedSample]:
        """Samples of the tags (``"scanrefer#scanqa"`` or a list), in their order, in a split such as ``train``.

        Raises PreparedDataError for a tag that is unknown or has no sample in the split, saying which there are.
        """
        names = tags.split("#") if isinstance(tags, str) else list(tags)
        for name in names:
            if name not in self.manifest.samples:
                raise PreparedDataError(f"{self.folder} has no tag {name!r}; there are: {', '.join(self.tags)}")
            splits = {s: n for s, n in self.manifest.samples[name].items() if n}
            if split not in splits:
                known = ", ".join(f"{s} ({n})" for s, n in sorted(splits.items())) or "none"
                raise PreparedDataError(
                    f"{self.folder}: tag {name!r} has no sample in split {split!r}; there are: {known}"
                )
        return [sample for name in names for sample in read_samples(self._present(samples_path(name, split)))]

    def check_features(self, point_channels: int, image_channels: int) -> None:
        """Raises PreparedDataError unless the proposals' features are of these sizes, those of a model."""
        found = (self.manifest.point_channels, self.manifest.image_channels)
        if found != (point_channels, image_channels):
            raise PreparedDataError(
                f"{self.folder} has {found[0]} point and {found[1]} image features per proposal, but "
                f"{point_channels} and {image_channels} are needed: prepare the data for this model"
            )

    def verify(self) -> None:
        """Compare every file with its checksum; raises PreparedDataError that names those that differ."""
        wrong = []
        for name, record in sorted(self.manifest.files.items()):
            path = self.folder / name
            if not path.is_file():
                wrong.append(f"{name} is missing")
            elif file_record(path) != record:
                wrong.append(f"{name} has changed")
        if wrong:
            more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
            raise PreparedDataError(f"{self.folder} is damaged: {', '.join(wrong[:5])}{more}; prepare the data again")

    def _present(self, name: str) -> Path:
        """The file's path; raises PreparedDataError where it is missing or of another size than was written."""
        path, record = self.folder / name, self.manifest.files.get(name)
        if record is None or not path.is_file():
            raise PreparedDataError(f"{path} is missing: prepare the data again")
        size = path.stat().st_size
        if size != record.size:
            raise PreparedDataError(f"{path} is damaged: {size} bytes of {record.size}; prepare the data again")
        return path
