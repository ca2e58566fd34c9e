"""The quality of proposals is learned from rooms where it is known."""

from __future__ import annotations

import pytest
import torch
from tiny_model import tiny_program_model

from omd3d_ros.datasets.room_samples import RoomSample, load_rooms
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DModel
from omd3d_ros.perception.proposal_quality import FIGURES, ProposalQuality
from omd3d_ros.training.nano.proposal_fit import fit, fit_quality, rated_proposals


@pytest.fixture(scope="module")
def room(tmp_path_factory) -> RoomSample:
    return load_rooms(tmp_path_factory.mktemp("rooms"), [3], workers=1, quiet=True)[0]


def test_probabilities_are_how_often_such_masks_fit():
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    figures = torch.randn(20000, FIGURES, generator=generator) * 5 + 20
    chance = torch.where(figures[:, 2] > 20, 0.9, 0.2)
    quality = ProposalQuality(8)
    fit(quality, figures, (torch.rand(20000, generator=generator) < chance).float(), generator)
    likely, unlikely = (torch.full((1, FIGURES), 20.0) for _ in range(2))
    likely[0, 2], unlikely[0, 2] = 26, 14
    with torch.no_grad():
        assert float(quality(likely)) == pytest.approx(0.9, abs=0.06)
        assert float(quality(unlikely)) == pytest.approx(0.2, abs=0.06)


def proposing(room: RoomSample) -> OpenMaskDINO3DModel:
    """A model that proposes each superpoint's true object, and for every third one everything."""
    model, _ = tiny_program_model()
    owner = room.owner

    class Segmentor(type(model.segmentor)):
        def forward(self, features: torch.Tensor, pair: torch.Tensor) -> tuple[torch.Tensor, ...]:
            masks = torch.where((owner[:, None] == owner) & (owner > 0)[:, None], 9.0, -9.0)
            masks[::3] = 9.0
            return masks, torch.zeros(len(owner), 4), torch.ones(len(owner))

    model.segmentor.__class__ = Segmentor
    return model


def test_true_masks_fit_and_others_do_not(room):
    """But for a superpoint that hangs apart from most of its object, which is taken for another."""
    figures, fits = rated_proposals(proposing(room), room)
    owner, counts = room.owner, room.inputs.counts
    rows = torch.nonzero((owner > 0) | (torch.arange(len(owner)) % 3 == 0))[:, 0]
    assert len(fits) == len(rows)
    everything = figures[:, 10] == figures[:, 10].max()
    assert not fits[everything].any() and 0 < everything.sum() < len(fits)
    true = rows % 3 != 0
    points, of_object = figures[:, 11].exp(), torch.bincount(owner, weights=counts)[owner[rows]]
    assert torch.equal(fits[true] == 1, points[true] >= 0.499 * of_object[true])
    assert fits[true].mean() > 0.99


def test_fitting_is_the_same_again_and_changes_nothing_else(room):
    models = [proposing(room) for _ in range(2)]
    before = {k: v.clone() for k, v in models[0].state_dict().items()}
    for model in models:
        fit_quality(model, [room], 0, quiet=True)
    first, second = (model.state_dict() for model in models)
    changed = {k for k in before if not torch.equal(before[k], first[k])}
    assert changed and all(k.startswith("proposal_quality.") for k in changed)
    assert all(torch.equal(first[k], second[k]) for k in first)


def test_a_model_without_it_stays_as_it_is(room):
    model, _ = tiny_program_model(proposal_quality=None)
    fit_quality(model, [room], 0, quiet=True)
    assert model.proposal_quality is None
