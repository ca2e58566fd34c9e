"""The log of a run: numbers read back the same, what a killed run left is dealt with, a full disk is no end."""

from __future__ import annotations

import errno

import pytest

from omd3d_ros.training import training_log
from omd3d_ros.training.training_log import TRAINING_COLUMNS, TrainingLog, read_log


def a_row(step: int) -> dict[str, float]:
    return {name: step if name == "step" else 0.1 + step / 3 for name in TRAINING_COLUMNS}


def test_rows_beyond_the_checkpoint_are_dropped(tmp_path):
    log = TrainingLog(tmp_path, 0)
    for step in range(4):
        log.add("training", a_row(step))
    with open(tmp_path / "training.csv", "a") as file:
        file.write("4,0.5,12.")  # killed while writing
    assert read_log(tmp_path / "training.csv") == [a_row(step) for step in range(4)]
    TrainingLog(tmp_path, 3).add("training", a_row(3))
    assert read_log(tmp_path / "training.csv") == [a_row(step) for step in range(4)]


def test_a_full_disk_is_reported_once(tmp_path, monkeypatch, caplog):
    log = TrainingLog(tmp_path, 0)

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(training_log._Table, "add", full)
    log.add("training", a_row(0))
    log.add("training", a_row(1))
    assert caplog.text.count("No space left on device") == 1


def test_tensorboard_has_the_same_numbers(tmp_path):
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="no tensorboard")
    log = TrainingLog(tmp_path, 0)
    for step in range(3):
        log.add("training", a_row(step))
    log.close()
    events = reading.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [round(e.value, 4) for e in events.Scalars("training/loss")] == [0.1, 0.4333, 0.7667]
