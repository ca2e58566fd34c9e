"""A training stage: an interrupted run ends where an unbroken one does."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from omd3d_ros.training.stage import run_stage


def a_stage(folder, steps=30, stop_at=None, learning_rate=1e-3):
    """Fit a small network to noise; raises KeyboardInterrupt before step ``stop_at``."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Dropout(0.05), nn.Linear(8, 1))
    done = 0

    def step(generator):
        nonlocal done
        if done == stop_at:
            raise KeyboardInterrupt
        done += 1
        x = torch.randn(16, 4, generator=generator)
        return ((net(x) - x.sum(1, keepdim=True)) ** 2).mean(), {"extra": 1.0}

    folder.mkdir(exist_ok=True)
    # every_minutes=0: a checkpoint after every step
    run_stage("fit", net, list(net.parameters()), step, steps, folder, learning_rate, 3, every_minutes=0, quiet=True)
    return net


def test_killed_and_resumed_equals_unbroken(tmp_path):
    whole = a_stage(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        a_stage(tmp_path / "broken", stop_at=17)
    resumed = a_stage(tmp_path / "broken")
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_a_finished_stage_is_not_run_again(tmp_path):
    first = a_stage(tmp_path / "x")
    again = a_stage(tmp_path / "x", stop_at=0)
    torch.testing.assert_close(first[0].weight, again[0].weight, rtol=0, atol=0)


def test_it_learns_and_logs(tmp_path):
    a_stage(tmp_path / "x", steps=300, learning_rate=1e-2)
    lines = (tmp_path / "x" / "fit.csv").read_text().splitlines()
    assert lines[0] == "step,loss,extra"
    assert float(lines[-1].split(",")[1]) < 0.5 * float(lines[1].split(",")[1])


def test_checkpoints_hold_no_pickled_objects(tmp_path):
    a_stage(tmp_path / "x")
    assert torch.load(tmp_path / "x" / "fit.pt", weights_only=True)["step"] == 30
