"""The networks that a configuration names, built with random weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

if TYPE_CHECKING:
    from .configuration import OpenMaskDINO3DConfig


def build_encoder(config: OpenMaskDINO3DConfig) -> nn.Module | None:
    """The scene encoder; None for a model that makes no masks of its own."""
    kind, settings = _split(config.encoder)
    if kind == "none":
        return None
    if kind == "superpoint_transformer":
        from ...perception.encoder import SuperpointEncoder

        return SuperpointEncoder(**settings)
    from ...perception.point_extractor import PointExtractor

    return PointExtractor(**{"as_published": config.as_published, **settings})


def superpoint_channels(encoder: Any) -> int:
    """Width of a superpoint's features."""
    return int(encoder.media if hasattr(encoder, "media") else encoder.width)


def build_segmentor(config: OpenMaskDINO3DConfig, encoder: Any) -> nn.Module | None:
    """The network that proposes instances; None where none is needed (mask3d, geometric)."""
    kind, settings = _split(config.segmentor)
    if kind == "superpoint":
        from ...perception.proposals import ProposalHead

        return ProposalHead(encoder.width, encoder.pair_width, len(config.categories), **settings)
    if kind == "spformer":
        from ...perception.spformer import QueryDecoder

        sizes = {"in_channel": superpoint_channels(encoder), "num_class": len(config.categories)}
        return QueryDecoder(**{**sizes, "as_published": config.as_published, **settings})
    return None


def build_point_encoder(config: OpenMaskDINO3DConfig) -> nn.Module | None:
    """Uni3D, where the model holds it."""
    sizes = (config.object_features or {}).get("point_encoder")
    if sizes is None:
        return None
    from ...perception.uni3d import Uni3DConfig, Uni3DEncoder

    return Uni3DEncoder(Uni3DConfig(**sizes))


def build_image_encoder(config: OpenMaskDINO3DConfig) -> nn.Module | None:
    """DINOv2, where the model holds it."""
    settings = (config.object_features or {}).get("image_encoder")
    if settings is None:
        return None
    from transformers import Dinov2Config, Dinov2Model

    return Dinov2Model(Dinov2Config(**settings))


def _split(settings: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The type, and the arguments of that module."""
    return settings["type"], {k: v for k, v in settings.items() if k != "type"}
