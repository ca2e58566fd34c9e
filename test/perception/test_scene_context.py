"""An object is judged by what stands near it, however the scene lies and however many others there are."""

from __future__ import annotations

import time

import pytest
import torch
from torch.nn import functional as F

from omd3d_ros.perception.scene_context import SceneContext, neighbours

STATES, OUTPUTS = 12, 5


def some_boxes(count: int, spread: float = 2.0, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    low = spread * torch.rand(count, 3, generator=generator)
    return torch.cat([low, low + 0.2 + torch.rand(count, 3, generator=generator)], 1)


@pytest.fixture
def context() -> SceneContext:
    torch.manual_seed(0)
    module = SceneContext(STATES, OUTPUTS, layers=2, width=16).eval()
    torch.nn.init.normal_(module.leave[-1].weight)
    return module


def test_the_first_neighbour_is_the_object_itself_and_the_others_are_the_nearest() -> None:
    boxes = some_boxes(60)
    near, known = neighbours(boxes)
    assert near.shape == known.shape == (60, 24) and known.all()
    assert torch.equal(near[:, 0], torch.arange(60))
    center = (boxes[:, :3] + boxes[:, 3:]) / 2
    expected = torch.cdist(center, center).fill_diagonal_(torch.inf).topk(23, largest=False).indices
    assert torch.equal(near[:, 1:].sort(1).values, expected.sort(1).values)


def test_what_is_out_of_reach_or_at_the_same_place_is_told_apart() -> None:
    near, known = neighbours(torch.zeros(3, 6))  # three at one place
    assert known.all() and torch.equal(near.sort(1).values, torch.arange(3).expand(3, 3))
    apart = torch.zeros(3, 6)
    apart[1:, [0, 3]] = 100.0
    _, known = neighbours(apart)
    assert known.sum(1).tolist() == [1, 2, 2]
    assert neighbours(torch.zeros(0, 6))[0].shape[0] == 0 and neighbours(torch.zeros(1, 6))[0].tolist() == [[0]]


@torch.inference_mode()
def test_turned_and_moved_scenes_are_judged_alike(context) -> None:
    boxes, states = some_boxes(10), torch.randn(10, STATES)
    said = context(states, boxes)
    quarter = torch.stack([-boxes[:, 4], boxes[:, 0], boxes[:, 2], -boxes[:, 1], boxes[:, 3], boxes[:, 5]], 1)
    torch.testing.assert_close(context(states, quarter + 7.0), said, atol=1e-4, rtol=1e-4)
    order = torch.randperm(10)
    torch.testing.assert_close(context(states[order], boxes[order]), said[order], atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_only_what_is_within_reach_matters(context) -> None:
    boxes, states = some_boxes(4), torch.randn(4, STATES)
    boxes[3] += 50.0
    said, alone = context(states, boxes), context(states[:3], boxes[:3])
    torch.testing.assert_close(said[:3], alone, atol=1e-5, rtol=1e-5)
    other = torch.cat([states[:2], torch.randn(1, STATES), states[3:]])
    changed = (context(other, boxes) - said).abs().amax(1)
    assert (changed[:3] > 1e-3).all() and changed[3] < 1e-5


def test_it_says_nothing_before_training_and_learns_what_the_neighbours_tell() -> None:
    torch.manual_seed(0)
    context = SceneContext(STATES, 2, layers=1, width=32)
    boxes = some_boxes(40, spread=40.0)
    partner = boxes + torch.tensor(
        [0.5, 0, 0, 0.5, 0, 0]
    )  # half of the objects stand beside one that tells their class
    states, classes = torch.zeros(80, STATES), torch.randint(2, (40,))
    states[40:, 0] = 2.0 * classes - 1
    both = torch.cat([boxes, partner])
    assert (context.eval()(states, both) == 0).all()
    optimizer = torch.optim.Adam(context.train().parameters(), 1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        F.cross_entropy(context(states, both)[:40], classes).backward()
        optimizer.step()
    right = (context.eval()(states, both)[:40].argmax(1) == classes).float().mean()
    assert right > 0.9


@torch.inference_mode()
def test_ten_thousand_objects_take_no_table_of_all_pairs(context) -> None:
    boxes = some_boxes(10_000, spread=60.0)
    started = time.monotonic()
    assert context(torch.randn(10_000, STATES), boxes).shape == (10_000, OUTPUTS)
    assert time.monotonic() - started < 10
