"""Reading 7-Scenes folders: the values that come out, and what is said about broken ones."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from recordings import HEIGHT, RED_RGB, WIDTH, truncate, write_recording

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.sources import FrameError, SourceError
from omd3d_ros.types import ColorCamera


def test_frame_has_rgb_order_metres_and_pose(tmp_path: Path) -> None:
    source = open_source(write_recording(tmp_path))
    frame = source[2]
    assert source.format == "7scenes"
    assert tuple(frame.rgb[5, 5]) == RED_RGB
    assert frame.depth[10, 10] == pytest.approx(1.5)
    assert frame.depth[0, 0] == 0 and frame.depth[0, 1] == 0
    assert frame.T_world_camera is not None
    assert frame.T_world_camera[0, 3] == pytest.approx(0.02)
    assert frame.color_camera is None


def test_default_intrinsics_scale_with_the_depth_image(tmp_path: Path) -> None:
    camera = open_source(write_recording(tmp_path))[0].depth_camera
    assert (camera.fx, camera.cx, camera.cy) == pytest.approx((585 * WIDTH / 640, WIDTH / 2, HEIGHT / 2))


def test_intrinsics_file_is_used(tmp_path: Path) -> None:
    np.savetxt(write_recording(tmp_path) / "camera-intrinsics.txt", [[50, 0, 30], [0, 51, 20], [0, 0, 1]])
    camera = open_source(tmp_path)[0].depth_camera
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (50, 51, 30, 20)


def test_intrinsics_of_another_size_are_an_error(tmp_path: Path) -> None:
    np.savetxt(write_recording(tmp_path) / "camera-intrinsics.txt", [[585, 0, 320], [0, 585, 240], [0, 0, 1]])
    with pytest.raises(SourceError, match="another size"):
        list(open_source(tmp_path))


def test_source_is_a_sequence_that_can_be_read_again(tmp_path: Path) -> None:
    source = open_source(write_recording(tmp_path, frames=5), every=2)
    assert len(source) == 3
    first = [frame.stamp for frame in source]
    assert first == pytest.approx([0, 2 / 30, 4 / 30])
    assert [frame.stamp for frame in source] == first
    assert source[-1].stamp == first[-1]
    assert len(open_source(tmp_path, every=2, max_frames=2)) == 2


def test_sequences_in_subfolders_follow_each_other(tmp_path: Path) -> None:
    write_recording(tmp_path / "seq-02", frames=2, suffix="jpg")
    write_recording(tmp_path / "seq-01", frames=2, first=7)
    source = open_source(tmp_path)
    assert [source.raw(i).name for i in range(4)] == [
        "seq-01/frame-000007.color.png",
        "seq-01/frame-000008.color.png",
        "seq-02/frame-000000.color.jpg",
        "seq-02/frame-000001.color.jpg",
    ]
    stamps = [frame.stamp for frame in source]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize("text", ["-inf " * 16, "nan " * 16, "-1.#IND " * 16, "", None])
def test_lost_pose_is_none(tmp_path: Path, text: str | None) -> None:
    pose = write_recording(tmp_path) / "frame-000001.pose.txt"
    pose.unlink()
    if text is not None:
        pose.write_text(text)
    source = open_source(tmp_path)
    assert source[1].T_world_camera is None
    assert source[0].T_world_camera is not None


def test_pose_that_is_not_rigid_is_named(tmp_path: Path) -> None:
    np.savetxt(write_recording(tmp_path) / "frame-000001.pose.txt", np.diag([2, 2, 2, 1]))
    source = open_source(tmp_path)
    assert len(list(source)) == 2
    assert "rigid" in source.skipped[0][1]


def test_color_registration_beside_the_frames(tmp_path: Path) -> None:
    fields = {"fx": 52, "fy": 53, "cx": 31, "cy": 23, "t_depth_to_color_m": [-0.03, 0.004, 0]}
    (write_recording(tmp_path) / "color-registration-fitted.json").write_text(json.dumps(fields))
    camera = open_source(tmp_path)[0].color_camera
    assert isinstance(camera, ColorCamera)
    assert (camera.width, camera.height, camera.fx, camera.cy) == (WIDTH, HEIGHT, 52, 23)
    np.testing.assert_allclose(camera.T_color_depth @ [0, 0, 1, 1], [-0.03, 0.004, 1, 1])


def test_color_camera_file_given_by_hand_wins_and_scales(tmp_path: Path) -> None:
    write_recording(tmp_path / "frames", color_size=(2 * WIDTH, 2 * HEIGHT))
    file = tmp_path / "camera.json"
    size = {"width": WIDTH, "height": HEIGHT}
    file.write_text(json.dumps({"fx": 50, "fy": 50, "cx": 32, "cy": 24, **size}))
    camera = open_source(tmp_path / "frames", color_camera=file)[0].color_camera
    assert camera is not None
    assert (camera.width, camera.fx, camera.cx) == (2 * WIDTH, 100, 64)


@pytest.mark.parametrize("content", ["{", "[]", '{"fx": 1}', '{"fx": -1, "fy": 1, "cx": 0, "cy": 0}'])
def test_bad_color_camera_file_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "color-camera.json"
    file.write_text(content)
    with pytest.raises(SourceError, match=r"color-camera\.json"):
        open_source(write_recording(tmp_path))


def test_color_of_another_size_without_registration_says_so(tmp_path: Path) -> None:
    source = open_source(write_recording(tmp_path, color_size=(2 * WIDTH, 2 * HEIGHT)))
    with pytest.raises(SourceError, match=r"none of 3 frames.*differ in size"):
        list(source)


def test_missing_and_empty_folders(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such"):
        open_source(tmp_path / "nothing")
    with pytest.raises(SourceError, match="empty"):
        open_source(tmp_path)
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(SourceError, match=r"known layout; looked for .*7-Scenes"):
        open_source(tmp_path)
    with pytest.raises(SourceError, match="is a file"):
        open_source(tmp_path / "holiday.jpg")


def test_unknown_format_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="known: 7scenes"):
        open_source(write_recording(tmp_path), format="vhs")


@pytest.mark.parametrize("kind", ["color.png", "color.jpg", "depth.png"])
def test_truncated_image_is_skipped_and_named(tmp_path: Path, kind: str) -> None:
    write_recording(tmp_path, suffix="jpg" if kind.endswith("jpg") else "png")
    truncate(tmp_path / f"frame-000001.{kind}")
    source = open_source(tmp_path)
    assert len(list(source)) == 2
    assert len(list(source)) == 2
    assert source.skipped == [(f"frame-000001.{kind}", f"is a truncated {'JPEG' if kind.endswith('jpg') else 'PNG'}")]
    with pytest.raises(FrameError, match=r"frame-000001"):
        source[1]


def test_damaged_and_empty_and_wrong_images_are_named(tmp_path: Path) -> None:
    write_recording(tmp_path, frames=5)
    damaged = tmp_path / "frame-000000.depth.png"
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 0xFF
    damaged.write_bytes(data)
    (tmp_path / "frame-000001.depth.png").write_bytes(b"")
    cv2.imwrite(str(tmp_path / "frame-000002.depth.png"), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    (tmp_path / "frame-000003.depth.png").unlink()
    source = open_source(tmp_path)
    assert len(list(source)) == 1
    reasons = [reason for _, reason in source.skipped]
    assert "damaged" in reasons[0]
    assert "empty" in reasons[1]
    assert "16-bit" in reasons[2]
    assert "no depth image" in reasons[3]


def test_all_broken_is_an_error_that_names_the_first(tmp_path: Path) -> None:
    for file in write_recording(tmp_path).glob("*.depth.png"):
        truncate(file)
    with pytest.raises(SourceError, match=r"none of 3 frames can be used.*frame-000000\.depth\.png.*truncated"):
        list(open_source(tmp_path))


def test_real_kitchen(kitchen: Path) -> None:
    source = open_source(kitchen, every=25)
    frame = source[0]
    assert len(source) == 5
    assert frame.depth.shape == (480, 640)
    assert (frame.depth[:, -8:] == 0).all()  # its README: the last 8 columns are always 0
    assert frame.depth[frame.depth > 0].min() > 0.3 and frame.depth.max() < 10
    assert frame.color_camera is not None and frame.color_camera.fx == 526
