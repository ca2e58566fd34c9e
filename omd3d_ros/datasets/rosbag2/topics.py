"""Which topics of a bag are the colour and the depth camera: by type, encoding, and the names that drivers give."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from omd3d_ros.datasets.rosbag2.bag import CAMERA_INFO, COMPRESSED_IMAGE, IMAGE, Bag, Stream
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.sensing.images import DEPTH_ENCODINGS, is_color_encoding

_log = logging.getLogger(__name__)

# The options of the command line, by what they choose.
OPTIONS = {"color": "--color-topic", "depth": "--depth-topic", "pose": "--pose-topic"}
# So many of the first reasons for a topic decide between cameras, the others between forms of the same images.
_WEIGHTY = 3
_TRANSPORTS = ("/compressedDepth", "/compressed")
_ALIGNED = re.compile(r"aligned|registered|depth_to_(?:rgb|color)|depth2(?:rgb|color)", re.IGNORECASE)
_NOT_DEPTH = re.compile(r"confidence|disparity|infra|(?:^|[/_])ir(?:[/_]|\d|$)|mask|label", re.IGNORECASE)
_DEPTH_NAME = re.compile(r"depth|stereo", re.IGNORECASE)
_COLOR_NAME = re.compile(r"(?:^|[/_])(?:rgb|colou?r)(?:[/_]|$)", re.IGNORECASE)
_RECTIFIED = re.compile(r"(?:^|[/_])rect", re.IGNORECASE)
# Parts of a topic's name that tell a stream of a camera; the other parts are the camera's name.
_STREAM = re.compile(
    r"(?:aligned_)?depth(?:[_2].*)?|colou?r(?:_.*)?|rgb(?:_.*)?|infra\d?|ir\d?|left|right|stereo|mono|image(?:_.*)?|yuv|(?:un)?rect(?:ified)?|raw",
    re.IGNORECASE,
)


@dataclass
class ImageTopic:
    """A topic of images as its first message shows it; encoding of what was compressed where that is known."""

    stream: Stream
    encoding: str
    frame: str

    @property
    def name(self) -> str:
        return self.stream.topic

    @property
    def base(self) -> str:
        """The name without the transport that compressed it."""
        return next((self.name.removesuffix(t) for t in _TRANSPORTS if self.name.endswith(t)), self.name)

    @property
    def compressed(self) -> bool:
        return self.stream.type == COMPRESSED_IMAGE

    @property
    def camera(self) -> str:
        """The part of the name that streams of one camera share, such as ``/camera/camera``; may be empty."""
        parts = self.base.split("/")
        others = [part for part in parts if not _STREAM.fullmatch(part)]
        return "/".join(others if len(others) < len(parts) else parts[:-1])

    @property
    def is_depth(self) -> bool:
        if _NOT_DEPTH.search(self.base):
            return False
        if self.name.endswith("/compressedDepth"):
            return True
        certain = self.encoding in ("16UC1", "32FC1")
        return certain or (self.encoding in DEPTH_ENCODINGS and _DEPTH_NAME.search(self.base) is not None)

    @property
    def is_color(self) -> bool:
        if self.is_depth or self.name.endswith("/compressedDepth"):
            return False
        return is_color_encoding(self.encoding) or (self.compressed and self.encoding in ("", "jpeg", "jpg", "png"))

    @property
    def aligned(self) -> bool:
        """Whether the name says that depth is on colour's pixel grid."""
        return _ALIGNED.search(self.base) is not None

    @property
    def rectified(self) -> bool:
        return _RECTIFIED.search(self.base) is not None

    def __str__(self) -> str:
        return f"{self.name} ({self.encoding or 'unknown encoding'}, {len(self.stream)} messages)"


@dataclass
class CameraTopics:
    """What was chosen; an info of None: there is no camera_info for that camera."""

    color: ImageTopic
    depth: ImageTopic
    color_info: Stream | None
    depth_info: Stream | None


def choose(bag: Bag, wanted: Mapping[str, str]) -> CameraTopics:
    """The colour and depth topics, those of ``wanted`` ("color", "depth") or the only ones that fit.

    Raises SourceError, with the topics that are there, when there are none or more than one camera.
    """
    images = [_first_look(bag, stream) for stream in bag.of_type(IMAGE, COMPRESSED_IMAGE)]
    if not images:
        there = ", ".join(f"{s.topic} ({s.type})" for s in bag.streams.values()) or "none"
        raise SourceError(f"{bag.path}: no images in this bag; its topics: {there}")
    color = _named(bag, images, "color", wanted)
    depth = _named(bag, images, "depth", wanted)
    if depth is None:
        depth = _choose_depth(bag, images, color)
    if color is None:
        color = _choose_color(bag, images, depth)
    _log.info("%s: colour %s, depth %s", bag.path, color, depth)
    return CameraTopics(color, depth, _info(bag, color), _info(bag, depth))


