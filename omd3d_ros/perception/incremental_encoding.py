"""Superpoint features and proposals that are computed anew for some superpoints only.

The features of a superpoint depend, through attention, on all others.  Those that are encoded again attend to all
superpoints, of which the others take part with the keys and values that they had: nothing is cut off at the edge of
a change, and no one's features move but those of the chosen ones.  With every superpoint chosen this is
``SuperpointEncoder.forward`` and ``ProposalHead.forward``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F

from .encoder import PAIR_CHANNELS, SuperpointEncoder
from .proposal_quality import ProposalQuality
from .proposals import ProposalHead, Proposals, select_proposals
from .superpoint_inputs import SuperpointInputs

NOWHERE = -30.0  # mask logit
_OF_SLOT = (
    "used", "boxes", "counts", "embedded", "features", "keys_values", "mask_keys", "class_logits", "objectness",
    "filled", "paired",
)  # fmt: skip
_OF_PAIR = ("biases", "mask_logits")


class Encoded:
    """What is known of superpoints, each in a slot that it keeps for its life: when some come and go, no other moves.

    slots (M,) long: that of each superpoint of the cloud.  By slot (S,), of which some are free: used; boxes (S, 6),
    counts; embedded (S, C), what the encoder makes of each superpoint by itself; features (S, C); keys_values
    (S, layers, 2, C); mask_keys (S, key_width), class_logits (S, classes), objectness of the segmentor.  By pair:
    mask_logits (S, S), row i for the object that superpoint i lies on; biases (S, layers * heads + 1, S), what the
    layers, and at last the segmentor, make of where superpoints lie to each other.  A row of these lacks superpoints
    that were ``filled`` in a later step than that in which it was ``paired``.
    """

    def __init__(self, encoder: SuperpointEncoder, segmentor: ProposalHead) -> None:
        self._encoder, self._segmentor = encoder, segmentor
        self._pair_layers: list[Any] = [*(layer.get_submodule("bias") for layer in encoder.layers), segmentor.pair]
        self._step = 0
        self._top = 0  # slots from here on have never been used
        key: Any = segmentor.key[-1]
        zeros = segmentor.classes.weight.new_zeros
        self.slots = zeros(0, dtype=torch.long)
        self.used = zeros(0, dtype=torch.bool)
        self.boxes, self.counts = zeros(0, 6), zeros(0)
        self.embedded, self.features = zeros(0, encoder.width), zeros(0, encoder.width)
        self.keys_values = zeros(0, len(encoder.layers), 2, encoder.width)
        self.mask_keys = zeros(0, key.out_features)
        self.class_logits, self.objectness = zeros(0, segmentor.classes.out_features), zeros(0)
        self.filled, self.paired = zeros(0, dtype=torch.long), zeros(0, dtype=torch.long)
        self.biases = zeros(0, sum(layer.out_features for layer in self._pair_layers), 0)
        self.mask_logits = zeros(0, 0)

    @torch.inference_mode()
    def leave(self, old: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Free the slots of superpoints that are no more: i is now the one that was old[i], (M,) long, -1: a new one,
        which has no slot yet.

        Returns the slots that were freed, and those of superpoints that stay whose proposal held one of these.
        """
        self._step += 1
        known = self.slots[old[old >= 0]]
        stay = torch.zeros_like(self.used)
        stay[known] = True
        freed = self.used & ~stay
        bereft = stay & (self.mask_logits[:, freed] > 0).any(1)
        self.slots = torch.full_like(old, -1)
        self.slots[old >= 0] = known
        self.used = stay
        return torch.nonzero(freed)[:, 0], torch.nonzero(bereft)[:, 0]

    @torch.inference_mode()
    def enter(self, inputs: SuperpointInputs) -> torch.Tensor:
        """(P,) slots for the superpoints of ``slots`` -1, in order, of which inputs are given: they are to be encoded,
        and are in no mask."""
        new = torch.nonzero(self.slots < 0)[:, 0]
        missing = len(new) - int((~self.used).sum())
        if missing > 0:
            self._grow(missing + len(self.slots) // 8)
        chosen = torch.nonzero(~self.used)[: len(new), 0]
        self.slots[new] = chosen
        self.used[chosen] = True
        self._top = max(self._top, int(self.slots.max()) + 1)
        self.boxes[chosen], self.counts[chosen] = inputs.boxes, inputs.counts
        self.embedded[chosen] = self._encoder.embed(inputs)
        self.filled[chosen], self.paired[chosen] = self._step, -1
        self.mask_logits[:, chosen] = NOWHERE
        return chosen

    def near(self, boxes: torch.Tensor, margin: float) -> torch.Tensor:
        """(S,) bool: slots of superpoints within ``margin`` metres of any of boxes (P, 6)."""
        out = torch.zeros_like(self.used)
        ours = self.boxes[: self._top]
        gaps = (
            (ours[:, None, :3] - boxes[:, :3]).abs_().sub_(ours[:, None, 3:] / 2).sub_(boxes[:, 3:] / 2).clamp_min_(0)
        )
        out[: self._top] = (gaps.square_().sum(-1) <= margin * margin).any(1)
        return out & self.used

    @torch.inference_mode()
    def encode(self, rows: torch.Tensor, others: torch.Tensor) -> None:
        """Encode the superpoints in slots ``rows`` (R,), and propose their objects; whether they are part of the
        objects of ``others`` (L,), whose features stay, is decided again too."""
        new = self.paired[rows] < 0
        self._pair(rows[new])
        self._pair(torch.cat([rows[~new], others]))
        x = self.embedded[rows]
        biases = self.biases.index_select(0, rows)[:, :-1, : self._top].transpose(0, 1)
        biases[:, :, torch.nonzero(~self.used[: self._top])[:, 0]] = -torch.inf
        layer: Any
        for i, layer in enumerate(self._encoder.layers):
            r, c = x.shape
            qkv = layer.qkv(layer.norm1(x)).view(r, 3, c)
            self.keys_values[rows, i] = qkv[:, 1:]
            keys_values = self.keys_values[: self._top, i]
            q, k, v = (
                t.unflatten(1, (layer.heads, -1)).transpose(0, 1)[None]
                for t in (qkv[:, 0], keys_values[:, 0], keys_values[:, 1])
            )
            bias = biases[i * layer.heads : (i + 1) * layer.heads][None]
            attended = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)[0]
            x = x + layer.out(attended.transpose(0, 1).reshape(r, c))
            x = x + layer.mlp(layer.norm2(x))
        features = self._encoder.norm(x)
        self.features[rows] = features
        self.mask_keys[rows] = self._segmentor.key(features)
        self.class_logits[rows] = self._segmentor.classes(features)
        self.objectness[rows] = self._segmentor.objectness(features)[:, 0]
        self._propose(torch.cat([rows, others]))

    def _propose(self, rows: torch.Tensor) -> None:
        """Mask logits of the superpoints in slots ``rows`` (R,)."""
        query, keys = self._segmentor.query(self.features[rows]), self.mask_keys[: self._top]
        pair = self.biases[rows, -1, : self._top]
        self.mask_logits[rows, : self._top] = torch.addmm(pair, query, keys.T, alpha=query.shape[-1] ** -0.5)

    @torch.inference_mode()
    def proposals(self, max_objects: int, quality: ProposalQuality | None = None) -> Proposals:
        """Of the superpoints of the cloud, as ``select_proposals`` does."""
        n = self._top
        used = self.used[:n]
        logits, objectness = self.mask_logits[:n, :n], self.objectness[:n]
        if len(self.slots) < n:
            logits, objectness = torch.where(used, logits, NOWHERE), torch.where(used, objectness, NOWHERE)
        counts = self.counts[:n] * used
        boxes = self.boxes[:n]
        found = select_proposals(logits, self.class_logits[:n], objectness, counts, max_objects, quality, boxes)
        return Proposals(found.masks[:, self.slots], found.class_logits, found.scores)

    def _pair(self, rows: torch.Tensor) -> None:
        """Complete ``biases`` of slots ``rows`` (R,): with those filled since they were paired."""
        if len(rows) == 0:
            return
        since = self.paired[rows].min()
        columns = torch.nonzero(self.filled[: self._top] > since)[:, 0]
        x = _pair_features(self.boxes[rows], self.boxes[columns]).flatten(1)
        for layer in self._encoder.pair:  # channels first, where thin layers cost a fraction of what they do else
            x = torch.addmm(layer.bias[:, None], layer.weight, x) if isinstance(layer, torch.nn.Linear) else layer(x)
        weight, bias = (torch.cat([getattr(layer, name) for layer in self._pair_layers]) for name in ("weight", "bias"))
        pair = torch.addmm(bias[:, None], weight, x).view(len(weight), len(rows), len(columns))
        if len(columns) == self._top:
            self.biases[rows, :, : self._top] = pair.transpose(0, 1)
        else:
            self.biases[rows[:, None], :, columns] = pair.permute(1, 2, 0)
        self.paired[rows] = self._step

    def _grow(self, more: int) -> None:
        """Add free slots."""
        s = len(self.used)
        for name in _OF_SLOT:
            values = getattr(self, name)
            setattr(self, name, torch.cat([values, values.new_zeros(more, *values.shape[1:])]))
        for name in _OF_PAIR:
            values = getattr(self, name)
            grown = values.new_zeros(s + more, *values.shape[1:-1], s + more)
            grown[:s, ..., :s] = values
            setattr(self, name, grown)


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
