"""Uni3DEncoder: one feature vector of a coloured point cloud, as Uni3D computes it (Zhou et al., ICLR 2024).

Neighbourhoods around sampled centres become tokens by a small PointNet; a transformer of an image model's form
reads them.  Names of the parameters are those of the published checkpoints, see ``checkpoint``.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from .configuration import Uni3DConfig
from .sampling import farthest_points, nearest_neighbours
from .transformer import Transformer

_GROUPS_AT_ONCE = 2048  # of 64 points with 512 channels: 256 MB


class Uni3DEncoder(nn.Module):
    """Clouds -> (B, out_dim), not normalised.  Computes in the dtype of its parameters, samples in float32."""

    def __init__(self, config: Uni3DConfig) -> None:
        super().__init__()
        self.config = config
        width = config.embed_dim
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.cls_pos = nn.Parameter(torch.randn(1, 1, width))
        self.encoder = _GroupEncoder(config.pc_encoder_dim)
        self.encoder2trans = nn.Linear(config.pc_encoder_dim, width)
        self.pos_embed = nn.Sequential(nn.Linear(3, 128), nn.GELU(), nn.Linear(128, width))
        self.visual = Transformer(config)
        self.trans2embed = nn.Linear(width, config.out_dim)

    def forward(self, xyz: torch.Tensor, rgb: torch.Tensor) -> torch.Tensor:
        """xyz (B, N, 3) in the unit ball around 0, rgb (B, N, 3) in 0..1 -> (B, out_dim).

        Raises ValueError for other shapes and for fewer points than a group has.
        """
        self._check(xyz, rgb)
        groups, centers = self._groups(xyz, rgb)
        dtype = self.cls_token.dtype
        tokens = self.encoder2trans(self.encoder(groups.to(dtype)))
        positions = self.pos_embed(centers.to(dtype))
        first = (self.cls_token + self.cls_pos).expand(len(xyz), -1, -1)
        return self.trans2embed(self.visual(torch.cat([first, tokens + positions], 1)))

    def _groups(self, xyz: torch.Tensor, rgb: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Neighbourhoods (B, G, S, 6): offset from the centre and colour; centres (B, G, 3); both float32."""
        xyz = xyz.float()
        batch = torch.arange(len(xyz), device=xyz.device)
        centers = xyz[batch[:, None], farthest_points(xyz, self.config.num_group)]
        near = nearest_neighbours(xyz, centers, self.config.group_size)
        points = torch.cat([xyz, rgb.float()], -1)[batch[:, None, None], near]
        return points - F.pad(centers, (0, 3))[:, :, None], centers

    def _check(self, xyz: torch.Tensor, rgb: torch.Tensor) -> None:
        if xyz.ndim != 3 or xyz.shape[2] != 3 or rgb.shape != xyz.shape:
            raise ValueError(f"xyz and rgb must both be (B, N, 3), got {tuple(xyz.shape)} and {tuple(rgb.shape)}")
        if xyz.shape[1] < self.config.group_size:
            raise ValueError(f"a cloud needs at least {self.config.group_size} points, got {xyz.shape[1]}")


class _GroupEncoder(nn.Module):
    """PointNet over each neighbourhood: (B, G, S, 6) -> (B, G, C)."""

    def __init__(self, out: int) -> None:
        super().__init__()
        self.first_conv = nn.Sequential(nn.Conv1d(6, 128, 1), nn.BatchNorm1d(128), nn.ReLU(), nn.Conv1d(128, 256, 1))
        self.second_conv = nn.Sequential(nn.Conv1d(512, 512, 1), nn.BatchNorm1d(512), nn.ReLU(), nn.Conv1d(512, out, 1))

    def forward(self, groups: torch.Tensor) -> torch.Tensor:
        flat = groups.flatten(0, 1)
        # Batch norm of training wants all groups at once.
        parts = (flat,) if self.training else flat.split(_GROUPS_AT_ONCE)
        return torch.cat([self._encoded(part) for part in parts]).view(*groups.shape[:2], -1)

    def _encoded(self, groups: torch.Tensor) -> torch.Tensor:
        """(G, S, 6) -> (G, C).  Convolutions of size 1 are matrices; as such they run faster."""
        size = groups.shape[:2]
        hidden = self._linear("first_conv.0", groups.flatten(0, 1))
        points = self._linear("first_conv.3", F.relu(self.first_conv[1](hidden))).unflatten(0, size)
        whole = points.amax(1)
        # Of (whole, points) side by side; what is the same for all of a group is computed once.
        of_whole, of_points = self.get_parameter("second_conv.0.weight")[..., 0].chunk(2, dim=1)
        once = F.linear(whole, of_whole, self.get_parameter("second_conv.0.bias"))
        hidden = (F.linear(points, of_points) + once[:, None]).flatten(0, 1)
        return self._linear("second_conv.3", F.relu(self.second_conv[1](hidden))).unflatten(0, size).amax(1)

    def _linear(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.get_parameter(f"{name}.weight")[..., 0], self.get_parameter(f"{name}.bias"))
