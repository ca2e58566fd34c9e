"""What is measured, with inputs small enough for a test."""

from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pytest
import torch
from tiny_model import tiny_model

from omd3d_ros.benchmarking import inputs as inputs_module
from omd3d_ros.benchmarking.areas import (
    asking,
    encoding,
    growth,
    mapping,
    measure_area,
    sparse_convolution,
    streaming,
    superpoints,
)
from omd3d_ros.benchmarking.figures import Unavailable
from omd3d_ros.benchmarking.inputs import SHIFT, Inputs, moved
from omd3d_ros.datasets.rooms import make_room, stream_room
from omd3d_ros.language.execution import execute
from omd3d_ros.perception.point_extractor import PointExtractor


class Recorded(Inputs):
    """A few small frames of a room, and a model with random weights; every thing is measured once or twice."""

    def repeats(self, quick: int, thorough: int) -> int:
        return min(quick, 2)


@pytest.fixture(scope="module")
def inputs() -> Recorded:
    made = Recorded(quick=True)
    made.frames = [frame for frame, _ in stream_room(make_room(3), 8, 160, 120)]
    made.loaded = tiny_model()
    return made


def names(figures) -> list[str]:
    return [figure.name for figure in figures]


def test_mapping(inputs):
    figures = mapping.measure(inputs)
    assert names(figures)[:2] == ["map a frame", "frames mapped a second"]
    assert figures[0].repeats == 2 * 8 and figures[1].better == "higher"
    assert all(figure.value > 0 for figure in figures)


def test_superpoints_are_scaled_to_a_cloud_of_one_size(inputs):
    figures = superpoints.measure(inputs)
    assert all("per 60,000 points" in figure.note and figure.value > 0 for figure in figures)


def test_encoding(inputs):
    full, update, ratio = encoding.measure(inputs)
    assert (full.repeats, update.repeats, ratio.unit) == (2, 2, "x")


def test_a_tenth_is_seen_again(inputs):
    after = encoding.seen_again(inputs.cloud, seed=0)
    moved_points = (after.xyz != inputs.cloud.xyz).any(1)
    assert 0.1 <= moved_points.mean() < 0.15
    assert np.abs(after.xyz - inputs.cloud.xyz).max() < 0.01


def test_asking(inputs, monkeypatch):
    monkeypatch.setattr(asking, "SIZES", ((32, 1),))
    monkeypatch.setattr(asking, "OBJECTS", 5)
    figures = asking.measure(inputs)
    assert names(figures)[1:3] == ["later answers", "later answers, 95th percentile"]
    assert all(figure.value > 0 for figure in figures)
    kept, anew, share, _ = figures[-4:]
    assert share.value == kept.value / anew.value and share.bar == 0.2


def test_sparse_convolution(inputs, monkeypatch):
    monkeypatch.setattr(sparse_convolution, "ROOM", (1.2, 1.1, 0.3))
    monkeypatch.setattr(sparse_convolution, "PointExtractor", partial(PointExtractor, blocks=2, media=8))
    monkeypatch.setattr(sparse_convolution, "spconv_is_installed", lambda: False)
    before = torch.get_num_threads()
    figures = sparse_convolution.measure(inputs)
    assert figures[0].name == "sparse U-Net, 1 thread" and "spconv" in figures[0].note
    assert torch.get_num_threads() == before


def test_the_question_of_growth_is_answered_by_its_geometry():
    table = growth.random_table(1000, seed=1)
    kinds = table.names.argmax(1)
    chairs, doors = (np.flatnonzero(kinds == growth.CATEGORIES.index(word)) for word in ("chair", "door"))
    result = execute(growth.question_program(), table, lambda noun: growth._meaning(table, noun))
    assert len(doors) and result.chosen and result.chosen[0] in chairs


def test_rooms_side_by_side(inputs):
    cloud = inputs.side_by_side(3)
    n = len(inputs.cloud)
    assert len(cloud) == 3 * n
    assert np.allclose(cloud.xyz[2 * n :, 0] - cloud.xyz[:n, 0], 2 * SHIFT, atol=1e-4)
    frame = inputs.frames[0]
    assert np.allclose(moved(frame, 2).T_world_camera[:3, 3] - frame.T_world_camera[:3, 3], (2 * SHIFT, 0, 0))


def test_a_map_takes_the_frames_of_rooms_side_by_side(inputs):
    voxel_map = inputs.new_map()
    for copy in (0, 1, 2, 0):
        assert all(voxel_map.integrate(moved(frame, copy)) for frame in inputs.frames)


class Listener:
    """In the place of an assistant: counts frames and questions."""

    def __init__(self) -> None:
        self.frames, self.questions, self.places = 0, 0, set()

    def reset(self) -> None:
        self.frames = 0

    def observe(self, frame) -> None:
        self.frames += 1
        self.places.add(round(float(frame.T_world_camera[0, 3] // SHIFT)))

    def ask(self, query: str) -> None:
        self.questions += 1


def test_streaming(inputs):
    frames = [dataclasses.replace(frame, T_world_camera=np.eye(4)) for frame in inputs.frames[:2]]
    listener = Listener()
    phase = streaming.stream(listener, frames, 0.3, 10.0)
    assert 0 < phase.rate <= streaming.CAMERA_HZ * 1.5
    assert listener.questions == 1 + len(phase.waits) and len(phase.waits) >= 1
    assert listener.frames > 2 and len(listener.places) > 1  # the map goes on growing


def test_no_questions_where_none_are_wanted(inputs):
    phase = streaming.stream(Listener(), inputs.frames, 0.05, 0.0)
    assert phase.waits == []


def test_an_error_while_asking_comes_out(inputs):
    listener = Listener()

    def refuse(query: str) -> None:
        listener.questions += 1
        if listener.questions > 1:
            raise RuntimeError("no answer")

    listener.ask = refuse
    with pytest.raises(RuntimeError, match="no answer"):
        streaming.stream(listener, inputs.frames, 0.05, 100.0)


def test_without_weights_an_area_is_skipped_and_an_error_ends_one_area(inputs, monkeypatch, tmp_path):
    preset = tmp_path / "bare.yaml"
    preset.write_text("weights: none-here\n")
    bare = Recorded(str(preset), quick=True)
    bare.frames = inputs.frames
    monkeypatch.setattr(mapping, "measure", lambda inputs: [1 / 0])
    results = {area: measure_area(area, bare) for area in ("mapping", "encode", "ask", "stream")}
    assert results["mapping"].failed.startswith("ZeroDivisionError")
    assert all("none-here" in results[area].skipped for area in ("encode", "ask", "stream"))


def test_frames_without_poses_are_unavailable(monkeypatch, tmp_path, inputs):
    lost = [dataclasses.replace(frame, T_world_camera=None) for frame in inputs.frames]
    monkeypatch.setattr(inputs_module, "open_source", lambda path: lost)
    with pytest.raises(Unavailable, match="no frame of .* has a pose"):
        _ = Inputs(source=tmp_path).frames


def test_frames_of_a_recording_that_a_map_refuses_are_left_out(monkeypatch, tmp_path, inputs):
    lost = dataclasses.replace(inputs.frames[0], T_world_camera=None)
    monkeypatch.setattr(inputs_module, "open_source", lambda path: [inputs.frames[0], lost, inputs.frames[1]])
    assert Inputs(source=tmp_path).frames == inputs.frames[:2]
