"""Figures of proposed masks, and what is selected where the quality of each is known."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from omd3d_ros.perception.candidates import Candidates
from omd3d_ros.perception.proposal_quality import FIGURES, ProposalQuality, proposal_figures
from omd3d_ros.perception.proposals import select_proposals

COUNTS = torch.tensor([10.0, 30.0, 60.0, 20.0])
CLASSES = torch.tensor([[9.0, 0.0], [9.0, 0.0], [0.0, 0.0], [0.0, 9.0]])
OBJECTNESS = torch.tensor([2.0, 1.0, 0.0, -9.0])
PROBABILITY = torch.tensor(
    [[0.9, 0.8, 0.1, 0.0], [0.7, 1.0, 0.0, 0.2], [0.0, 0.0, 0.6, 0.3], [0.0, 0.0, 0.0, 1.0]],
)


def figures() -> torch.Tensor:
    found = Candidates.of(PROBABILITY, OBJECTNESS.sigmoid(), COUNTS, 0.1)
    assert found.rows.tolist() == [0, 1, 2]
    return proposal_figures(found, PROBABILITY, CLASSES, OBJECTNESS, COUNTS)


def test_figures_of_a_mask_of_two_superpoints():
    first = figures()[0]
    within, spilled = (10 * 0.9 + 30 * 0.8) / 40, 60 * 0.1 / 40
    taken_in = (10 * 0.9 + 30 * 0.7) / 40  # by the rows of its own superpoints
    likely = (10 * OBJECTNESS.sigmoid()[0] + 30 * OBJECTNESS.sigmoid()[1]) / 40
    named = CLASSES[0].softmax(0)
    entropy = -(named * named.log()).sum()
    logs = torch.tensor([2.0, 40.0, 10.0]).log().tolist()
    expected = [2.0, within, spilled, 1.0, 1.0, 1.0, taken_in, likely, named[0], entropy, *logs, 0.25]
    torch.testing.assert_close(first, torch.tensor(expected), atol=1e-5, rtol=1e-4)


def test_figures_of_a_mask_that_others_do_not_share():
    last = figures()[2]
    assert last[3:6].tolist() == [1, 1, 1]  # it agrees with itself alone, which is all of it
    torch.testing.assert_close(last[2], torch.tensor(20 * 0.3 / 60))


class Known(nn.Module):
    """Says of each row what it is told, best known by the objectness of the row."""

    def __init__(self, quality: dict[float, float]) -> None:
        super().__init__()
        self.quality = quality

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        assert rows.shape[1] == FIGURES
        return torch.tensor([self.quality[round(float(o), 3)] for o in rows[:, 0]])


def selected(quality: nn.Module | None) -> tuple[list[list[bool]], list[float]]:
    kept = select_proposals(PROBABILITY.logit(eps=1e-4), CLASSES, OBJECTNESS, COUNTS, quality=quality)
    return (kept.masks > 0.5).tolist(), kept.scores.tolist()


PAIR, SINGLE = [True, True, False, False], [False, False, True, False]


def test_quality_takes_the_place_of_objectness():
    masks, scores = selected(Known({2.0: 0.3, 1.0: 0.4, 0.0: 0.9}))
    assert masks == [SINGLE, PAIR]
    assert scores == pytest.approx([0.9, 0.4])
    assert selected(None)[0] == [PAIR, SINGLE]


def test_what_hardly_fits_is_left_out():
    assert selected(Known({2.0: 0.09, 1.0: 0.05, 0.0: 0.9}))[0] == [SINGLE]
    assert selected(Known({2.0: 0.0, 1.0: 0.0, 0.0: 0.0})) == ([], [])


def test_nothing_proposed():
    kept = select_proposals(
        torch.zeros(3, 3), torch.zeros(3, 2), torch.full((3,), -9.0), torch.ones(3), quality=ProposalQuality(4)
    )
    assert kept.masks.shape == (0, 3) and kept.scores.shape == (0,)
