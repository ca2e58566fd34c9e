"""Encoding in a process of its own, so that it neither holds Python's interpreter lock nor takes the cores from mapping
and answering."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..perception.scene import SceneError
from ..types import Scene
from .array_channel import ArrayChannel, ChannelClosed
from .scene_keeper import SceneMaterial
from .scene_messages import material_message, scene_of

if TYPE_CHECKING:
    from ..models.openmaskdino3d import OpenMaskDINO3DModel

PROGRAM = (sys.executable, "-m", "omd3d_ros.asking.encoding_program")
MAX_PARAMETERS = 250_000_000  # a gigabyte
_PATIENCE = 5.0  # seconds that it has to end by itself

_log = logging.getLogger(__name__)


class EncodingFailed(RuntimeError):
    """The process could not be kept running, or its encoder failed; the message says how."""


@dataclass(frozen=True)
class EncoderSettings:
    """weights, device and runtime: as for ``load_model``; threads: of torch; up (3,): as for SceneEncoder."""

    weights: Path
    device: str
    runtime: dict[str, Any]
    threads: int
    up: np.ndarray | None = None

    def words(self) -> dict[str, Any]:
        up = None if self.up is None else self.up.tolist()
        return {
            "weights": str(self.weights),
            "device": self.device,
            "runtime": self.runtime,
            "threads": self.threads,
            "up": up,
        }


def fits(model: OpenMaskDINO3DModel) -> bool:
    """Whether a model is small enough to be had twice, and encodes a map by its cloud alone, without its views."""
    small = model.device.type == "cpu" and sum(p.numel() for p in model.parameters()) <= MAX_PARAMETERS
    return small and model.config.object_features is None and hasattr(os, "memfd_create")


class EncodingProcess:
    """``SceneEncoder`` in a process that begins to load its model at once.  One thread at a time may ``build``.

    A process that dies is replaced, and what it was at is encoded anew; one that dies of it again is an error.
    """

    def __init__(self, settings: EncoderSettings) -> None:
        self._settings = settings
        self._changing = threading.Lock()  # the process, or whether there is to be one
        self._closed = False
        self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def build(self, material: SceneMaterial) -> Scene:
        """The scene of a map (``material.views`` are not None), of the cloud that the material has.

        Raises SceneError when there is too little to find objects in, or after ``close``, and EncodingFailed.
        """
        try:
            return self._built(material)
        except ChannelClosed:
            _log.warning("%s: it is started again", self._replace())
        try:
            return self._built(material)
        except ChannelClosed:
            raise EncodingFailed(f"{self._replace()}, twice at the same map") from None

    def close(self) -> None:
        """End the process; a ``build`` that waits for it raises SceneError."""
        with self._changing:
            self._closed = True
            self._channel.close()
            self._process.terminate()  # it has nothing to lose
            self._end()

    def _built(self, material: SceneMaterial) -> Scene:
        if self._closed:
            raise SceneError("no more scenes are encoded")
        channel = self._channel
        channel.send(*material_message(material))
        words, arrays = channel.receive()
        if "refused" in words:
            raise SceneError(words["refused"])
        if "failed" in words:
            raise EncodingFailed(words["failed"])
        return scene_of((words, arrays), material.cloud)

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._process = subprocess.Popen(
                [*PROGRAM, str(theirs.fileno())], stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
            )
        self._channel = ArrayChannel(ours)
        self._channel.send(self._settings.words())

    def _replace(self) -> str:
        """What became of the process; another is started."""
        with self._changing:
            if self._closed:
                raise SceneError("no more scenes are encoded")
            self._channel.close()
            code = self._end()
            self._start()
        ended = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        return f"the process that encodes scenes was ended {ended}"

    def _end(self) -> int:
        try:
            return self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
