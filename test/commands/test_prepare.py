"""``omd3d prepare`` from the command line, on tiny inputs."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from omd3d_ros.cli import main
from omd3d_ros.datasets.prepared import PreparedDataset

PRESET = """\
weights: none-here
model:
  object_features: {point_channels: 32, image_channels: 20}
  max_objects: 40
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """A folder with a preset without weights; rendered rooms are cached there."""
    folder = tmp_path_factory.mktemp("prepare")
    (folder / "tiny.yaml").write_text(PRESET)
    return folder


def rooms(work, out, *options):
    arguments = ["--preset", str(work / "tiny.yaml"), "--cache", str(work / "cache"), "--out", str(out)]
    return ["prepare", "rooms", *arguments, "--count", "2", "--validation", "1", "--quiet", *options]


@pytest.fixture(scope="module")
def prepared(work):
    assert main(rooms(work, work / "one", "--workers", "1")) == 0
    return work / "one"


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_rooms_end_to_end(prepared, capsys):
    data = PreparedDataset.open(prepared)
    data.verify()
    data.check_features(32, 20)
    assert data.scene_ids == ["room-0000000", "room-0000001", "room-9000000"]
    assert data.tags == ["multi3dref", "obj_align", "scan2cap", "scanqa", "scanrefer"]
    for sample in data.samples("scanrefer#multi3dref", "train"):
        scene = data.scene(sample.scene_id)
        for object_id, proposal in zip(sample.object_ids, sample.proposal_ids, strict=True):
            row = scene.object_ids.tolist().index(object_id)
            shared = (scene.proposal_masks[proposal] & scene.object_masks[row])[scene.superpoints].sum()
            assert shared > 0  # a proposal whose box fits has points of the object
            assert f"<OBJ{proposal:03d}>" in sample.answers[0]
    assert {s.scene_id for s in data.samples("scanqa", "val")} == {"room-9000000"}


def test_two_workers_give_the_same_bytes(work, prepared):
    assert main(rooms(work, work / "two", "--workers", "2")) == 0
    assert content(work / "two") == content(prepared)


def test_a_killed_run_goes_on_and_gives_the_same_bytes(work, prepared):
    out = work / "killed"
    command = [sys.executable, "-m", "omd3d_ros", *rooms(work, out, "--workers", "1")]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while process.poll() is None and not any(out.glob("scenes/room*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert main(rooms(work, out, "--workers", "1")) == 0
    assert content(out) == content(prepared)


def test_rooms_by_a_model(work):
    arguments = rooms(work, work / "nano", "--preset", "nano", "--count", "1", "--validation", "0", "--tags", "scanqa")
    assert main(arguments) == 0
    data = PreparedDataset.open(work / "nano")
    scene = data.scene("room-0000000")
    assert scene.superpoint_features.shape == (scene.object_masks.shape[1], 144)
    assert data.manifest.superpoint_channels == 144
    assert (data.manifest.image_channels, data.tags) == (0, ["scanqa"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tags", "scanrefer#sqa"], "no task 'sqa'"),
        (["--workers", "0"], "--workers must be at least 1"),
        (["--iou", "0"], "--iou must be above 0"),
        (["--count", "0", "--validation", "0"], "there must be a room"),
    ],
)
def test_wrong_usage(work, options, message, capsys):
    assert main(rooms(work, work / "wrong", *options)) == 2
    assert message in capsys.readouterr().err
    assert not (work / "wrong").exists()


def test_a_preset_that_can_describe_nothing_is_refused(work, capsys):
    (work / "bare.yaml").write_text("weights: none-here\n")
    assert main(rooms(work, work / "bare", "--preset", str(work / "bare.yaml"))) == 1
    assert "names no sizes of object features" in capsys.readouterr().err


def scannet(files, out, root=None, annotations="language"):
    folders = ["--root", str(root or files / "scannet/scans"), "--annotations", str(files / annotations)]
    sources = ["--instances", str(files / "mask3d/mask3d_inst_seg"), "--features", str(files / "chatscene/annotations")]
    return ["prepare", "scannet", *folders, *sources, "--out", str(out), "--quiet"]


def test_scannet_end_to_end(reference_fixtures, tmp_path, capsys):
    files = reference_fixtures / "datasets"
    assert main(scannet(files, tmp_path / "out")) == 0
    assert "scanrefer: 4 val" in capsys.readouterr().out
    data = PreparedDataset.open(tmp_path / "out")
    data.verify()
    assert data.scene_ids == ["scene9001_00", "scene9002_00"]
    assert len(data.samples("scanrefer#scanqa#sqa3d", "val")) == 8
    # of the three descriptions for training none has a proposal that fits its object by an IoU of 0.5
    assert data.manifest.dropped["scanrefer_train"] == {"IoU below threshold": 3}


def test_a_damaged_scan_is_left_out_and_the_exit_code_says_so(reference_fixtures, tmp_path, capsys):
    files = reference_fixtures / "datasets"
    root = tmp_path / "scans"
    shutil.copytree(files / "scannet/scans", root, copy_function=shutil.copyfile)
    for name in ("scannetv2_train.txt", "scannetv2_val.txt"):
        shutil.copyfile(files / "scannet" / name, tmp_path / name)
    (root / "scene9002_00/scene9002_00_vh_clean_2.ply").write_bytes(b"ply\n")
    assert main(scannet(files, tmp_path / "out", root)) == 1
    assert "left out scene9002_00" in capsys.readouterr().out
    assert PreparedDataset.open(tmp_path / "out").scene_ids == ["scene9001_00"]
