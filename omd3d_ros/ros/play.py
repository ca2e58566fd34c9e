"""``omd3d play``: publish recorded frames as a camera, its driver and TF would."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator

import numpy as np
import rclpy
from builtin_interfaces.msg import Time
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from omd3d_ros.commands.recording import add_recording_arguments, open_recording, warn_skipped
from omd3d_ros.ros.messages import camera_to_info, color_to_image, depth_to_image, transform
from omd3d_ros.ros.share import use_fast_dds_profile
from omd3d_ros.types import ColorCamera, Frame

CAMERA_QOS = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=10,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
)
STATIC_QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
DEPTH_FRAME = "camera_depth_optical_frame"
COLOR_FRAME = "camera_color_optical_frame"
LAST_FRAME_ARRIVES = 0.5
DISCOVERED_BOTH_WAYS = 1.0  # seconds: we see a subscriber before it sees us, and it would miss the first frames


class FramePublisher(Node):
    """color/image, depth/image, both camera_infos and TF.  A frame without a pose goes out without its TF."""

    def __init__(
        self,
        color_encoding: str = "rgb8",
        depth_encoding: str = "16UC1",
        world_frame: str = "map",
        name: str = "omd3d_play",
    ) -> None:
        super().__init__(name)
        self.color_encoding = color_encoding
        self.depth_encoding = depth_encoding
        self.world_frame = world_frame
        self._color = self.create_publisher(Image, "color/image", CAMERA_QOS)
        self._depth = self.create_publisher(Image, "depth/image", CAMERA_QOS)
        self._color_info = self.create_publisher(CameraInfo, "color/camera_info", CAMERA_QOS)
        self._depth_info = self.create_publisher(CameraInfo, "depth/camera_info", CAMERA_QOS)
        self._tf = self.create_publisher(TFMessage, "/tf", 100)
        self._tf_static = self.create_publisher(TFMessage, "/tf_static", STATIC_QOS)
        self._static_sent: np.ndarray | None = None

    def wait_for_subscriber(self, timeout: float) -> bool:
        """Until someone listens to both images and to the depth camera's calibration, and can hear us too."""
        deadline = time.monotonic() + timeout
        needed = (self._color, self._depth, self._depth_info, self._tf)
        if not all(p.get_subscription_count() for p in needed):
            while not all(p.get_subscription_count() for p in needed):
                if time.monotonic() > deadline or not self.context.ok():
                    return False
                time.sleep(0.02)
            time.sleep(DISCOVERED_BOTH_WAYS)
        return True

    def images(self, frame: Frame) -> tuple[Image, Image]:
        """Colour and depth of a frame as messages without a header."""
        color = color_to_image(frame.rgb, self.color_encoding, Header())
        return color, depth_to_image(frame.depth, self.depth_encoding, Header())

    def publish(self, frame: Frame, stamp: Time | None = None, images: tuple[Image, Image] | None = None) -> None:
        """Send one frame, stamped now unless a stamp is given.  images: those of the frame, where they are made
        already."""
        stamp = stamp or self.get_clock().now().to_msg()
        color, depth = images or self.images(frame)
        depth_header = Header(stamp=stamp, frame_id=DEPTH_FRAME)
        color_header = depth_header
        if isinstance(frame.color_camera, ColorCamera):
            color_header = Header(stamp=stamp, frame_id=COLOR_FRAME)
            self._send_static(frame.color_camera.T_color_depth, stamp)
        if frame.T_world_camera is not None:
            self._tf.publish(TFMessage(transforms=[transform(self.world_frame, depth_header, frame.T_world_camera)]))
        self._depth_info.publish(camera_to_info(frame.depth_camera, depth_header))
        self._color_info.publish(camera_to_info(frame.color_camera or frame.depth_camera, color_header))
        color.header, depth.header = color_header, depth_header
        self._color.publish(color)
        self._depth.publish(depth)

    def _send_static(self, T_color_depth: np.ndarray, stamp: Time) -> None:
        if self._static_sent is not None and np.array_equal(self._static_sent, T_color_depth):
            return
        self._static_sent = T_color_depth
        color_header = Header(stamp=stamp, frame_id=COLOR_FRAME)
        T_depth_color = np.linalg.inv(T_color_depth)
        self._tf_static.publish(TFMessage(transforms=[transform(DEPTH_FRAME, color_header, T_depth_color)]))


def paced(frames: Iterable[Frame], rate: float) -> Iterator[Frame]:
    """The frames, each at its time: ``rate`` a second, without drift; a late one does not hurry the next."""
    period = 1.0 / rate
    due = time.monotonic()
    for frame in frames:
        now = time.monotonic()
        if now < due:
            time.sleep(due - now)
        else:
            due = now
        due += period
        yield frame


def play(frames: Iterable[Frame], publisher: FramePublisher, rate: float, loop: bool = False) -> int:
    """Publish the frames (for ever when ``loop``), and give the last one time to arrive; returns how many."""
    sent = 0
    while True:
        for frame in paced(frames, rate):
            if not publisher.context.ok():
                return sent
            publisher.publish(frame)
            sent += 1
        if not loop:
            time.sleep(LAST_FRAME_ARRIVES)
            return sent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``omd3d play``."""
    parser.add_argument("source", metavar="SOURCE", help="recording (docs/sources.md)")
    parser.add_argument("--rate", type=_rate, default=10.0, metavar="HZ", help="frames per second (default 10)")
    parser.add_argument("--loop", action="store_true", help="start again at the end, until interrupted")
    parser.add_argument("--color-encoding", choices=("rgb8", "bgr8"), default="rgb8", help="default rgb8")
    parser.add_argument("--depth-encoding", choices=("16UC1", "32FC1"), default="16UC1", help="default 16UC1")
    parser.add_argument("--world-frame", default="map", metavar="FRAME", help="frame of the poses (default map)")
    parser.add_argument("--namespace", default="", metavar="NS", help="publish below this namespace")
    parser.add_argument(
        "--wait", type=float, default=10.0, metavar="SECONDS", help="wait so long for a subscriber (default 10)"
    )
    add_recording_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Publish until the end of the recording, or until interrupted."""
    from tqdm import tqdm

    source = open_recording(args)
    use_fast_dds_profile()
    rclpy.init(args=["--ros-args", "-r", f"__ns:=/{args.namespace.strip('/')}"] if args.namespace else None)
    publisher = FramePublisher(args.color_encoding, args.depth_encoding, args.world_frame)
    try:
        if not publisher.wait_for_subscriber(args.wait):
            print("omd3d: nobody subscribes to the images yet; publishing all the same", file=sys.stderr)
        frames = tqdm(source, desc="playing", unit="frame", disable=args.quiet or not sys.stderr.isatty(), leave=False)
        sent = play(frames, publisher, args.rate, args.loop)
        warn_skipped(source)
        print(f"published {sent} frames")
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    finally:
        publisher.destroy_node()
        rclpy.try_shutdown()
    return 0


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1000:
        raise argparse.ArgumentTypeError(f"expected frames per second between 0 and 1000, got {text!r}")
    return value
