"""Bags as recorders write them: both storages, every compression, the reference bags, and the commands on them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import lz4.frame
import numpy as np
import pytest
from scipy.spatial import cKDTree

pytest.importorskip("rosbags", reason="needs the extra bags")

from rosbags.rosbag2 import CompressionFormat, CompressionMode
from written_bags import (
    DEPTH,
    SECOND,
    BagWriter,
    assert_same,
    room,
    write_bag,
    write_images,
    write_mount,
    write_tf,
)

from omd3d_ros.cli import main
from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.mapping.cloud_io import read_cloud
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import Frame

STORAGES = ("sqlite3", "mcap")


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return room()


@pytest.mark.parametrize("storage", STORAGES)
def test_reference_bags(reference_fixtures: Path, storage: str) -> None:
    folder = reference_fixtures / "datasets" / "rosbag2"
    cases = json.loads((folder / "expected.json").read_text())
    for name, expected in cases.items():
        if expected["storage"] != storage:
            continue
        source = open_source(folder / name)
        assert source.format == "rosbag2"
        assert len(source) == len(expected["frames"])
        for got, frame in zip(source, expected["frames"], strict=True):
            assert got.stamp == pytest.approx(frame["color_stamp_ns"] / SECOND, abs=1e-6)
            np.testing.assert_allclose(got.T_world_camera, frame["map_from_optical"], atol=1e-5)
            assert got.rgb[40, 50].tolist() == frame["rgb_v40_u50"]
            for pixel in frame["depth"]:
                assert got.depth[pixel["v"], pixel["u"]] == pytest.approx(pixel["metres"] or 0)
            K, camera = expected["K"], got.depth_camera
            assert (camera.fx, camera.cx, camera.fy, camera.cy) == (K[0], K[2], K[4], K[5])
            assert camera.distortion == tuple(expected["D"])


@pytest.mark.parametrize(
    "topics",
    [
        {"color": "/camera/camera/color/image_raw/compressed"},
        {"color": "/camera/camera/color/yuv"},
        {"depth": "/camera/camera/aligned_depth_to_color/image_raw/compressedDepth"},
    ],
)
def test_other_topics_of_the_reference_bag_are_the_same_images(reference_fixtures: Path, topics) -> None:
    folder = reference_fixtures / "datasets" / "rosbag2" / "realsense_sqlite3"
    for got, raw in zip(open_source(folder, topics=topics), open_source(folder), strict=True):
        np.testing.assert_array_equal(got.depth, raw.depth)
        # JPEG and halved chrominance lose the noise of this bag's colours, not their mean; its YUV has luminances of
        # 0..255, those of cameras (and of cv_bridge) are 16..235: 1.164 (y - 16) is within 10 of y up to 175.
        np.testing.assert_allclose(got.rgb.mean((0, 1)), raw.rgb.mean((0, 1)), atol=10)


@pytest.mark.parametrize("storage", STORAGES)
def test_frames_and_map_are_those_that_were_recorded(tmp_path: Path, frames: list[Frame], storage: str) -> None:
    source = open_source(write_bag(tmp_path / "bag", frames, storage))
    assert_same(source, frames)
    direct, read = VoxelMap(), VoxelMap()
    for frame in frames:
        direct.integrate(frame)
    for frame in source:
        read.integrate(frame)
    a, b = direct.point_cloud().xyz, read.point_cloud().xyz
    assert len(a) > 1000
    assert cKDTree(a).query(b)[0].max() < direct.voxel_size
    assert cKDTree(b).query(a)[0].max() < direct.voxel_size


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("mode", [CompressionMode.FILE, CompressionMode.MESSAGE, CompressionMode.STORAGE])
def test_compressed_bags(tmp_path: Path, frames: list[Frame], storage: str, mode: CompressionMode) -> None:
    if (storage, mode) == ("sqlite3", CompressionMode.STORAGE):
        pytest.skip("sqlite3 has no compression of its own")
    bag = write_bag(
        tmp_path / "bag", frames, storage, compress=lambda writer: writer.set_compression(mode, CompressionFormat.ZSTD)
    )
    assert_same(open_source(bag), frames)


def test_lz4_chunks(tmp_path: Path, frames: list[Frame]) -> None:
    with BagWriter(tmp_path / "bag", "mcap") as bag:
        bag.writer.storage.compression, bag.writer.storage.compressor = "lz4", lz4.frame.compress
        write_images(bag, frames)
        write_tf(bag, frames)
        write_mount(bag)
    assert_same(open_source(tmp_path / "bag"), frames)


@pytest.mark.parametrize("storage", STORAGES)
def test_one_file_of_a_bag_is_enough(tmp_path: Path, frames: list[Frame], storage: str) -> None:
    bag = write_bag(tmp_path / "bag", frames, storage)
    (file,) = (f for f in bag.iterdir() if f.name != "metadata.yaml")
    assert_same(open_source(file), frames)


def test_frames_are_read_in_any_order(tmp_path: Path, frames: list[Frame]) -> None:
    source = open_source(write_bag(tmp_path / "bag", frames, "mcap"), every=3, max_frames=3)
    assert [source[i].stamp for i in (2, 0, 1)] == pytest.approx([frames[i].stamp for i in (6, 0, 3)])


def test_without_the_extra_its_name_is_said(tmp_path: Path, frames: list[Frame], monkeypatch) -> None:
    bag = write_bag(tmp_path / "bag", frames[:1])
    monkeypatch.setitem(sys.modules, "omd3d_ros.datasets.rosbag2.reader", None)
    with pytest.raises(SourceError, match=r"pip install 'omd3d\[bags\]'"):
        open_source(bag)


def test_inspect_and_map(tmp_path: Path, frames: list[Frame], capsys) -> None:
    bag = str(write_bag(tmp_path / "bag", frames, "mcap"))
    assert main(["inspect", bag, "--json", "--probe", "60,80"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["format"] == "rosbag2" and len(shown["frames"]) == len(frames)
    assert shown["frames"][3]["probes"]["60,80"] == pytest.approx(float(frames[3].depth[60, 80]), abs=1e-4)
    assert main(["map", bag, "--out", str(tmp_path / "map.ply"), "--depth-topic", DEPTH]) == 0
    assert len(read_cloud(tmp_path / "map.ply")) > 1000
    assert main(["map", bag, "--out", str(tmp_path / "map.ply"), "--depth-topic", "/nothing"]) == 1
    assert "no images on /nothing" in capsys.readouterr().err
