"""SPFormer's query decoder (Sun et al. 2023): learned queries in, classes, scores and masks over superpoints out.

Parameter names and arithmetic are those of the published checkpoint ``spf_scannet_512.pth`` (prefix ``decoder.``):
masked cross-attention from every query to the superpoints of its scene, self-attention, feed-forward; a prediction
before the first and after every layer, each layer attending only where the prediction before it saw the object.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .proposals import Proposals, non_maximum_suppression
from .query_layers import Attention, FeedForward, hidden_by, mlp, projection

# Row i of the class logits; the last logit, "no object", has no name.
SCANNET_CLASSES = (
    "cabinet", "bed", "chair", "sofa", "table", "door", "window", "bookshelf", "picture", "counter", "desk",
    "curtain", "refrigerator", "shower curtain", "toilet", "sink", "bathtub", "otherfurniture",
)  # fmt: skip


@dataclass
class Prediction:
    """Of B scenes, Q queries each: labels (B, Q, classes + 1) class logits, the last one "no object"; scores
    (B, Q, 1) expected IoU, no sigmoid; masks, per scene (Q, M_b) logits over its superpoints."""

    labels: torch.Tensor
    scores: torch.Tensor
    masks: list[torch.Tensor]


@dataclass
class QueryDecoderOutput(Prediction):
    """The final prediction; auxiliary: the predictions before layer 0, 1, ... (empty without ``iter_pred``)."""

    auxiliary: list[Prediction]


class QueryDecoder(nn.Module):
    """x (M_total, in_channel), batch_offsets (B + 1,) -> QueryDecoderOutput.  Arguments as in the published config.

    iter_pred: predict before and after every layer, which ``attn_mask`` needs.  as_published: the LayerNorm of the
    cross-attention, though it is in the checkpoint, has no effect (nor has its dropout); False applies both.
    Raises ValueError for ``pe`` (no published weights have it), ``attn_mask`` without ``iter_pred``, an unknown
    activation, and heads that do not divide the width.
    """

    def __init__(
        self,
        num_layer: int = 6,
        num_query: int = 400,
        num_class: int = 18,
        in_channel: int = 32,
        d_model: int = 256,
        nhead: int = 8,
        hidden_dim: int = 1024,
        dropout: float = 0.0,
        activation_fn: str = "gelu",
        iter_pred: bool = True,
        attn_mask: bool = True,
        pe: bool = False,
        as_published: bool = True,
    ) -> None:
        super().__init__()
        if pe:
            raise ValueError(
                "pe=True: positional encoding of the queries is not supported; published weights have none"
            )
        if attn_mask and not iter_pred:
            raise ValueError("attn_mask=True needs iter_pred=True: the mask of a layer is the prediction before it")
        if d_model % nhead:
            raise ValueError(f"d_model must be a multiple of nhead, got {d_model} and {nhead}")
        self.iter_pred, self.attn_mask, self.as_published = iter_pred, attn_mask, as_published
        self.input_proj = projection(in_channel, d_model)
        self.x_mask = mlp(in_channel, d_model, d_model)
        self.query = nn.Embedding(num_query, d_model)
        layers = range(num_layer)
        self.cross_attn_layers = nn.ModuleList(Attention(d_model, nhead, dropout, dropout) for _ in layers)
        self.self_attn_layers = nn.ModuleList(Attention(d_model, nhead, dropout, dropout) for _ in layers)
        self.ffn_layers = nn.ModuleList(FeedForward(d_model, hidden_dim, dropout, activation_fn) for _ in layers)
        self.out_norm = nn.LayerNorm(d_model)
        self.out_cls = mlp(d_model, d_model, num_class + 1)
        self.out_score = mlp(d_model, d_model, 1)

    def forward(self, x: torch.Tensor, batch_offsets: torch.Tensor) -> QueryDecoderOutput:
        """batch_offsets (B + 1,): where each scene's superpoints begin in x, and the end.

        Raises ValueError where they do not cover x, or a scene has no superpoints.
        """
        sizes = _scene_sizes(batch_offsets, len(x))
        keys, mask_features = self.input_proj(x).split(sizes), self.x_mask(x).split(sizes)
        query = self.query.weight.expand(len(sizes), -1, -1)
        predictions = [self._predict(query, mask_features)] if self.iter_pred else []
        cross: Any  # an Attention; ModuleList forgets the class
        for cross, own, ffn in zip(self.cross_attn_layers, self.self_attn_layers, self.ffn_layers, strict=True):
            query = self._cross_attended(cross, query, keys, predictions[-1].masks if self.attn_mask else None)
            query = ffn(own(query, query))
            if self.iter_pred:
                predictions.append(self._predict(query, mask_features))
        final = predictions.pop() if predictions else self._predict(query, mask_features)
        return QueryDecoderOutput(final.labels, final.scores, final.masks, predictions)

    def _cross_attended(
        self,
        cross: Attention,
        query: torch.Tensor,
        keys: tuple[torch.Tensor, ...],
        masks: list[torch.Tensor] | None,
    ) -> torch.Tensor:
        """Cross-attention of every query (B, Q, d_model) to the superpoints of its scene where its mask is on."""
        queries = query.split(1)
        hidden = [None] * len(keys) if masks is None else [hidden_by(mask[None]) for mask in masks]
        layer = cross.attend if self.as_published else cross
        seen = torch.cat([layer(q, k[None], h) for q, k, h in zip(queries, keys, hidden, strict=True)])
        return query + seen if self.as_published else seen

    def _predict(self, query: torch.Tensor, mask_features: tuple[torch.Tensor, ...]) -> Prediction:
        query = self.out_norm(query)
        masks = [q @ f.T for q, f in zip(query, mask_features, strict=True)]
        return Prediction(self.out_cls(query), self.out_score(query), masks)


def spformer_proposals(
    output: Prediction,
    counts: torch.Tensor,
    scene: int = 0,
    top_k: int = 100,
    min_points: int = 100,
    min_score: float = 0.0,
    nms_iou: float = 0.6,
) -> Proposals:
    """Instances of one scene, as SPFormer's own post-processing scores them, without its duplicates.

    The score of a query and a class is the class probability (softmax over classes and "no object") times the mask
    score clamped to 0..1; the ``top_k`` best pairs go on, times the mean mask probability of the superpoints inside
    the mask (probability > 0.5).  Pairs with fewer than ``min_points`` points (counts (M,): points of each
    superpoint) or a score below ``min_score`` go.  SPFormer keeps a query once per class; here, of masks that overlap
    by ``nms_iou`` in points the best one stays, so that one mask has one class.
    class_logits (K, classes) are without "no object".  Raises ValueError when counts do not fit the masks.
    """
    logits, masks = output.labels[scene], output.masks[scene]
    if counts.shape != masks.shape[1:]:
        raise ValueError(f"counts must be ({masks.shape[1]},), one per superpoint, got {tuple(counts.shape)}")
    classes = logits.shape[-1] - 1
    pairs = logits.softmax(-1)[:, :-1] * output.scores[scene].clamp(0, 1)
    scores, index = pairs.flatten().topk(min(top_k, pairs.numel()))
    query = index // classes
    probability = masks[query].sigmoid()
    hard = (probability > 0.5).to(probability.dtype)
    scores = scores * (probability * hard).sum(1) / (hard.sum(1) + 1e-6)
    counts = counts.to(hard)
    good = torch.nonzero((hard @ counts >= max(min_points, 1)) & (scores >= min_score))[:, 0]
    rows = good[torch.argsort(scores[good], descending=True, stable=True)]
    kept = non_maximum_suppression(hard[rows], counts, top_k, nms_iou, inside=float("inf"))
    rows = rows[kept]
    return Proposals(probability[rows], logits[query[rows], :-1], scores[rows])


def _scene_sizes(batch_offsets: torch.Tensor, total: int) -> list[int]:
    offsets = batch_offsets.tolist()
    sizes = [b - a for a, b in zip(offsets, offsets[1:], strict=False)]
    if len(offsets) < 2 or offsets[0] != 0 or offsets[-1] != total or min(sizes) <= 0:
        raise ValueError(
            f"batch_offsets must rise from 0 to the {total} superpoints given, with some in every scene; got {offsets}"
        )
    return sizes