def _first_look(bag: Bag, stream: Stream) -> ImageTopic:
    try:
        message = bag.read(stream, 0)
    except ValueError as error:
        _log.warning("%s", error)
        return ImageTopic(stream, "", "")
    encoding = message.encoding if stream.type == IMAGE else message.format.split(";")[0].strip()
    return ImageTopic(stream, encoding, message.header.frame_id.lstrip("/"))


def _named(bag: Bag, images: list[ImageTopic], what: str, wanted: Mapping[str, str]) -> ImageTopic | None:
    name = wanted.get(what)
    if name is None:
        return None
    found = next((image for image in images if image.name == "/" + name.lstrip("/")), None)
    if found is None:
        raise SourceError(f"{bag.path}: no images on {name}; image topics: {_listed(images)}")
    return found


def _choose_depth(bag: Bag, images: list[ImageTopic], color: ImageTopic | None) -> ImageTopic:
    depths = [image for image in images if image.is_depth and image is not color]
    if not depths:
        raise SourceError(
            f"{bag.path}: no depth images (16UC1, 32FC1 or compressedDepth) in this bag; its image topics: "
            f"{_listed(images)}"
        )
    frames = {color.frame} if color else {image.frame for image in images if image.is_color}

    def preference(image: ImageTopic) -> tuple:
        named = _DEPTH_NAME.search(image.base) is not None
        return (
            image.aligned,
            image.frame in frames,
            named,
            not image.compressed,
            _has_info(bag, image),
            len(image.stream),
        )

    return _best_of_one_camera(bag, depths, color, preference, "depth")


def _choose_color(bag: Bag, images: list[ImageTopic], depth: ImageTopic) -> ImageTopic:
    colors = [image for image in images if image.is_color and image is not depth]
    if not colors:
        raise SourceError(f"{bag.path}: no colour images in this bag; its image topics: {_listed(images)}")

    def preference(image: ImageTopic) -> tuple:
        return (
            image.frame == depth.frame,
            image.encoding not in ("mono8", "8UC1"),
            _COLOR_NAME.search(image.base) is not None,
            not {"rgb", "color"}.isdisjoint(image.base.split("/")),
            not image.compressed,
            image.base.rpartition("/")[2].startswith("image"),
            _has_info(bag, image),
            len(image.stream),
        )

    return _best_of_one_camera(bag, colors, depth, preference, "color")


def _best_of_one_camera(
    bag: Bag,
    candidates: list[ImageTopic],
    partner: ImageTopic | None,
    preference: Callable[[ImageTopic], tuple],
    what: str,
) -> ImageTopic:
    """The preferred one of the partner's camera, or of the only camera that there is.

    Frames differ between cameras whatever their topics are called, so two that only differ in that are ambiguous.
    """
    if partner is not None and (same := [i for i in candidates if i.camera == partner.camera]):
        candidates = same
    if len({image.camera for image in candidates}) > 1:
        raise _ambiguous(bag, what, candidates)
    best = max(candidates, key=preference)
    weighty = preference(best)[:_WEIGHTY]
    rivals = [i for i in candidates if i.frame != best.frame and preference(i)[:_WEIGHTY] == weighty]
    if rivals:
        raise _ambiguous(bag, what, [best, *rivals])
    return best


def _ambiguous(bag: Bag, what: str, candidates: Iterable[ImageTopic]) -> SourceError:
    names = {"color": "colour", "depth": "depth"}
    return SourceError(
        f"{bag.path}: more than one {names[what]} camera in this bag: {_listed(candidates)}; "
        f"choose one with {OPTIONS[what]} TOPIC"
    )


def _listed(images: Iterable[ImageTopic]) -> str:
    return ", ".join(str(image) for image in images)


def _has_info(bag: Bag, image: ImageTopic) -> bool:
    return _info_beside(bag, image) is not None


def _info_beside(bag: Bag, image: ImageTopic) -> Stream | None:
    stream = bag.streams.get(f"{image.base.rpartition('/')[0]}/camera_info")
    return stream if stream is not None and stream.type == CAMERA_INFO and len(stream) else None


def _info(bag: Bag, image: ImageTopic) -> Stream | None:
    """The camera_info beside the images, or the only one of their camera's frame."""
    if stream := _info_beside(bag, image):
        return stream
    infos = bag.of_type(CAMERA_INFO)
    same_frame = [s for s in infos if image.frame and _frame_of(bag, s) == image.frame]
    return same_frame[0] if len(same_frame) == 1 else None


def _frame_of(bag: Bag, stream: Stream) -> str:
    try:
        return bag.read(stream, 0).header.frame_id.lstrip("/")
    except ValueError:
        return ""
