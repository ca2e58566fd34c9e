"""Augmentation of superpoint inputs: what a different camera, light and heading would have changed."""

from __future__ import annotations

import torch

from ...perception.superpoint_inputs import SuperpointInputs


def crop(
    inputs: SuperpointInputs, owner: torch.Tensor, most: int, generator: torch.Generator
) -> tuple[SuperpointInputs, torch.Tensor]:
    """The ``most`` superpoints nearest to a random one: a partial scan, and a bounded cost."""
    m = len(owner)
    if m <= most:
        return inputs, owner
    centers = inputs.boxes[:, :2]
    middle = centers[int(torch.randint(m, (), generator=generator))]
    stretch = torch.rand(2, generator=generator) + 0.5
    keep = ((centers - middle) * stretch).norm(dim=1).argsort()[:most].sort().values
    kept = (inputs.points[keep], inputs.statistics[keep], inputs.boxes[keep], inputs.counts[keep])
    return SuperpointInputs(*kept), owner[keep]


def augment(inputs: SuperpointInputs, points: int, generator: torch.Generator) -> SuperpointInputs:
    """Quarter turns and mirrors about z (exact for boxes), other light and white balance, a subset of the points."""
    x = inputs.points[:, torch.randperm(inputs.points.shape[1], generator=generator)[:points]].clone()
    s, b = inputs.statistics.clone(), inputs.boxes.clone()
    swap = bool(torch.rand((), generator=generator) < 0.5)
    sign = torch.where(torch.rand(2, generator=generator) < 0.5, -1.0, 1.0)
    # columns that hold x and y of a vector: point offset and normal; mean normal (12..13); box centre
    for values, columns in ((x, (0, 3)), (s, (12,)), (b, (0,))):
        for c in columns:
            flat = values[..., c : c + 2]
            values[..., c : c + 2] = (flat.flip(-1) if swap else flat) * sign
    if swap:
        s[:, 3:5] = s[:, 3:5].flip(-1)
        b[:, 3:5] = b[:, 3:5].flip(-1)
    gain = 1 + 0.15 * torch.randn(3, generator=generator) + 0.2 * torch.randn((), generator=generator)
    shift = 0.1 * torch.randn(3, generator=generator)
    x[..., 6:9] = ((x[..., 6:9] + 1) * gain - 1 + shift).clamp(-1, 1)
    s[:, 15:18] = ((s[:, 15:18] + 1) * gain - 1 + shift).clamp(-1, 1)
    s[:, 18:21] *= gain.abs()
    x[..., 6:9] += 0.05 * torch.randn(x.shape[0], 1, 3, generator=generator)
    scale = 1 + 0.08 * torch.randn((), generator=generator)
    lift = 0.05 * torch.randn((), generator=generator)
    x[..., 0:3] *= scale
    x[..., 9] = x[..., 9] * scale + lift
    s[:, 0:3] = s[:, 0:3] * scale + lift
    s[:, 3:9] *= scale
    b *= scale
    return SuperpointInputs(x, s, b, inputs.counts)
