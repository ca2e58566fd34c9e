"""ObjectClassifier: what an object is and looks like, from its own points and those around it.

Patches of neighbouring points become tokens, as in Point-BERT (Yu et al. 2022) and Uni3D (Zhou et al. 2023), at sizes
that a CPU reads a room's objects with.
"""

from __future__ import annotations

import torch
from torch import nn

from ..language.program import COLORS, MATERIALS, SHAPES
from .amax import amax
from .object_points import CHANNELS, OWN, ObjectPoints
from .scene_context import SceneContext

_PATCHES = (32, 12)  # of the object, of what is around it
_NEIGHBOURS = 16  # points of a patch
_UNIT = 0.1  # metres
_FAR = 1e4  # units: a distance of points that are not there
_SUMMARY = 27  # channels that describe an object as a whole


ATTRIBUTES = (len(COLORS), len(MATERIALS), len(SHAPES))
ATTRIBUTE_CHANNELS = sum(ATTRIBUTES)


class ObjectClassifier(nn.Module):
    """ObjectPoints -> logits (K, classes + 24): over the categories, COLORS (12), MATERIALS (10) and SHAPES (2).

    context: layers in which the objects of a scene look at one another (``SceneContext``); 0: each is judged alone.

    powers (2,): how far a segmentor's class logits and these count where they are combined, fitted to held-out rooms.
    """

    def __init__(
        self, classes: int, width: int = 128, layers: int = 3, heads: int = 4, dropout: float = 0.1, context: int = 0
    ) -> None:
        super().__init__()
        self.point = nn.Linear(CHANNELS + 3, 64)
        self.patch = nn.Linear(64, 128)
        self.token = nn.Sequential(nn.GELU(), nn.Linear(128, width))
        self.place = nn.Sequential(nn.Linear(9, 64), nn.GELU(), nn.Linear(64, width))
        self.whole = nn.Sequential(nn.Linear(_SUMMARY, 128), nn.GELU(), nn.Linear(128, width))
        blocks = [
            nn.TransformerEncoderLayer(width, heads, 2 * width, dropout, "relu", batch_first=True, norm_first=True)
            for _ in range(layers)
        ]
        for block in blocks:  # what is added to the states is enough to drop from, and the rest is slow to draw
            block.self_attn.dropout = block.dropout.p = 0.0
        self.layers = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(2 * width)
        self.dropout = nn.Dropout(2 * dropout)
        self.sizes = (classes, *ATTRIBUTES)
        self.head = nn.Linear(2 * width, sum(self.sizes))
        self.context = SceneContext(2 * width, sum(self.sizes), context) if context else None
        self.powers = nn.Parameter(torch.tensor([0.5, 1.0]), requires_grad=False)

    def forward(self, objects: ObjectPoints) -> torch.Tensor:
        return self.judged(self.states(objects), objects.boxes)

    def judged(self, states: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
        """The logits of the objects of a scene, states (K, S), boxes (K, 6) as ``ObjectPoints`` has them."""
        logits = self.head(self.dropout(self.norm(states)))
        return logits if self.context is None else logits + self.context(states, boxes)

    def states(self, objects: ObjectPoints) -> torch.Tensor:
        """(K, S) what each object is by itself."""
        if len(objects) == 0:  # which attention can't take
            return objects.points.new_zeros(0, self.head.in_features)
        points, sizes = _centered(objects)
        tokens, known = self._tokens(points, objects.real, sizes)
        whole = self.whole(_summary(points, objects.real, sizes, objects.counts))
        states = torch.cat([whole[:, None], tokens], 1)
        padding = torch.cat([known.new_zeros(len(known), 1), ~known], 1)
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=padding)
        pooled = states[:, 1:].masked_fill(~known[..., None], -1e4).amax(1)
        pooled = torch.where(known.any(1, keepdim=True), pooled, 0.0)
        return torch.cat([states[:, 0], pooled], 1)

    def named(self, class_logits: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """(K, classes) logits of names: a segmentor's class logits (K, classes) and this module's together."""
        own = logits[:, : self.sizes[0]]
        return self.powers[0] * class_logits.log_softmax(-1) + self.powers[1] * own.log_softmax(-1)

    def attributes(self, logits: torch.Tensor) -> torch.Tensor:
        """(K, 24) probabilities of colours, materials and shapes, each of which sum to one."""
        return torch.cat([part.softmax(-1) for part in logits.split(self.sizes, -1)[1:]], -1)

    def _tokens(
        self, points: torch.Tensor, real: torch.Tensor, sizes: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(K, T, width) tokens of patches, and (K, T) bool: which of them are of real points."""
        own, around = _PATCHES
        extent = sizes.amax(1).clamp_min(0.02)[:, None, None]
        features = torch.cat([points[..., :3] / _UNIT, points[..., :3] / extent, points[..., 3:]], -1)
        centers = torch.cat([features[:, :own], features[:, OWN : OWN + around]], 1)
        known = torch.cat([real[:, :own], real[:, OWN : OWN + around]], 1)
        apart = torch.cdist(centers[..., :3], features[..., :3]).masked_fill(~real[:, None], _FAR)
        distance, nearest = apart.topk(_NEIGHBOURS, largest=False)
        nearest = torch.where(distance < _FAR, nearest, nearest[..., :1])  # too few points: the first stands for them
        radius = distance.masked_fill(distance >= _FAR, 0.0).amax(2)
        projected = self.point(features)
        rows = nearest + features.shape[1] * torch.arange(len(features), device=points.device)[:, None, None]
        near = projected.flatten(0, 1).index_select(0, rows.flatten()).reshape(*rows.shape, projected.shape[-1])
        moved = nn.functional.linear(centers[..., :6], self.point.weight[:, :6])
        patches = amax(self.patch((near - moved[:, :, None]).relu()), 2)
        place = torch.cat([centers[..., :6], centers[..., -2:], (radius + 0.01).log()[..., None]], -1)
        return self.token(patches) + self.place(place), known


def _centered(objects: ObjectPoints) -> tuple[torch.Tensor, torch.Tensor]:
    """The points (K, P, 11) with offsets from the middle of the box of those that were drawn, and its sizes (K, 3)."""
    own, unreal = objects.points[:, :OWN, :3], ~objects.real[:, :OWN, None]
    some = objects.real[:, :OWN].any(1)[:, None]
    low = torch.where(some, own.masked_fill(unreal, 1e4).amin(1), 0.0)
    high = torch.where(some, own.masked_fill(unreal, -1e4).amax(1), 0.0)
    middle = torch.cat([(low + high) / 2, low.new_zeros(len(low), objects.points.shape[2] - 3)], 1)
    return objects.points - middle[:, None], high - low


def _summary(points: torch.Tensor, real: torch.Tensor, sizes: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """(K, 27): size, height, number of points, spread along axes, share of normals, colours of the object itself."""
    own, real = points[:, :OWN], real[:, :OWN, None].to(points.dtype)
    total = real.sum(1).clamp_min(1)
    mean = (own * real).sum(1) / total
    centered = (own - mean[:, None]) * real
    spread = ((centered**2).sum(1) / total + 1e-8).sqrt()
    level = sizes[:, :2].sort(1).values
    bottom = mean[:, 9:10] - mean[:, 2:3] - sizes[:, 2:3] / 2
    upward = ((own[..., 5:6].abs() > 0.85) * real).sum(1) / total
    top = ((own[..., 5:6] > 0.85) * real).sum(1) / total
    covariance = centered[..., :2].transpose(1, 2) @ centered[..., :2] / total[..., None]
    trace = covariance[:, 0, 0] + covariance[:, 1, 1]
    root = ((covariance[:, 0, 0] - covariance[:, 1, 1]) ** 2 + 4 * covariance[:, 0, 1] ** 2 + 1e-12).sqrt()
    axes = torch.stack([(trace + root).clamp_min(0), (trace - root).clamp_min(0)], 1).div(2).sqrt()
    logs = (torch.cat([level, sizes[:, 2:3], axes], 1) + 0.01).log()
    return torch.cat(
        [
            level, sizes[:, 2:3], logs, axes, spread[:, 2:3], bottom, bottom + sizes[:, 2:3], upward, top,
            mean[:, 5:6], spread[:, 3:6], mean[:, 6:9], spread[:, 6:9], (counts[:, None] + 1).log() / 8,
            mean[:, 2:3],
        ],
        1,
    )  # fmt: skip
