"""Published Uni3D checkpoints: which of their tensors the encoder takes, under which name."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from .encoder import Uni3DEncoder

PREFIXES = ("module.", "point_encoder.")
# Of the image model that the transformer was taken from, and of the training against text and images.
UNUSED = (
    "logit_scale", "visual.cls_token", "visual.pos_embed", "visual.patch_embed.", "visual.head.", "visual.norm.",
    "visual.rope.",
)  # fmt: skip


class Uni3DWeightsError(ValueError):
    """Tensors that are not those of the encoder; the message says which are missing or too many."""


def encoder_name(name: str) -> str | None:
    """The encoder's name for a tensor of a checkpoint, without the prefixes; None for those that it has no use for."""
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return None if name.startswith(UNUSED) else name


def load_weights(encoder: Uni3DEncoder, tensors: Mapping[str, torch.Tensor]) -> None:
    """Fill the encoder from a published state dict (entry ``module`` of the file) or from its own.

    Takes the encoder's device and dtype.  Raises Uni3DWeightsError for missing, unknown or ill-shaped tensors.
    """
    named = {encoder_name(name): tensor for name, tensor in tensors.items()}
    own = encoder.state_dict()
    given = {name: tensor for name, tensor in named.items() if name is not None}
    missing, unknown = sorted(own.keys() - given.keys()), sorted(given.keys() - own.keys())
    if missing or unknown:
        raise Uni3DWeightsError(
            f"not the weights of this Uni3D: {_listed(missing)} missing, {_listed(unknown)} unknown; "
            "check the size that was asked for"
        )
    wrong = [name for name in sorted(own) if own[name].shape != given[name].shape]
    if wrong:
        name = wrong[0]
        raise Uni3DWeightsError(
            f"{_listed(wrong)} of another shape than this Uni3D's: {name} is {tuple(given[name].shape)}, "
            f"not {tuple(own[name].shape)}"
        )
    encoder.load_state_dict(given)


def _listed(names: list[str]) -> str:
    if not names:
        return "none"
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
