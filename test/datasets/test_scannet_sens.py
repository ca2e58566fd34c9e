"""ScanNet recordings, .sens and exported: codecs, cut files, cameras of their own."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from recorded_layouts import flat_wall, sens_bytes, write_scannet_export

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.sens_file import read_index
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.types import ColorCamera

# In a file of sens_bytes: version, name, matrices, and then the codecs.
CODECS_AT = 4 + 8 + 4 + 4 * 64
HEADER = CODECS_AT + 2 * 4 + 4 * 4 + 4 + 8


@pytest.mark.parametrize("color_codec", [0, 1, 2])
@pytest.mark.parametrize("depth_codec", [0, 1])
def test_every_codec_is_decoded(color_codec: int, depth_codec: int, tmp_path: Path) -> None:
    frames = flat_wall()
    frame = open_source(_file(tmp_path, sens_bytes(frames, 4, color_codec, depth_codec)))[1]
    np.testing.assert_allclose(frame.rgb.astype(int), frames[1].rgb, atol=4 if color_codec == 2 else 0)
    np.testing.assert_allclose(frame.depth, frames[1].depth)


def test_version_3_and_a_file_without_its_tail_are_read(tmp_path: Path) -> None:
    frames = flat_wall()
    assert len(list(open_source(_file(tmp_path, sens_bytes(frames, version=3))))) == 3
    assert len(list(open_source(_file(tmp_path, sens_bytes(frames)[:-8])))) == 3


@pytest.mark.parametrize("cut", [1, 9, 200])
def test_cut_file_gives_the_frames_before_the_cut(cut: int, tmp_path: Path) -> None:
    data = sens_bytes(flat_wall(4), color_codec=0, depth_codec=0)
    source = open_source(_file(tmp_path, data[: -8 - cut]))
    assert [frame.T_world_camera[0, 3] for frame in source if frame.T_world_camera is not None] == pytest.approx(
        [0, 0.01, 0.02]
    )
    assert source.skipped == [("room.sens", "was cut: it ends before frame 3 of 4 is whole")]


def test_cut_before_the_first_frame_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none of 1 frames.*was cut"):
        list(open_source(_file(tmp_path, sens_bytes(flat_wall())[: HEADER + 100])))
    with pytest.raises(SourceError, match="ends in its header"):
        open_source(_file(tmp_path, sens_bytes(flat_wall())[:100]))


def test_frame_without_bytes_is_skipped_and_listed(tmp_path: Path) -> None:
    source = open_source(_file(tmp_path, sens_bytes(flat_wall(), empty=(1,))))
    assert [frame.stamp for frame in source] == pytest.approx([1.0, 1.066666])
    assert source.skipped == [("room.sens frame 1", "has no colour image")]


def test_damaged_depth_is_skipped(tmp_path: Path) -> None:
    data = bytearray(sens_bytes(flat_wall(2)))
    entry = read_index(_file(tmp_path, bytes(data))).entries[0]
    start = entry.offset + entry.color_bytes
    data[start : start + 4] = b"\xff" * 4
    source = open_source(_file(tmp_path, bytes(data)))
    assert len(list(source)) == 1
    assert "cannot be decompressed" in source.skipped[0][1]


def test_lost_pose_is_none_and_stamps_that_stand_still_are_counted(tmp_path: Path) -> None:
    frames = flat_wall()
    frames[1].T_world_camera = None
    data = bytearray(sens_bytes(frames))
    for entry in read_index(_file(tmp_path, bytes(data))).entries:
        data[entry.offset - 32 : entry.offset - 16] = bytes(16)
    read = list(open_source(_file(tmp_path, bytes(data))))
    assert [frame.T_world_camera is None for frame in read] == [False, True, False]
    assert [frame.stamp for frame in read] == pytest.approx([0, 1 / 30, 2 / 30])


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (0, 5, "version 5"),
        (CODECS_AT + 4, 2, "closed Occipital codec"),
        (CODECS_AT, 7, "not known"),
        (4, 1 << 30, "name"),
    ],
)
def test_file_that_cannot_be_read_says_why(at: int, value: int, message: str, tmp_path: Path) -> None:
    data = bytearray(sens_bytes(flat_wall()))
    struct.pack_into("<I", data, at, value)
    with pytest.raises(SourceError, match=message):
        open_source(_file(tmp_path, bytes(data)))


def test_recording_without_frames_and_folder_with_two_files(tmp_path: Path) -> None:
    header = bytearray(sens_bytes(flat_wall())[:HEADER])
    struct.pack_into("<Q", header, HEADER - 8, 0)
    with pytest.raises(SourceError, match="no frames in it"):
        open_source(_file(tmp_path, bytes(header)))
    (tmp_path / "other.sens").write_bytes(header)
    with pytest.raises(SourceError, match=r"2 \.sens files; name one: other\.sens, room\.sens"):
        open_source(tmp_path)


def test_extrinsics_place_the_colour_camera(tmp_path: Path) -> None:
    T_base_depth = np.eye(4, dtype="<f4")
    T_base_depth[0, 3] = 0.04
    data = bytearray(sens_bytes(flat_wall()))
    data[CODECS_AT - 64 : CODECS_AT] = T_base_depth.tobytes()
    camera = open_source(_file(tmp_path, bytes(data)))[0].color_camera
    assert isinstance(camera, ColorCamera)
    np.testing.assert_allclose(camera.T_color_depth, T_base_depth)


def test_export_goes_by_number_and_keeps_a_larger_colour_camera(tmp_path: Path) -> None:
    folder = write_scannet_export(tmp_path / "scene", flat_wall(11))
    for file in (folder / "color").iterdir():
        cv2.imwrite(str(file), cv2.resize(cv2.imread(str(file)), (128, 96)))
    np.savetxt(folder / "intrinsic" / "intrinsic_color.txt", [[119, 0, 63], [0, 118, 47], [0, 0, 1]])
    frames = list(open_source(folder))
    assert [round(frame.T_world_camera[0, 3], 2) for frame in frames if frame.T_world_camera is not None] == [
        i / 100 for i in range(11)
    ]
    camera = frames[0].color_camera
    assert camera is not None and (camera.width, camera.fx, camera.cy) == (128, 119, 47)


def test_export_with_one_image_of_another_size_scales_the_intrinsics(tmp_path: Path) -> None:
    folder = write_scannet_export(tmp_path / "scene", flat_wall(2))
    for file in (folder / "color" / "1.jpg", folder / "depth" / "1.png"):
        image = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(file), cv2.resize(image, (32, 24), interpolation=cv2.INTER_NEAREST))
    first, second = open_source(folder)
    assert second.depth_camera.fx == first.depth_camera.fx / 2
    assert second.depth.shape == (24, 32)


def test_export_resized_without_its_intrinsics_takes_the_published_size(tmp_path: Path) -> None:
    folder = write_scannet_export(tmp_path / "scene", flat_wall(1))
    np.savetxt(folder / "intrinsic" / "intrinsic_color.txt", [[1170, 0, 648], [0, 1170, 484], [0, 0, 1]])
    camera = open_source(folder)[0].color_camera
    assert camera is not None
    assert (camera.fx, camera.cx, camera.cy) == pytest.approx((1170 * 64 / 1296, 32, 24))


def test_export_without_intrinsics_or_with_those_of_another_size(tmp_path: Path) -> None:
    folder = write_scannet_export(tmp_path / "scene", flat_wall(1))
    depth = folder / "intrinsic" / "intrinsic_depth.txt"
    np.savetxt(depth, [[577, 0, 319], [0, 578, 239], [0, 0, 1]])
    with pytest.raises(SourceError, match="another size"):
        open_source(folder)
    depth.unlink()
    with pytest.raises(SourceError, match=r"no intrinsics; looked for intrinsic/intrinsic_depth\.txt"):
        open_source(folder)


def _file(folder: Path, data: bytes) -> Path:
    (folder / "room.sens").write_bytes(data)
    return folder / "room.sens"
