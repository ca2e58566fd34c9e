"""An object is in one piece: what does not hang together with a superpoint is no part of its object."""

from __future__ import annotations

import time

import torch

from omd3d_ros.perception.one_piece import APART, in_one_piece
from omd3d_ros.perception.proposals import select_proposals

SIDE = 0.2


def row_of_boxes(*places: float) -> torch.Tensor:
    """Cubes with these centres along x."""
    boxes = torch.zeros(len(places), 6)
    boxes[:, 0], boxes[:, 3:] = torch.tensor(places), SIDE
    return boxes


def test_what_is_reached_over_neighbours_stays_and_what_is_beyond_a_gap_goes() -> None:
    step = SIDE + 0.9 * APART
    boxes = row_of_boxes(0, step, 2 * step, 4 * step, 5 * step)
    kept = in_one_piece(torch.full((5, 5), 0.9), boxes)
    together = torch.tensor([[1, 1, 1, 0, 0]] * 3 + [[0, 0, 0, 1, 1]] * 2).bool()
    assert torch.equal(kept, torch.where(together, 0.9, 0.0))


def test_one_goes_on_from_what_belongs_only_and_what_is_next_to_it_keeps_its_doubt() -> None:
    step = SIDE + 0.9 * APART
    probability = torch.tensor([[0.9, 0.3, 0.9, 0.9]]).expand(4, 4).contiguous()
    kept = in_one_piece(probability, row_of_boxes(0, step, 2 * step, 3 * step))
    torch.testing.assert_close(kept[0], torch.tensor([0.9, 0.3, 0.0, 0.0]))
    torch.testing.assert_close(kept[3], torch.tensor([0.0, 0.3, 0.9, 0.9]))
    torch.testing.assert_close(kept[1], torch.tensor([0.9, 0.3, 0.9, 0.9]))  # of which either may be the object


def test_gaps_count_in_all_directions_together() -> None:
    boxes = row_of_boxes(0.0, SIDE + 0.8 * APART)
    assert in_one_piece(torch.ones(2, 2), boxes).all()
    boxes[1, 1] = SIDE + 0.8 * APART
    assert torch.equal(in_one_piece(torch.ones(2, 2), boxes), torch.eye(2))
    assert in_one_piece(torch.zeros(0, 0), torch.zeros(0, 6)).shape == (0, 0)


def test_two_chairs_far_apart_are_two_objects_though_each_row_takes_them_for_one() -> None:
    boxes = row_of_boxes(0, SIDE, 3, 3 + SIDE)
    logits, counts = torch.full((4, 4), 3.0), torch.full((4,), 50.0)
    one = select_proposals(logits, torch.zeros(4, 2), torch.ones(4), counts)
    two = select_proposals(logits, torch.zeros(4, 2), torch.ones(4), counts, boxes=boxes)
    assert (one.masks > 0.5).tolist() == [[True] * 4]
    assert sorted((two.masks > 0.5).tolist()) == [[False, False, True, True], [True, True, False, False]]


def test_a_large_scene_takes_little_time() -> None:
    generator = torch.Generator().manual_seed(0)
    boxes = torch.cat([20 * torch.rand(1500, 3, generator=generator), torch.full((1500, 3), SIDE)], 1)
    boxes[:, 2] *= 0.1
    probability = torch.rand(1500, 1500, generator=generator)
    in_one_piece(probability, boxes)  # compiled
    started = time.monotonic()
    in_one_piece(probability, boxes)
    assert time.monotonic() - started < 2
