"""DINOv2 by its Hugging Face names: those of the published files, and those inside transformers 5."""

from __future__ import annotations

from ..mapping import Family, Rule
from .places import IMAGE_ENCODER

_PREFIX = r"(?:dinov2\.)?"
_LAYER = _PREFIX + r"(encoder\.layer\.\d+\.)"
_WHAT = "image encoder"
_NO_PLACE = "the model here has no image encoder"


def _attention(published: str, ours: str) -> Rule:
    return Rule(
        _LAYER + rf"attention\.{published}\.(weight|bias)",
        (IMAGE_ENCODER + rf"\1attention.{ours}.\2",),
        _WHAT,
        _NO_PLACE,
    )


FAMILY = Family(
    name="dinov2",
    title="DINOv2",
    rules=(
        _attention(r"attention\.query", "q_proj"),
        _attention(r"attention\.key", "k_proj"),
        _attention(r"attention\.value", "v_proj"),
        _attention(r"output\.dense", "o_proj"),
        Rule(
            _LAYER + r"mlp\.weights_in\.(weight|bias)",
            (IMAGE_ENCODER + r"\1mlp.gate_proj.\2", IMAGE_ENCODER + r"\1mlp.up_proj.\2"),
            _WHAT,
            _NO_PLACE,
        ),
        Rule(_LAYER + r"mlp\.weights_out\.(weight|bias)", (IMAGE_ENCODER + r"\1mlp.down_proj.\2",), _WHAT, _NO_PLACE),
        Rule(_PREFIX + r"((?:embeddings|encoder|layernorm)\..*)", (IMAGE_ENCODER + r"\1",), _WHAT, _NO_PLACE),
        Rule(r"classifier\..*", (), "", "head of a classifier"),
    ),
    covers=(IMAGE_ENCODER,),
    published_prefix=IMAGE_ENCODER,
)
