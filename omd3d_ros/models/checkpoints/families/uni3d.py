"""Uni3D: features of an object from its coloured points."""

from __future__ import annotations

from ..mapping import Family, Rule
from .places import POINT_ENCODER

_PREFIX = r"(?:point_encoder\.)?"

FAMILY = Family(
    name="uni3d",
    title="Uni3D",
    rules=(
        Rule(r"logit_scale", (), "", "temperature of the contrastive training"),
        Rule(
            _PREFIX + r"visual\.(?:cls_token|pos_embed|patch_embed\..*|head\..*|norm\..*|rope\..*)",
            (),
            "",
            "of the image transformer that the encoder was made from; no point passes through it",
        ),
        Rule(
            _PREFIX + r"(visual\.(?:blocks\.\d+|fc_norm)\..*)",
            (POINT_ENCODER + r"\1",),
            "transformer",
            "the model here has no 3D object encoder",
        ),
        Rule(
            _PREFIX + r"(cls_token|cls_pos|(?:encoder\.(?:first|second)_conv|encoder2trans|trans2embed|pos_embed)\..*)",
            (POINT_ENCODER + r"\1",),
            "point groups, tokens and projections",
            "the model here has no 3D object encoder",
        ),
    ),
    covers=(POINT_ENCODER,),
)
