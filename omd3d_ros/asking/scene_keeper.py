"""The newest scene of a map that goes on changing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..mapping.keyframes import Keyframe
from ..perception.external_instances import ExternalInstances
from ..perception.scene import SceneError, Views
from ..types import PointCloud, Scene
from .turns import POLL_PERIOD, Check

_CELL = 0.1  # metres: edge of the cells in which a map counts as changed


@dataclass(frozen=True)
class SceneMaterial:
    """What a scene is built from: a map at one moment, or a cloud that was given.

    version: the map's; stamp in seconds; keyframes: the map's views; instances: those that another program found;
    map_number: another for another map, so that nothing of one is reused for the next; voxel_size in metres.
    """

    cloud: PointCloud
    version: int
    stamp: float = 0.0
    views: Views | None = None
    keyframes: Sequence[Keyframe] = ()
    instances: ExternalInstances | None = None
    map_number: int = 0
    voxel_size: float = 0.02


@dataclass(frozen=True)
class _Published:
    """cells: those that the scene's cloud has points in, sorted."""

    scene: Scene
    version: int
    cells: np.ndarray


class SceneKeeper:
    """Encodes, one at a time, and hands out what is newest.  Thread-safe.

    version gives the map's now, take what to build a scene from (raises SceneError when there is nothing yet), build
    the scene.  min_new_share: a map is encoded anew when more than this share of its 10 cm cells differ.
    """

    def __init__(
        self,
        version: Callable[[], int],
        take: Callable[[], SceneMaterial],
        build: Callable[[SceneMaterial], Scene],
        min_new_share: float,
    ) -> None:
        self._version = version
        self._take = take
        self._build = build
        self._min_new_share = min_new_share
        self._encoding = threading.Lock()
        self._changed = threading.Condition()  # guards what follows
        self._published: _Published | None = None
        self._compared = -1  # version of the map that was last found to be as the published scene
        self._failure: tuple[int, Exception] | None = None  # version that could not be encoded, and why
        self._demanded = -1  # version that somebody waits for
        self._generation = 0
        self._closed = False
        # Called when somebody waits for a scene that is not there: another thread should encode.
        self.on_demand: Callable[[], None] = lambda: None

    @property
    def latest(self) -> Scene | None:
        """The newest scene that is ready."""
        published = self._published
        return None if published is None else published.scene

    @property
    def demanded(self) -> int | None:
        """The map's version that somebody waits for, None when the scene that is ready will do for all."""
        with self._changed:
            ready = -1 if self._published is None else self._published.version
            return self._demanded if self._demanded > ready else None

    def forget(self) -> None:
        """The map was emptied or replaced; a scene that is being encoded is not published."""
        with self._changed:
            self._published, self._failure, self._compared, self._demanded = None, None, -1, -1
            self._generation += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def encode(self, at_least: int | None = None) -> Scene:
        """The scene of the map as it is now; encoded anew only when the map has changed enough.

        at_least: the version of the map that must be in it, however little it differs.  Raises SceneError when there
        is too little to find objects in.
        """
        with self._encoding:
            with self._changed:
                published, compared, generation = self._published, self._compared, self._generation
            version = self._version()
            if published is not None and (
                published.version >= at_least if at_least is not None else version in (published.version, compared)
            ):
                return published.scene
            try:
                material = self._take()
                cells = _cells(material.cloud)
                if published is not None and at_least is None and not self._differ(published.cells, cells):
                    self._note_compared(material.version, generation)
                    return published.scene
                scene = self._build(material)
            except Exception as error:
                self._note_failure(version, error, generation)
                raise
            self._publish(_Published(scene, material.version, cells), generation)
            return scene

    def wait(self, fresh: bool, check: Check | None = None) -> Scene:
        """The newest scene that is ready, once another thread has encoded one.

        fresh: one that has everything mapped so far in it.  Raises SceneError when the map as it is now could not be
        encoded or is replaced, and whatever ``check`` raises while waiting.
        """
        with self._changed:
            generation, version = self._generation, self._version()
            ready = self._ready(version if fresh else -1)
            if ready is None and fresh:
                self._demanded = max(self._demanded, version)
        if ready is None:
            self.on_demand()
        while True:
            with self._changed:
                if generation != self._generation:
                    raise SceneError("the map was emptied or replaced while its objects were looked for")
                if (ready := self._ready(version if fresh else -1)) is not None:
                    return ready
                if self._failure is not None and self._failure[0] >= version:
                    raise _as_scene_error(self._failure[1])
                if self._closed:
                    raise SceneError("no more scenes are encoded")
                self._changed.wait(POLL_PERIOD)
            if check is not None:
                check()

    def _ready(self, version: int) -> Scene | None:
        published = self._published
        return None if published is None or published.version < version else published.scene

    def _publish(self, published: _Published, generation: int) -> None:
        with self._changed:
            if generation == self._generation:
                self._published, self._failure, self._compared = published, None, -1
                self._changed.notify_all()

    def _note_compared(self, version: int, generation: int) -> None:
        with self._changed:
            if generation == self._generation:
                self._compared = version

    def _note_failure(self, version: int, error: Exception, generation: int) -> None:
        with self._changed:
            if generation == self._generation:
                self._failure = version, error
                self._changed.notify_all()

    def _differ(self, old: np.ndarray, new: np.ndarray) -> bool:
        changed = len(np.setxor1d(old, new, assume_unique=True))
        return changed > self._min_new_share * max(len(old), 1)


def _as_scene_error(error: Exception) -> SceneError:
    text = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    return SceneError(text)


def _cells(cloud: PointCloud) -> np.ndarray:
    """Sorted numbers of the 10 cm cells that a cloud has points in."""
    cells = np.floor(cloud.xyz.astype(np.float64) / _CELL).astype(np.int64) + (1 << 20)
    return np.unique((cells[:, 0] << 42) | (cells[:, 1] << 21) | cells[:, 2])
