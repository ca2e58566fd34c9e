"""Object tokens: what the language model reads of each object, in the layouts of the published variants."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from ...language.prompt import SceneTokens
from .configuration import parse_layout

LOCATION_CHANNELS = {"box": 6, "place": 30}


class ObjectTokens(nn.Module):
    """Features and boxes of K objects -> (K * tokens_per_object, hidden) input embeddings.

    layout as in OpenMaskDINO3DConfig.  Projectors are Linear, GELU, Linear, as published; with ``normalize`` what
    goes into them is L2-normalised, boxes too.
    """

    def __init__(
        self,
        layout: str,
        hidden: int,
        point_channels: int,
        image_channels: int = 0,
        location_encoding: str = "box",
        normalize: bool = True,
        position_channels: int | None = None,
    ) -> None:
        super().__init__()
        self.layout = parse_layout(layout)
        self.channels = (point_channels, image_channels)
        self.location_encoding = location_encoding
        self.normalize = normalize
        used = {part for token in self.layout for part in token}
        if "image" in used and not image_channels:
            raise ValueError(f"object_layout {layout!r} has image tokens, but objects have no image features")
        self.object_proj = _projector(point_channels, hidden) if "point" in used else None
        self.object_img_proj = _projector(image_channels, hidden) if "image" in used else None
        places = LOCATION_CHANNELS[location_encoding]
        self.object_loc_proj = _projector(places, hidden) if "location" in used else None
        self.pos_embedding = FourierPosition(position_channels) if position_channels else None
        self.pos_proj = nn.Linear(position_channels, hidden) if position_channels else None

    @property
    def tokens_per_object(self) -> int:
        return len(self.layout)

    def forward(self, scene: SceneTokens, ids: torch.Tensor) -> torch.Tensor:
        """ids (K, hidden): the identifiers' embeddings; tokens come object by object, in slot order."""
        if not len(scene.boxes):
            return ids.new_zeros(0, ids.shape[-1])
        point, image = scene.features.split(self.channels, 1)
        location = location_features(scene.boxes) if self.location_encoding == "place" else scene.boxes
        parts = {"id": ids}
        projectors = {"point": (self.object_proj, point), "image": (self.object_img_proj, image)}
        projectors["location"] = (self.object_loc_proj, location)
        for part, (projector, features) in projectors.items():
            if projector is not None:
                parts[part] = projector(self._normalized(features))
        if self.pos_embedding is not None and self.pos_proj is not None:
            position = self.pos_proj(self.pos_embedding(scene.boxes[:, :3], scene.extent) / 10)
            parts.update({k: v + position for k, v in parts.items() if k in ("point", "image")})
        tokens = [torch.stack([parts[part] for part in token]).sum(0) for token in self.layout]
        return torch.stack(tokens, 1).flatten(0, 1)

    def _normalized(self, x: torch.Tensor) -> torch.Tensor:
        return F.normalize(x, dim=-1) if self.normalize else x


class FourierPosition(nn.Module):
    """Random Fourier features (Tancik et al. 2020) of places within the scene: (K, 3) metres -> (K, channels)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("gauss_B", torch.randn(3, channels // 2))

    def forward(self, centers: torch.Tensor, extent: torch.Tensor | None = None) -> torch.Tensor:
        """extent (2, 3): the scene's range, None for that of the centres."""
        low, high = (centers.amin(0), centers.amax(0)) if extent is None else extent
        place = (centers - low) / (high - low + 1e-7)
        angles = place * (2 * math.pi) @ self.gauss_B  # type: ignore[operator]  # a buffer is a tensor
        return torch.cat([angles.sin(), angles.cos()], 1)


def location_features(boxes: torch.Tensor) -> torch.Tensor:
    """(K, 30) from boxes (K, 6) in the aligned frame: metres, log size, place within the scene, Fourier terms."""
    center, size = boxes[:, :3], boxes[:, 3:]
    low, high = (center - size / 2).amin(0), (center + size / 2).amax(0)
    place = (center - low) / (high - low).clamp_min(0.1)
    middle = center - torch.cat([((low + high) / 2)[:2], low.new_zeros(1)])
    angles = torch.cat([middle * (torch.pi / 8), middle * (torch.pi / 3), middle * torch.pi], 1)
    top = center[:, 2:] + size[:, 2:] / 2
    bottom = center[:, 2:] - size[:, 2:] / 2
    volume = size.clamp_min(0.01).log().sum(1, keepdim=True)
    parts = [middle / 3, size.clamp_min(0.01).log(), place, angles.sin(), angles.cos(), top, bottom, volume]
    return torch.cat(parts, 1)


def _projector(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(inputs, outputs), nn.GELU(), nn.Linear(outputs, outputs))
