"""The sizes of a published network, read off the shapes of its tensors, and the names and shapes that sizes ask for.

What no shape tells is the published value and named in ``assumed``: the heads of an attention, how the points are
grouped and pooled.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .checkpoint import CheckpointError

Shape = tuple[int, ...]

QUERY_DECODER_HEADS = {256: 8}
UNI3D_HEADS = {192: 3, 384: 6, 768: 12, 1024: 16, 1408: 16}
_EVA_GIANT_RATIO = 6144 / 1408
_EVA02_RATIO = 4 * 2 / 3


@dataclass(frozen=True)
class Sizes:
    """config: arguments of the network.  assumed: argument to where its value comes from, for those that no shape
    tells."""

    config: dict[str, Any]
    assumed: dict[str, str] = field(default_factory=dict)


def point_extractor_sizes(shapes: Mapping[str, Shape]) -> Sizes:
    """Of the sparse U-Net, from its tensors by published names, kernels output first.  Raises CheckpointError."""
    kernel = _shape(shapes, "input_conv.0.weight", 5)
    repeats = {m[1] for name in shapes if (m := re.match(r"unet\.blocks\.block(\d+)\.", name))}
    levels = {m[1] for name in shapes if (m := re.match(r"unet\.((?:u\.)*)blocks\.", name))}
    config = {
        "input_channel": kernel[4],
        "blocks": len(levels),
        "block_reps": len(repeats),
        "media": kernel[0],
        "normalize_before": True,
        "return_blocks": True,
        "pool": "mean",
        "bn_eps": 1e-4,
    }
    return Sizes(
        config, {"pool": "published value", "bn_eps": "published value", "normalize_before": "published value"}
    )


def query_decoder_sizes(shapes: Mapping[str, Shape], heads: int | None = None) -> Sizes:
    """Of SPFormer's decoder, from its tensors by published names.  heads: where the width is none of the published.

    Raises CheckpointError.
    """
    query = _shape(shapes, "query.weight", 2)
    config = {
        "num_layer": _count(shapes, r"cross_attn_layers\.(\d+)\."),
        "num_query": query[0],
        "num_class": _shape(shapes, "out_cls.2.weight", 2)[0] - 1,
        "in_channel": _shape(shapes, "input_proj.0.weight", 2)[1],
        "d_model": query[1],
        "nhead": heads or _heads(QUERY_DECODER_HEADS, query[1]),
        "hidden_dim": _shape(shapes, "ffn_layers.0.net.0.weight", 2)[0],
        "activation_fn": "gelu",
        "iter_pred": True,
        "attn_mask": True,
        "pe": False,
        "dropout": 0.0,
    }
    published = dict.fromkeys(("activation_fn", "iter_pred", "attn_mask"), "published value")
    return Sizes(config, {"nhead": _origin(heads, query[1]), **published})


def uni3d_sizes(shapes: Mapping[str, Shape], heads: int | None = None) -> Sizes:
    """Of a Uni3D point encoder, from its tensors by published names without ``point_encoder.``.

    heads: where the width is none of the published.  Raises CheckpointError.
    """
    width = _shape(shapes, "trans2embed.weight", 2)
    swiglu = "visual.blocks.0.mlp.fc1_g.weight" in shapes
    hidden = _shape(shapes, f"visual.blocks.0.mlp.fc1{'_g' if swiglu else ''}.weight", 2)[0]
    config = {
        "embed_dim": width[1],
        "depth": _count(shapes, r"visual\.blocks\.(\d+)\."),
        "num_heads": heads or _heads(UNI3D_HEADS, width[1]),
        "mlp_ratio": _ratio(hidden, width[1], _EVA02_RATIO if swiglu else _EVA_GIANT_RATIO),
        "swiglu": swiglu,
        "num_group": 512,
        "group_size": 64,
        "pc_encoder_dim": _shape(shapes, "encoder2trans.weight", 2)[1],
        "out_dim": width[0],
    }
    published = dict.fromkeys(("num_group", "group_size"), "published value")
    return Sizes(config, {"num_heads": _origin(heads, width[1]), **published})


def mask_decoder_sizes(shapes: Mapping[str, Shape], heads: int | None = None) -> Sizes:
    """Of OpenMaskDINO3D's mask decoder, from its tensors by published names without ``mask_decoder.``.

    Raises CheckpointError.
    """
    text = _shape(shapes, "lang_proj.weight", 2)
    config = {
        "media": _shape(shapes, "x_mask.0.weight", 2)[1],
        "num_layer": _count(shapes, r"cross_attn_layers\.(\d+)\."),
        "d_model": text[0],
        "d_text": text[1],
        "nhead": heads or _heads(QUERY_DECODER_HEADS, text[0]),
        "hidden_dim": _shape(shapes, "sa_ffn_layers.0.net.0.weight", 2)[0],
    }
    return Sizes(config, {"nhead": _origin(heads, text[0])})


def _shape(shapes: Mapping[str, Shape], name: str, dimensions: int) -> Shape:
    if name not in shapes:
        raise CheckpointError(f"the sizes can't be read off: there is no {name}")
    if len(shapes[name]) != dimensions:
        raise CheckpointError(f"{name} must have {dimensions} axes, it has the shape {list(shapes[name])}")
    return shapes[name]


def _count(shapes: Mapping[str, Shape], pattern: str) -> int:
    return len({m[1] for name in shapes if (m := re.match(pattern, name))})


def _heads(published: Mapping[int, int], width: int) -> int:
    if width not in published:
        known = ", ".join(f"{h} heads at width {w}" for w, h in published.items())
        raise CheckpointError(
            f"no shape tells the heads of an attention, published are {known}; give those of {width} with --heads"
        )
    return published[width]


def _origin(heads: int | None, width: int) -> str:
    return f"published value at width {width}" if heads is None else "given"


def _ratio(hidden: int, width: int, published: float) -> float:
    """The ratio r with int(width * r) == hidden: the published one where it fits."""
    if int(width * published) == hidden:
        return published
    ratio = hidden / width
    return ratio if int(width * ratio) == hidden else math.nextafter(ratio, math.inf)
