"""Objects of training rooms as an imperfect segmentor, another light and another side would show them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ...perception.object_points import OWN, ObjectPoints

_GAP = 0.05  # metres between boxes of superpoints that touch
_IN_PARTS = 0.15  # share of the objects of which a part is found as well
_REPAINTED = 0.12  # share of the objects that are seen in a colour of another


def mistaken(
    members: np.ndarray, counts: np.ndarray, boxes: np.ndarray, rng: np.random.Generator, share: float = 0.5
) -> np.ndarray:
    """Members (K, M) bool as a segmentor might have found them: for ``share`` of the objects some superpoints are
    missing or are a neighbour's.  counts (M,) points, boxes (M, 6) of the superpoints."""
    out = members.copy()
    low, high = boxes[:, :3] - boxes[:, 3:] / 2, boxes[:, :3] + boxes[:, 3:] / 2
    for i in np.flatnonzero(rng.random(len(out)) < share):
        row = out[i]
        own = np.flatnonzero(row)
        size = counts[own].sum()
        lost = own[rng.random(len(own)) < rng.uniform(0, 0.4)]
        if counts[lost].sum() < 0.5 * size:
            row[lost] = False
        gaps = np.maximum(np.maximum(low[own].min(0) - high, low - high[own].max(0)), 0).max(1)
        near = np.flatnonzero((gaps < _GAP) & ~row & (counts < 0.6 * size))
        row[near[rng.random(len(near)) < rng.uniform(0, 0.3)]] = True
    return out


def fragments(members: np.ndarray, counts: np.ndarray, boxes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(F, M) bool of what a segmentor may take for objects beside members (K, M): parts of some of them."""
    some = members[(rng.random(len(members)) < _IN_PARTS) & (members.sum(1) > 1)]
    parts = some & (rng.random(some.shape) < 0.5)
    return mistaken(parts[parts.any(1)], counts, boxes, rng)


def seen_otherwise(objects: ObjectPoints, room: torch.Tensor, generator: torch.Generator) -> ObjectPoints:
    """Each object turned about the vertical, mirrored, scaled, cut off, in other light and with other noise.

    room (K,) int64: which room each is in; the light of a room changes for all its objects together.
    """
    points, real = objects.points.clone(), objects.real.clone()
    k = len(points)

    def uniform(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=generator)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    angle = uniform(k) * 2 * np.pi
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).reshape(k, 2, 2)
    turn[:, 0] *= torch.where(uniform(k, 1) < 0.5, -1.0, 1.0)
    for c in (0, 3):
        points[..., c : c + 2] = points[..., c : c + 2] @ turn.transpose(1, 2)
    tilt = 0.03 * normal(k, 1, 2)
    points[..., 2] += (points[..., :2] * tilt).sum(-1)
    scale = 1 + 0.05 * normal(k, 1, 1)
    stretch = 1 + 0.03 * normal(k, 1, 3)
    points[..., :3] = points[..., :3] * scale * stretch + 0.003 * normal(*points.shape[:2], 3)
    points[..., 9] = points[..., 9] * scale[..., 0] + 0.04 * normal(k, 1)
    points[..., 3:6] += 0.05 * normal(k, points.shape[1], 3)
    _relight(points, room, normal)
    direction = torch.nn.functional.normalize(normal(k, 3), dim=1)
    along = (points[:, :OWN, :3] * direction[:, None]).sum(-1)
    cut = torch.where(uniform(k) < 0.2, uniform(k) * 0.4, 0.0)
    limit = torch.stack(
        [a[r].quantile(c) if r.any() else a.max() for a, r, c in zip(along, real[:, :OWN], cut, strict=True)]
    )
    real[:, :OWN] &= along >= limit[:, None]
    real[:, OWN:] &= uniform(k, 1) > 0.15
    thin = torch.where(uniform(k, 1) < 0.2, uniform(k, 1) * 0.5, 0.0)
    real[:, :OWN] &= (uniform(k, OWN) >= thin) | (torch.arange(OWN) < 8)
    points[~real] = 0
    return ObjectPoints(points, real, objects.counts * (1 - cut), objects.boxes)


def repainted(objects: ObjectPoints, generator: torch.Generator) -> tuple[ObjectPoints, torch.Tensor]:
    """Some of the objects with red, green and blue swapped among them, and which (K,) bool: things come in more colours
    than those of any set of rooms, and a name should not hang on one."""
    points = objects.points.clone()
    chosen = torch.rand(len(points), generator=generator) < _REPAINTED
    for i in chosen.nonzero()[:, 0].tolist():
        channels = 6 + torch.randperm(3, generator=generator)
        points[i, :OWN, 6:9] = points[i, :OWN][:, channels]
    return ObjectPoints(points, objects.real, objects.counts, objects.boxes), chosen


def _relight(points: torch.Tensor, room: torch.Tensor, normal: Callable[..., torch.Tensor]) -> None:
    """Another gain, white balance, saturation and noise, for each room and a little for each object with what is
    around it."""
    rooms = int(room.max()) + 1 if len(room) else 0
    vividness, balance, gain, offset = (
        (of_room * normal(rooms, 1, c))[room] + of_object * normal(len(points), 1, c)
        for of_room, of_object, c in ((0.15, 0.1, 1), (0.05, 0.02, 3), (0.15, 0.06, 1), (0.02, 0.015, 1))
    )
    color = (points[..., 6:9] + 1) / 2
    grey = color.mean(-1, keepdim=True)
    color = grey + (color - grey) * (1 + vividness).clamp(0.2, 2)
    color = color * (1 + balance) * (1 + gain).clamp(0.4, 1.8) + offset
    points[..., 6:9] = (2 * color - 1 + 0.04 * normal(*points.shape[:2], 3)).clamp(-1, 1)
