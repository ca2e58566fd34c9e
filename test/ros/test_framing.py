"""Messages to frames to map: encodings and colour registration must not change the map."""

from __future__ import annotations

import box_room
import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.ros.framing import FrameBuilder, ImagePair, NotYet
from omd3d_ros.ros.messages import camera_to_info, color_to_image, depth_to_image, stamp_from_seconds
from omd3d_ros.ros.poses import TfPoses
from omd3d_ros.sensing.messages import BadMessage
from omd3d_ros.sensing.transforms import TransformTree, quaternion_from_matrix
from omd3d_ros.types import Camera, ColorCamera, Frame

VOXEL = 0.05


def builder(frames: list[Frame], registered: str = "auto", expected: bool = True, now: float = 1e9) -> FrameBuilder:
    """With the transforms of these frames, as TF would have brought them."""
    tree = TransformTree(100.0)
    for frame in frames:
        T = frame.T_world_camera
        stamp = round(frame.stamp * 1e9)
        tree.add("map", "depth", stamp, T[:3, 3], quaternion_from_matrix(T))
    color_camera = frames[0].color_camera
    if isinstance(color_camera, ColorCamera):
        T = np.linalg.inv(color_camera.T_color_depth)
        tree.add("depth", "color", 0, T[:3, 3], quaternion_from_matrix(T), static=True)
    made = FrameBuilder(TfPoses(tree, "map"), tree, registered, False, lambda: expected, lambda: round(now * 1e9))
    made.depth_info = camera_to_info(frames[0].depth_camera, Header(frame_id="depth"))
    made.color_info = camera_to_info(color_camera or frames[0].depth_camera, Header(frame_id=color_frame(frames[0])))
    return made


def color_frame(frame: Frame) -> str:
    return "depth" if frame.color_camera is None else "color"


def pair(frame: Frame, color_encoding: str = "rgb8", depth_encoding: str = "32FC1") -> ImagePair:
    stamp = stamp_from_seconds(frame.stamp)
    return ImagePair(
        color_to_image(frame.rgb, color_encoding, Header(stamp=stamp, frame_id=color_frame(frame))),
        depth_to_image(frame.depth, depth_encoding, Header(stamp=stamp, frame_id="depth")),
    )


def map_of(frames: list[Frame], **encodings: str) -> VoxelMap:
    made = builder(frames)
    voxels = VoxelMap(VOXEL)
    for frame in frames:
        assert voxels.integrate(made.build(pair(frame, **encodings))) > 0
    return voxels


def assert_same_surface(a: VoxelMap, b: VoxelMap) -> None:
    """Every point has a neighbour in the other map within half a voxel, with much the same colour."""
    from scipy.spatial import cKDTree

    one, other = a.point_cloud(), b.point_cloud()
    for p, q in ((one, other), (other, one)):
        distance, index = cKDTree(q.xyz).query(p.xyz)
        assert np.mean(distance < VOXEL / 2) > 0.99
        difference = np.abs(p.rgb.astype(int) - q.rgb[index]).max(1)
        assert np.mean(difference < 60) > 0.95


@pytest.fixture(scope="module")
def reference() -> VoxelMap:
    """Mapped from the frames themselves, without any message."""
    voxels = VoxelMap(VOXEL)
    for frame in box_room.frames(10):
        voxels.integrate(frame)
    return voxels


@pytest.mark.parametrize("color_encoding", ["rgb8", "bgr8"])
@pytest.mark.parametrize("depth_encoding", ["16UC1", "32FC1"])
@pytest.mark.parametrize("unregistered", [False, True])
def test_the_map_is_the_same_however_the_images_come(reference, color_encoding, depth_encoding, unregistered):
    frames = box_room.frames(10, box_room.side_camera() if unregistered else None)
    mapped = map_of(frames, color_encoding=color_encoding, depth_encoding=depth_encoding)
    assert_same_surface(mapped, reference)


def test_registration_is_judged_by_the_camera_infos():
    registered, unregistered = box_room.frames(1), box_room.frames(1, box_room.side_camera())
    assert builder(registered).build(pair(registered[0])).color_camera is None
    camera = builder(unregistered).build(pair(unregistered[0])).color_camera
    np.testing.assert_allclose(camera.T_color_depth[:3, 3], [-0.05, 0, 0], atol=1e-9)


def test_same_frame_with_other_intrinsics_is_not_registered():
    frames = box_room.frames(1)
    made = builder(frames)
    made.color_info = camera_to_info(Camera(160, 120, 150.0, 150.0, 79.5, 59.5), Header(frame_id="depth"))
    camera = made.build(pair(frames[0])).color_camera
    assert camera.fx == 150.0
    np.testing.assert_array_equal(camera.T_color_depth, np.eye(4))


def test_registered_true_needs_no_colour_camera_info():
    frames = box_room.frames(1)
    made = builder(frames, registered="true")
    made.color_info = CameraInfo()
    assert made.build(pair(frames[0])).color_camera is None


def test_a_colour_camera_info_is_waited_for_only_when_somebody_publishes_it():
    frames = box_room.frames(1)
    waiting, alone = builder(frames, expected=True), builder(frames, expected=False)
    waiting.color_info = alone.color_info = None
    with pytest.raises(NotYet, match="colour camera"):
        waiting.build(pair(frames[0]))
    assert alone.build(pair(frames[0])).color_camera is None


def test_sizes_that_do_not_fit_are_named():
    frames = box_room.frames(1, box_room.side_camera())
    made = builder(frames, registered="true")
    with pytest.raises(BadMessage, match="colour is 200x150 and depth 160x120"):
        made.build(pair(frames[0]))
    made.depth_info = camera_to_info(Camera(320, 240, 1.0, 1.0, 1.0, 1.0), Header(frame_id="depth"))
    with pytest.raises(BadMessage, match="depth image is 160x120 but its camera_info says 320x240") as error:
        made.build(pair(frames[0]))
    assert error.value.cause == "size_mismatch"
