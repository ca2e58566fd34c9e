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

from .encoder import PAIR_CHANNELS, SuperpointEncoder
from .proposals import ProposalHead
from .superpoint_inputs import SuperpointInputs

NOWHERE = -30.0  # mask logit
INPUT_FIELDS = ("points", "statistics", "boxes", "counts")


@dataclass
class Encoded:
    """Of M superpoints: inputs, features (M, C), and what a later update needs.

    embedded (M, C) is what the encoder makes of each by itself; keys_values (M, layers, 2, C); mask_logits (M, M),
    class_logits (M, classes), objectness (M,) are those of the segmentor, row i for the object that superpoint i lies
    on.
    """

    inputs: SuperpointInputs
    embedded: torch.Tensor
    features: torch.Tensor
    keys_values: torch.Tensor
    mask_logits: torch.Tensor
    class_logits: torch.Tensor
    objectness: torch.Tensor

    def __len__(self) -> int:
        return len(self.features)

    @classmethod
    @torch.inference_mode()
    def nothing(cls, encoder: SuperpointEncoder, segmentor: ProposalHead, inputs: SuperpointInputs) -> Encoded:
        """Superpoints none of which has been encoded yet."""
        m = len(inputs.counts)
        zeros = segmentor.classes.weight.new_zeros
        return cls(
            inputs,
            encoder.embed(inputs),
            zeros(m, encoder.width),
            zeros(m, len(encoder.layers), 2, encoder.width),
            zeros(m, m) + NOWHERE,
            zeros(m, segmentor.classes.out_features),
            zeros(m),
        )

    @torch.inference_mode()
    def taken(self, old: torch.Tensor, encoder: SuperpointEncoder, inputs: SuperpointInputs) -> Encoded:
        """With superpoint i as the one that was old[i], (M,) long; those of -1 are to be encoded, and in no mask.

        inputs: of those with -1, in order.
        """
        new, source = torch.nonzero(old < 0)[:, 0], old.clamp_min(0)

        def moved(values: torch.Tensor, added: torch.Tensor | None = None) -> torch.Tensor:
            values = values.index_select(0, source)
            return values if added is None else values.index_copy_(0, new, added)

        logits = moved(self.mask_logits).index_select(1, source)
        logits[new], logits[:, new] = NOWHERE, NOWHERE
        return Encoded(
            SuperpointInputs(*(moved(getattr(self.inputs, f), getattr(inputs, f)) for f in INPUT_FIELDS)),
            moved(self.embedded, encoder.embed(inputs)),
            moved(self.features),
            moved(self.keys_values),
            logits,
            moved(self.class_logits),
            moved(self.objectness),
        )


@torch.inference_mode()
def encode_rows(encoder: SuperpointEncoder, segmentor: ProposalHead, encoded: Encoded, rows: torch.Tensor) -> None:
    """Encode superpoints ``rows`` (R,) long of ``encoded`` from their inputs, and propose their objects; in place.

    The proposals of others do not know them yet: see ``propose_others``.
    """
    x = encoded.embedded[rows]
    boxes = encoded.inputs.boxes
    biases = _biases(
        [*(layer.get_submodule("bias") for layer in encoder.layers), segmentor.pair], encoder, boxes[rows], boxes
    )
    layer: Any
    for i, layer in enumerate(encoder.layers):
        r, c = x.shape
        qkv = layer.qkv(layer.norm1(x)).view(r, 3, c)
        encoded.keys_values[rows, i] = qkv[:, 1:]
        q, k, v = (
            t.view(len(t), layer.heads, c // layer.heads).transpose(0, 1)[None]
            for t in (qkv[:, 0], encoded.keys_values[:, i, 0], encoded.keys_values[:, i, 1])
        )
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=biases[i][None])[0]
        x = x + layer.out(attended.transpose(0, 1).reshape(r, c))
        x = x + layer.mlp(layer.norm2(x))
    features = encoder.norm(x)
    encoded.features[rows] = features
    query, key = segmentor.query(features), segmentor.key(encoded.features)
    encoded.mask_logits[rows] = torch.addmm(biases[-1][0], query, key.T, alpha=query.shape[-1] ** -0.5)
    encoded.class_logits[rows] = segmentor.classes(features)
    encoded.objectness[rows] = segmentor.objectness(features)[:, 0]


@torch.inference_mode()
def propose_others(
    encoder: SuperpointEncoder, segmentor: ProposalHead, encoded: Encoded, others: torch.Tensor, rows: torch.Tensor
) -> None:
    """Whether ``rows`` (R,), just encoded, are in the proposals of ``others`` (L,), which were not; in place."""
    boxes = encoded.inputs.boxes
    query, key = segmentor.query(encoded.features[others]), segmentor.key(encoded.features[rows])
    near = _biases([segmentor.pair], encoder, boxes[others], boxes[rows])[0][0]
    encoded.mask_logits[others[:, None], rows] = torch.addmm(near, query, key.T, alpha=query.shape[-1] ** -0.5)


def _biases(
    layers: Sequence[Any], encoder: SuperpointEncoder, boxes: torch.Tensor, others: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """What each of the layers makes of the pair features of boxes (R, 6) to others (M, 6): (channels, R, M) each.

    ``layer(encoder.pair(pair_features))`` channels first, where thin layers cost a fraction of what they do else.
    """
    x = _pair_features(boxes, others).flatten(1)
    for layer in encoder.pair:
        x = torch.addmm(layer.bias[:, None], layer.weight, x) if isinstance(layer, torch.nn.Linear) else layer(x)
    weight, bias = (torch.cat([getattr(layer, name) for layer in layers]) for name in ("weight", "bias"))
    out = torch.addmm(bias[:, None], weight, x).view(len(weight), len(boxes), len(others))
    return out.split([layer.out_features for layer in layers])


def _pair_features(boxes: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """(9, R, M) as ``encoder.pair_features``, of boxes (R, 6) to others (M, 6)."""
    out = boxes.new_empty(PAIR_CHANNELS, len(boxes), len(others))
    offset = out[:3]
    torch.sub(others.T[:3, None], boxes.T[:3, :, None], out=offset)
    gap = (offset.abs() - others.T[3:, None] / 2 - boxes.T[3:, :, None] / 2).clamp_min_(0)
    squares = offset * offset
    torch.exp(-(squares[0] + squares[1]).sqrt_(), out=out[3])
    torch.exp(-squares.sum(0).sqrt_(), out=out[4])
    torch.exp(-5 * gap, out=out[5:8])
    torch.exp(-10 * gap.square_().sum(0).sqrt_(), out=out[8])
    offset.tanh_()
    return out
