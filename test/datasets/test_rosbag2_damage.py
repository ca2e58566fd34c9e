"""Bags as they are found: cut, split, damaged, incomplete."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from rendered_scenes import CAMERA

pytest.importorskip("rosbags", reason="needs the extra bags")

from rosbags.rosbag2 import CompressionFormat, CompressionMode
from written_bags import (
    COLOR,
    DEPTH,
    PERIOD,
    START,
    BagWriter,
    assert_same,
    image,
    room,
    write_bag,
    write_images,
    write_mount,
    write_tf,
)

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.sources import SourceError
from omd3d_ros.types import Frame


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return room()


def test_a_folder_without_metadata(tmp_path: Path, frames: list[Frame], caplog) -> None:
    bag = write_bag(tmp_path / "bag", frames)
    (bag / "metadata.yaml").unlink()
    assert_same(open_source(bag), frames)
    assert "no readable metadata.yaml" in caplog.text


def test_split_bags_are_one_recording(tmp_path: Path, frames: list[Frame]) -> None:
    """The second file begins in the middle; TF of the first and tf_static of the second serve both."""
    whole = tmp_path / "whole"
    whole.mkdir()
    with BagWriter(tmp_path / "a", "mcap") as bag:
        write_images(bag, frames[:6])
        write_tf(bag, frames)
    with BagWriter(tmp_path / "b", "mcap") as bag:
        for i in range(6, 12):
            stamp = START + i * PERIOD
            bag.write(COLOR, image(frames[i].rgb, "rgb8", stamp), stamp)
            bag.write(DEPTH, image(frames[i].depth, "32FC1", stamp), stamp)
        write_mount(bag)
    shutil.copy(tmp_path / "a" / "a.mcap", whole / "bag_2.mcap")
    shutil.copy(tmp_path / "b" / "b.mcap", whole / "bag_10.mcap")
    assert_same(open_source(whole), frames)


def cut(file: Path, share: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])


@pytest.mark.parametrize("compressed", [False, True])
def test_a_cut_mcap_gives_what_is_before_the_cut(tmp_path: Path, frames: list[Frame], caplog, compressed: bool) -> None:
    """TF is first in this bag, so the frames that are left have poses."""

    def compress(writer) -> None:
        if compressed:
            writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)

    with BagWriter(tmp_path / "bag", "mcap", compress=compress) as bag:
        write_tf(bag, frames)
        write_mount(bag)
        write_images(bag, frames)
    cut(tmp_path / "bag" / "bag.mcap", 0.6)
    source = open_source(tmp_path / "bag")
    assert 4 <= len(source) <= 9
    assert_same(source, frames[: len(source)])
    assert "cut or damaged" in caplog.text


def test_a_cut_database_gives_what_is_before_the_cut(tmp_path: Path, frames: list[Frame], caplog) -> None:
    with BagWriter(tmp_path / "bag") as bag:
        write_tf(bag, frames)
        write_mount(bag)
        write_images(bag, frames)
    cut(tmp_path / "bag" / "bag.db3", 0.6)
    source = open_source(tmp_path / "bag")
    read = list(source)
    assert 4 <= len(read) <= 9
    for got, frame in zip(read, frames, strict=False):
        np.testing.assert_array_equal(got.rgb, frame.rgb)
        np.testing.assert_allclose(got.T_world_camera, frame.T_world_camera, atol=1e-6)
    assert "damaged or cut" in caplog.text


def test_a_damaged_chunk_is_left_out(tmp_path: Path, frames: list[Frame], caplog) -> None:
    def compress(writer) -> None:
        writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)

    noisy = [
        Frame(np.random.default_rng(i).integers(0, 256, f.rgb.shape, np.uint8), f.depth, CAMERA, None, None)
        for i, f in enumerate(frames * 3)
    ]
    with BagWriter(tmp_path / "bag", "mcap", compress=compress) as bag:
        write_images(bag, noisy)
    file = tmp_path / "bag" / "bag.mcap"
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    file.write_bytes(data)
    source = open_source(file)
    assert 5 < len(list(source)) < len(noisy)
    assert "1 damaged chunks or records are left out" in caplog.text


@pytest.mark.parametrize("name", ["bag.mcap", "bag.db3"])
@pytest.mark.parametrize("content", [b"", b"not a bag at all, but quite long" * 100])
def test_files_that_are_no_bags(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=name):
        open_source(tmp_path / name)


def test_metadata_without_its_files(tmp_path: Path, frames: list[Frame]) -> None:
    bag = write_bag(tmp_path / "bag", frames[:2])
    (bag / "bag.db3").unlink()
    with pytest.raises(SourceError, match=r"no file of this bag is there; looked for bag\.db3"):
        open_source(bag)
