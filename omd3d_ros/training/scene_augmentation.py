"""Augmentation of a prepared scene: turned and mirrored about z, in training only."""

from __future__ import annotations

import math

import torch

from ..datasets.prepared import PreparedScene


def quarter_turn(generator: torch.Generator) -> torch.Tensor:
    """(3, 3): a random multiple of a right angle about z, mirrored in x or not: boxes stay exact."""
    return _turn(int(torch.randint(4, (), generator=generator)) * math.pi / 2, generator).round()


def any_turn(generator: torch.Generator) -> torch.Tensor:
    """(3, 3): a random angle about z, mirrored in x or not."""
    return _turn(float(torch.rand((), generator=generator)) * 2 * math.pi, generator)


def turned_boxes(boxes: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
    """Boxes (K, 6) of what boxes hold, after ``turn`` (3, 3); exact for quarter turns."""
    return torch.cat([boxes[:, :3] @ turn.T, boxes[:, 3:] @ turn.abs().T], 1)


def boxes_of_masks(points: torch.Tensor, superpoints: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """(K, 6) centre and size of masks (K, M) over the superpoints of points (N, 3); an empty mask gets zeros."""
    owner = superpoints[:, None].expand_as(points)
    low = points.new_full((masks.shape[1], 3), math.inf).scatter_reduce_(0, owner, points, "amin")
    high = points.new_full((masks.shape[1], 3), -math.inf).scatter_reduce_(0, owner, points, "amax")
    outside = ~masks[:, :, None]
    low = low[None].masked_fill(outside, math.inf).amin(1)
    high = high[None].masked_fill(outside, -math.inf).amax(1)
    boxes = torch.cat([(low + high) / 2, high - low], 1)
    return torch.where(torch.isfinite(boxes), boxes, 0.0)


def augmented_boxes(scene: PreparedScene, turn: torch.Tensor, exact: bool) -> torch.Tensor:
    """The proposals' boxes (K, 6) after ``turn``; exact: measured anew on the points, where turns are of any angle."""
    if exact:
        return boxes_of_masks(scene.points @ turn.T, scene.superpoints, scene.proposal_masks)
    return turned_boxes(scene.proposal_boxes, turn)


def noisy_features(features: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """features (K, D) with noise of that share of each one's length; zeros stay zeros."""
    length = features.norm(dim=1, keepdim=True) / max(features.shape[1], 1) ** 0.5
    return features + share * length * torch.randn(features.shape, generator=generator)


def noisy_boxes(boxes: torch.Tensor, metres: float, generator: torch.Generator) -> torch.Tensor:
    """boxes (K, 6) with noise on centres and sizes."""
    boxes = boxes + metres * torch.randn(boxes.shape, generator=generator)
    return torch.cat([boxes[:, :3], boxes[:, 3:].clamp_min(0.0)], 1)


def _turn(angle: float, generator: torch.Generator) -> torch.Tensor:
    c, s = math.cos(angle), math.sin(angle)
    mirror = -1.0 if torch.rand((), generator=generator) < 0.5 else 1.0
    turn = torch.tensor([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    return turn @ torch.diag(torch.tensor([mirror, 1.0, 1.0]))
