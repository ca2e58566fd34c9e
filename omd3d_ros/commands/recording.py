"""What the commands that read a recording share: its arguments, and frames with a progress bar."""

from __future__ import annotations

import argparse
import logging
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from omd3d_ros.datasets.sources import RgbdSource
    from omd3d_ros.types import Frame

_log = logging.getLogger(__name__)
_LISTED = 3


def add_recording_arguments(parser: argparse.ArgumentParser) -> None:
    """--every, --max-frames, --format, --color-camera, --...-topic: which frames of SOURCE, and how to read them."""
    parser.add_argument("--every", type=_positive, default=1, metavar="N", help="use each N-th frame")
    parser.add_argument("--max-frames", type=_positive, metavar="N", help="use at most N frames")
    parser.add_argument("--format", metavar="NAME", help="layout of SOURCE (default: told by what is in it)")
    parser.add_argument("--color-camera", metavar="FILE", help="JSON with the colour camera's place (docs/sources.md)")
    for what, kind in (("color", "colour images"), ("depth", "depth images"), ("pose", "Odometry or PoseStamped")):
        parser.add_argument(f"--{what}-topic", metavar="TOPIC", help=f"topic of a bag with {kind} (default: found)")


def open_recording(args: argparse.Namespace) -> RgbdSource:
    """The source that the arguments name."""
    from omd3d_ros.datasets import open_source

    if not args.quiet:
        # What a reader found and chose by itself.
        logging.getLogger("omd3d_ros.datasets").setLevel(logging.INFO)
    named = {"color": args.color_topic, "depth": args.depth_topic, "pose": args.pose_topic}
    topics = {what: topic for what, topic in named.items() if topic is not None}
    return open_source(args.source, args.format, args.every, args.max_frames, args.color_camera, topics)


def add_poses_argument(parser: argparse.ArgumentParser) -> None:
    """--poses given|odometry."""
    parser.add_argument(
        "--poses",
        choices=("given", "odometry"),
        default="given",
        help="given: those of SOURCE (default); odometry: track the camera from the frames themselves",
    )


def posed_frames(source: RgbdSource, args: argparse.Namespace) -> Iterator[Frame]:
    """The frames that can be mapped, with a progress bar on a terminal; what is left out is logged at the end.

    Raises SourceError when no frame has a pose, or with --poses odometry when none can be tracked.
    """
    from tqdm import tqdm

    hidden = args.quiet or not sys.stderr.isatty()
    frames = tqdm(source, desc="mapping", unit="frame", file=sys.stderr, disable=hidden, leave=False)
    return _tracked(source, frames) if args.poses == "odometry" else _with_given_poses(source, frames)


def map_all(frames: Iterable[Frame], observe: Callable[[Frame], object]) -> None:
    """Give every frame to a map; those that it does not believe are left out, with one line that says so."""
    from omd3d_ros.mapping.map_file import MapError

    refused: list[str] = []
    for frame in frames:
        try:
            observe(frame)
        except MapError as error:
            refused.append(str(error))
    if refused:
        _log.warning("%d frames were not believed and left out; the first: %s", len(refused), refused[0])


def _with_given_poses(source: RgbdSource, frames: Iterable[Frame]) -> Iterator[Frame]:
    from omd3d_ros.datasets.sources import SourceError

    posed = lost = 0
    for frame in frames:
        if frame.T_world_camera is None:
            lost += 1
            continue
        posed += 1
        yield frame
    warn_skipped(source)
    if not posed:
        raise SourceError(
            f"{source.path}: none of {lost} frames has a pose, so there is no map to make of them; "
            "--poses odometry tracks the camera from the frames themselves"
        )
    if lost:
        _log.warning("%d of %d frames have no pose and were left out", lost, len(source))


def _tracked(source: RgbdSource, frames: Iterable[Frame]) -> Iterator[Frame]:
    """Frames with tracked poses: the world is that of the first one's given pose, or level, z up, where it has none."""
    from omd3d_ros.datasets.sources import SourceError
    from omd3d_ros.mapping.tracking.odometry import RgbdOdometry, level_pose

    odometry = RgbdOdometry(lambda first: level_pose(first) if first.T_world_camera is None else first.T_world_camera)
    tracked = 0
    refused: list[str] = []
    for frame in frames:
        pose = odometry.track(frame)
        if pose.ok:
            tracked += 1
            yield replace(frame, T_world_camera=pose.T_world_camera)
        else:
            refused.append(pose.reason)
    warn_skipped(source)
    if not tracked:
        raise SourceError(f"{source.path}: none of {len(refused)} frames could be tracked; the first: {refused[0]}")
    if refused:
        _log.warning(
            "tracking was lost on %d of %d frames, which were left out; the first: %s",
            len(refused),
            len(source),
            refused[0],
        )


def warn_skipped(source: RgbdSource) -> None:
    """One line about the broken frames, if there were any."""
    if not source.skipped:
        return
    listed = "; ".join(f"{file} {reason}" for file, reason in source.skipped[:_LISTED])
    more = len(source.skipped) - _LISTED
    _log.warning(
        "skipped %d of %d frames: %s%s",
        len(source.skipped),
        len(source),
        listed,
        f"; and {more} more" if more > 0 else "",
    )


def up_direction(text: str) -> tuple[float, float, float]:
    """Parse ``x,y,z`` (argparse type)."""
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected three numbers x,y,z, got {text!r}") from None
    if not all(map(math.isfinite, (x, y, z))) or math.hypot(x, y, z) < 1e-9:
        raise argparse.ArgumentTypeError(f"expected a direction that is finite and not zero, got {text!r}")
    return x, y, z


def rigid_transform(text: str) -> np.ndarray:
    """(4, 4) from ``x,y,z,qx,qy,qz,qw`` or from a text file of 4x4 numbers (argparse type)."""
    import numpy as np
    from scipy.spatial.transform import Rotation

    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return _matrix_file(text)
    if len(numbers) != 7 or not all(map(math.isfinite, numbers)):
        raise argparse.ArgumentTypeError(f"expected seven numbers x,y,z,qx,qy,qz,qw, got {text!r}")
    if abs(math.hypot(*numbers[3:]) - 1) > 0.01:
        raise argparse.ArgumentTypeError(f"qx,qy,qz,qw of {text!r} is not a unit quaternion")
    T = np.eye(4)
    T[:3, :3] = Rotation.from_quat(numbers[3:]).as_matrix()
    T[:3, 3] = numbers[:3]
    return T


def _matrix_file(path: str) -> np.ndarray:
    import numpy as np

    try:
        T = np.loadtxt(path)
    except (OSError, ValueError) as error:
        reason = f"{path!r} is neither x,y,z,qx,qy,qz,qw nor a text file of numbers ({error})"
        raise argparse.ArgumentTypeError(reason) from None
    if T.shape != (4, 4):
        raise argparse.ArgumentTypeError(f"{path}: expected a 4x4 matrix, got {T.shape}")
    return T


def add_up_argument(parser: argparse.ArgumentParser) -> None:
    """--up x,y,z."""
    parser.add_argument(
        "--up", type=up_direction, metavar="x,y,z", help="up direction in the world of SOURCE (default: estimated)"
    )


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, got {text!r}")
    return value
