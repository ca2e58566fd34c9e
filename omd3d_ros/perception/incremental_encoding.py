"""Superpoint features and proposals that are computed anew for some superpoints only.

The features of a superpoint depend, through attention, on all others.  Those that are encoded again attend to all
superpoints, of which the others take part with the keys and values that they had: nothing is cut off at the edge of
a change, and no one's features move but those of the chosen ones.  With every superpoint chosen this is
``SuperpointEncoder.forward`` and ``ProposalHead.forward``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

from .encoder import SuperpointEncoder
from .proposals import ProposalHead
from .superpoint_inputs import SuperpointInputs

NOWHERE = -30.0  # mask logit
INPUT_FIELDS = ("points", "statistics", "boxes", "counts")


@dataclass
class Encoded:
    """Of M superpoints: inputs, features (M, C), and what a later update needs.

    keys, values (layers, heads, M, C / heads); mask_logits (M, M), class_logits (M, classes), objectness (M,) are
    those of the segmentor, row i for the object that superpoint i lies on.
    """

    inputs: SuperpointInputs
    features: torch.Tensor
    keys: torch.Tensor
    values: torch.Tensor
    mask_logits: torch.Tensor
    class_logits: torch.Tensor
    objectness: torch.Tensor

    def __len__(self) -> int:
        return len(self.features)

    @classmethod
    def nothing(cls, encoder: SuperpointEncoder, segmentor: ProposalHead, inputs: SuperpointInputs) -> Encoded:
        """Superpoints none of which has been encoded yet."""
        first: Any = encoder.layers[0]
        m, layers, heads = len(inputs.counts), len(encoder.layers), first.heads
        zeros = segmentor.classes.weight.new_zeros
        return cls(
            inputs,
            zeros(m, encoder.width),
            zeros(layers, heads, m, encoder.width // heads),
            zeros(layers, heads, m, encoder.width // heads),
            zeros(m, m) + NOWHERE,
            zeros(m, segmentor.classes.out_features),
            zeros(m),
        )

    def taken(self, old: torch.Tensor, inputs: SuperpointInputs) -> Encoded:
        """With superpoint i as the one that was old[i], (M,) long; those of -1 are to be encoded, and in no mask.

        inputs: of those with -1, in order.
        """
        known = torch.nonzero(old >= 0)[:, 0]
        new = torch.nonzero(old < 0)[:, 0]
        source = old[known]

        def moved(values: torch.Tensor, dim: int, fill: float = 0.0) -> torch.Tensor:
            shape = list(values.shape)
            shape[dim] = len(old)
            return values.new_full(shape, fill).index_copy_(dim, known, values.index_select(dim, source))

        logits = self.mask_logits.new_full((len(old), len(old)), NOWHERE)
        logits[known[:, None], known] = self.mask_logits[source[:, None], source]
        ours = (moved(getattr(self.inputs, f), 0) for f in INPUT_FIELDS)
        added = (getattr(inputs, f) for f in INPUT_FIELDS)
        return Encoded(
            SuperpointInputs(*(a.index_copy_(0, new, b) for a, b in zip(ours, added, strict=True))),
            moved(self.features, 0),
            moved(self.keys, 2),
            moved(self.values, 2),
            logits,
            moved(self.class_logits, 0),
            moved(self.objectness, 0),
        )


@torch.inference_mode()
def encode_rows(encoder: SuperpointEncoder, segmentor: ProposalHead, encoded: Encoded, rows: torch.Tensor) -> None:
    """Encode superpoints ``rows`` (R,) long of ``encoded`` from their inputs, and propose their objects; in place.

    The proposals of others do not know them yet: see ``propose_others``.
    """
    inputs = encoded.inputs
    points = encoder.point_mlp(inputs.points[rows])
    pooled = torch.cat([points.amax(1), points.mean(1), encoder.statistics(inputs.statistics[rows])], -1)
    x = encoder.join(pooled)
    pair = encoder.pair(_pair_features(inputs.boxes[rows], inputs.boxes))
    biases = _together([*(layer.get_submodule("bias") for layer in encoder.layers), segmentor.pair], pair)
    layer: Any
    for i, layer in enumerate(encoder.layers):
        r, c = x.shape
        q, k, v = layer.qkv(layer.norm1(x)).view(r, 3, layer.heads, c // layer.heads).permute(1, 2, 0, 3)
        encoded.keys[i, :, rows], encoded.values[i, :, rows] = k, v
        attended = F.scaled_dot_product_attention(
            q[None], encoded.keys[i, None], encoded.values[i, None], attn_mask=biases[i][None].to(q.dtype)
        )[0]
        x = x + layer.out(attended.permute(1, 0, 2).reshape(r, c))
        x = x + layer.mlp(layer.norm2(x))
    features = encoder.norm(x)
    encoded.features[rows] = features
    query, key = segmentor.query(features), segmentor.key(encoded.features)
    encoded.mask_logits[rows] = query @ key.T / query.shape[-1] ** 0.5 + biases[-1][0]
    encoded.class_logits[rows] = segmentor.classes(features)
    encoded.objectness[rows] = segmentor.objectness(features)[:, 0]


@torch.inference_mode()
def propose_others(
    encoder: SuperpointEncoder, segmentor: ProposalHead, encoded: Encoded, others: torch.Tensor, rows: torch.Tensor
) -> None:
    """Whether ``rows`` (R,), just encoded, are in the proposals of ``others`` (L,), which were not; in place."""
    boxes = encoded.inputs.boxes
    query, key = segmentor.query(encoded.features[others]), segmentor.key(encoded.features[rows])
    near = segmentor.pair(encoder.pair(_pair_features(boxes[others], boxes[rows])))[..., 0]
    encoded.mask_logits[others[:, None], rows] = query @ key.T / query.shape[-1] ** 0.5 + near


def _together(layers: Sequence[Any], pair: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """What each of the layers makes of pair (R, M, P), (channels, R, M): in one product, as each alone is thin."""
    weight, bias = (torch.cat([getattr(layer, name) for layer in layers]) for name in ("weight", "bias"))
    r, m, channels = pair.shape
    out = torch.addmm(bias[:, None], weight, pair.reshape(r * m, channels).T)
    return out.view(-1, r, m).split([layer.out_features for layer in layers])


def _pair_features(boxes: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """(R, M, 9) as ``encoder.pair_features``, of boxes (R, 6) to others (M, 6)."""
    x, y, z = offset = [others[None, :, c] - boxes[:, None, c] for c in range(3)]
    gaps = [(offset[c].abs() - others[None, :, 3 + c] / 2 - boxes[:, None, 3 + c] / 2).clamp_min(0) for c in range(3)]
    flat = x * x + y * y
    full, far = (flat + z * z).sqrt(), gaps[0] ** 2 + gaps[1] ** 2 + gaps[2] ** 2
    return torch.stack(
        [
            *(v.tanh() for v in offset), (-flat.sqrt()).exp(), (-full).exp(),
            *((-5 * gap).exp() for gap in gaps), (-10 * far.sqrt()).exp(),
        ],
        -1,
    )  # fmt: skip
