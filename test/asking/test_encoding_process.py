"""Scenes encoded in another process are those that would have been encoded here, whatever becomes of that process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from omd3d_ros.asking import encoding_process
from omd3d_ros.asking.encoding_process import EncoderSettings, EncodingFailed, EncodingProcess
from omd3d_ros.asking.encoding_program import NICENESS
from omd3d_ros.asking.scene_encoder import SceneEncoder
from omd3d_ros.asking.scene_keeper import SceneMaterial
from omd3d_ros.datasets.rooms import make_room, stream_room
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.models.loading import load_model
from omd3d_ros.models.presets import load_preset
from omd3d_ros.perception.scene import SceneError, Views
from omd3d_ros.types import PointCloud, Scene

ANSWERING_WITH = """
import socket, sys
from omd3d_ros.asking.array_channel import ArrayChannel
channel = ArrayChannel(socket.socket(fileno=int(sys.argv[1])))
while True:
    words, _ = channel.receive()
    if "version" in words:
        {}
"""


@pytest.fixture(scope="module")
def materials() -> list[SceneMaterial]:
    """A map as it grows."""
    growing, taken = VoxelMap(), []
    for number, (frame, _) in enumerate(stream_room(make_room(3), frames=12, seed=3), 1):
        growing.integrate(frame)
        if number % 4 == 0:
            now = growing.snapshot()
            views = Views(now.camera_up, now.camera_forward)
            taken.append(SceneMaterial(now.cloud, now.version, now.stamp, views))
    return taken


@pytest.fixture(scope="module")
def settings() -> EncoderSettings:
    return EncoderSettings(load_preset("nano").weights, "cpu", {}, 1)


@pytest.fixture
def encoder(settings) -> SceneEncoder:
    return SceneEncoder(load_model(settings.weights, "cpu")[0])


@pytest.fixture(scope="module")
def process(settings) -> Iterator[EncodingProcess]:
    running = EncodingProcess(settings)
    yield running
    running.close()


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch):
    """Another program in the place of the one that encodes."""

    def put(code: str) -> None:
        monkeypatch.setattr(encoding_process, "PROGRAM", (sys.executable, "-c", code))

    return put


def equal(a: np.ndarray, b: np.ndarray, name: str) -> None:
    """Sums are taken in another order by another number of threads: the last digits of reals may differ."""
    assert a.dtype == b.dtype, name
    if a.dtype.kind == "f":
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5, err_msg=name)
    else:
        np.testing.assert_array_equal(a, b, name)


def same(one: Scene, other: Scene) -> None:
    for name in vars(one):
        a = getattr(one, name)
        if isinstance(a, np.ndarray):
            equal(a, getattr(other, name), name)
    assert one.stamp == other.stamp and one.cloud is other.cloud and len(one.instances) == len(other.instances) > 0
    for i, j in zip(one.instances, other.instances, strict=True):
        assert (i.id, i.label) == (j.id, j.label) and i.score == pytest.approx(j.score, abs=1e-5)
        for name in ("mask", "center", "size"):
            equal(getattr(i, name), getattr(j, name), name)


def test_a_model_fits_that_is_small_and_looks_at_no_views(settings, monkeypatch):
    model = load_model(settings.weights, "cpu")[0]
    assert encoding_process.fits(model)
    model.config.object_features = {"points": "uni3d"}
    assert not encoding_process.fits(model)
    model.config.object_features = None
    monkeypatch.setattr(encoding_process, "MAX_PARAMETERS", model.num_parameters() - 1)
    assert not encoding_process.fits(model)


def test_a_growing_map_and_then_another(process, materials, encoder):
    for material in [*materials, *(replace(m, map_number=1) for m in materials[1:])]:
        same(process.build(material), encoder.build(material))


def test_it_gives_way_to_mapping_and_answering(process, materials):
    process.build(materials[0])
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == os.getpriority(os.PRIO_PROCESS, 0) + NICENESS


def test_too_few_points_are_refused_with_the_reason_and_the_next_is_encoded(process, materials, encoder):
    few = PointCloud(np.zeros((3, 3)), np.zeros((3, 3)), np.zeros((3, 3)))
    with pytest.raises(SceneError, match="3 points"):
        process.build(replace(materials[0], cloud=few, map_number=2))
    again = replace(materials[0], map_number=3)
    same(process.build(again), encoder.build(again))


def test_a_process_that_is_killed_is_replaced_and_begins_anew(process, materials, encoder, caplog):
    process.build(replace(materials[0], map_number=4))
    killed = process.pid
    os.kill(killed, signal.SIGKILL)
    last = replace(materials[1], map_number=4)
    same(process.build(last), encoder.build(last))
    assert process.pid != killed
    assert "was ended by SIGKILL: it is started again" in caplog.text


def test_a_process_that_dies_of_a_map_twice_is_an_error(program, settings, materials):
    program(ANSWERING_WITH.format("sys.exit(3)"))
    running = EncodingProcess(settings)
    with pytest.raises(EncodingFailed, match="ended with exit code 3, twice at the same map"):
        running.build(materials[0])
    running.close()


def test_a_fault_of_the_encoder_is_told(program, settings, materials):
    program(ANSWERING_WITH.format("channel.send({'failed': 'RuntimeError: out of memory'})"))
    running = EncodingProcess(settings)
    for _ in range(2):
        with pytest.raises(EncodingFailed, match="RuntimeError: out of memory"):
            running.build(materials[0])
    running.close()


def test_closed_while_a_scene_is_waited_for(program, settings, materials):
    program(ANSWERING_WITH.format("pass"))
    running = EncodingProcess(settings)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(running.build, materials[0])
        time.sleep(0.2)
        assert not waiting.done()
        running.close()
        with pytest.raises(SceneError, match="no more scenes"):
            waiting.result(5)
    assert not alive(running.pid)
    with pytest.raises(SceneError, match="no more scenes"):
        running.build(materials[0])


def test_it_ends_with_the_program_that_started_it(settings):
    code = f"""
    import os
    from pathlib import Path
    from omd3d_ros.asking.encoding_process import EncoderSettings, EncodingProcess
    process = EncodingProcess(EncoderSettings(Path({str(settings.weights)!r}), "cpu", {{}}, 1))
    print(process.pid, flush=True)
    os._exit(0)
    """
    printed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, check=True).stdout
    deadline = time.monotonic() + 180  # it loads its model first
    while alive(int(printed)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
