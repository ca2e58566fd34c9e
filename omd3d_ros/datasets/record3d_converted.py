"""Record3D recordings as ConceptGraphs converts them: ``rgb/5.png``, ``depth/5.png``, ``poses/5.npy``, ``conf/5.npy``.

Depth is uint16 millimetres on the pixels of colour, of no use where confidence is 0; poses are (4, 4), their camera
axes ARKit's, turned here to x right, y down, z forward.  Intrinsics come from ``camera-intrinsics.txt`` or
``dataconfig.yaml`` (``camera_params``).  Frames count as 30 Hz by number.  The world is ARKit's: level, y up.

Gu et al., "ConceptGraphs: Open-Vocabulary 3D Scene Graphs for Perception and Planning", ICRA 2024.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from omd3d_ros.datasets.color_camera import ColorRegistration, find_color_registration
from omd3d_ros.datasets.image_pairs import NUMBERED_COLOR, NUMBERED_DEPTH, first_sizes, image_pairs, numbered_files
from omd3d_ros.datasets.intrinsics import Intrinsics, find_intrinsics, registered_cameras, size_of
from omd3d_ros.datasets.poses import FRAME_RATE, pose_of
from omd3d_ros.datasets.record3d import ARKIT_FROM_OPTICAL, LOWEST_CONFIDENCE
from omd3d_ros.datasets.sources import Format, FrameError, RawFrame, SourceError

CONFIG_FILE = "dataconfig.yaml"


class ConvertedRecord3DReader:
    """The frames of one converted recording, in the order of their numbers."""

    def __init__(self, path: Path, registration: ColorRegistration | None = None):
        self.path = path
        colors, depths = numbered_files(path / "rgb", NUMBERED_COLOR), numbered_files(path / "depth", NUMBERED_DEPTH)
        self._pairs = image_pairs(colors, depths)
        intrinsics = find_intrinsics(path) or _read_config(path / CONFIG_FILE) or find_intrinsics(path.parent)
        self._intrinsics = intrinsics and intrinsics.sized(first_sizes(self._pairs, path)[1])
        self._registration = registration or find_color_registration(path)

    def __len__(self) -> int:
        return len(self._pairs)

    def read(self, index: int) -> RawFrame:
        """Raises FrameError when an image is missing or broken; a missing or lost pose is None."""
        pair = self._pairs[index]
        rgb, depth = pair.read(self.path)
        assert pair.color is not None
        stem = pair.color.stem
        confidence = self._array(f"conf/{stem}.npy")
        if confidence is not None:
            if confidence.shape != depth.shape:
                raise FrameError(f"conf/{stem}.npy", f"is {confidence.shape}, the depth image {depth.shape}")
            depth[confidence < LOWEST_CONFIDENCE] = 0
        cameras = registered_cameras(self._intrinsics, size_of(rgb), size_of(depth), self._registration)
        return RawFrame(pair.name, pair.number / FRAME_RATE, rgb, depth, *cameras, self._pose(stem))

    def _pose(self, stem: str) -> np.ndarray | None:
        numbers = self._array(f"poses/{stem}.npy")
        T = None if numbers is None else pose_of(numbers)
        return None if T is None else T @ ARKIT_FROM_OPTICAL

    def _array(self, name: str) -> np.ndarray | None:
        """The array of a file, None where there is no such file.  Raises FrameError for one that is damaged."""
        try:
            return np.load(self.path / name, allow_pickle=False)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError) as error:
            raise FrameError(name, f"is not a NumPy array ({error})") from error


def _read_config(file: Path) -> Intrinsics | None:
    import yaml

    if not file.is_file():
        return None
    try:
        camera = yaml.safe_load(file.read_text())["camera_params"]
        fx, fy, cx, cy = (float(camera[key]) for key in ("fx", "fy", "cx", "cy"))
        size = (int(camera["image_width"]), int(camera["image_height"]))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        expected = "image_width, image_height, fx, fy, cx, cy"
        raise SourceError(f"{file}: expected camera_params with {expected} ({error})") from error
    return Intrinsics.from_matrix(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), size, str(file))


FORMAT = Format(
    name="record3d-converted",
    looks_for="rgb/, depth/ and poses/ (Record3D as ConceptGraphs converts it)",
    detect=lambda path: all((path / name).is_dir() for name in ("rgb", "depth", "poses")),
    open=ConvertedRecord3DReader,
)
