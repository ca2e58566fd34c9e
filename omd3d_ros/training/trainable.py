"""Which parameters learn: adapters, projectors, mask decoder, and of the token table only the new rows."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ..models.openmaskdino3d.adapters import add_adapters
from .settings import FineTuningSettings, TrainingError

DEFAULT_LORA = {
    "r": 16, "lora_alpha": 16, "lora_dropout": 0.05,
    "target_modules": ["q_proj", "v_proj", "k_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
}  # fmt: skip
_ROWS = ".rows"


class TableWithRows(nn.Module):
    """A token table (V, H), for look-up or as head, whose ``rows`` from ``first`` on are a parameter of their own.

    The others stay as they are: they need no gradient, no state of the optimiser, and no weight decay moves them.
    """

    def __init__(self, table: nn.Embedding | nn.Linear, rows: nn.Parameter, first: int) -> None:
        super().__init__()
        self.weight = table.weight
        self.weight.requires_grad_(False)
        self.bias = getattr(table, "bias", None)
        self.rows = rows
        self.first = first
        self.is_head = isinstance(table, nn.Linear)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Token ids to embeddings, or of a head hidden states to logits."""
        if self.is_head:
            logits = torch.cat([F.linear(x, self.weight[: self.first]), F.linear(x, self.rows.to(x.dtype))], -1)
            return logits if self.bias is None else logits + self.bias
        known = F.embedding(x.clamp_max(self.first - 1), self.weight)
        new = F.embedding((x - self.first).clamp_min(0), self.rows)
        return torch.where((x < self.first)[..., None], known.to(new.dtype), new)


def choose_trainable(
    model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, settings: FineTuningSettings
) -> None:
    """Freeze the model but for what ``settings`` lets learn, which becomes float32; adds adapters where they lack.

    Raises TrainingError where [SEG] does not stand right before the identifiers, and for a quantised or bare model
    that can't be trained in full.
    """
    if settings.language == "lora" and model.config.lora is None:
        lora = dict(settings.lora or DEFAULT_LORA)
        add_adapters(model.language_model, lora)
        model.config.lora = processor.config.lora = lora
    model.requires_grad_(False)
    for part in _learning_parts(model):
        part.requires_grad_(True)
    if settings.language == "full":
        model.language_model.requires_grad_(True)
    else:
        for name, parameter in model.language_model.named_parameters():
            parameter.requires_grad_("lora_" in name)
        _separate_rows(model, processor.seg_id)
    if settings.train_encoder:
        if model.encoder is None:
            raise TrainingError("train_encoder: this model has no scene encoder")
        model.encoder.requires_grad_(True)
    if model.config.segments and model.config.as_published:
        for cross in model.mask_decoder.cross_attn_layers:  # as published, without effect
            cross.norm.requires_grad_(False)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def parameter_groups(module: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """For an optimiser: what decays, and what is 1-D and does not."""
    learning = [p for p in module.parameters() if p.requires_grad]
    return [
        {"params": [p for p in learning if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in learning if p.ndim <= 1], "weight_decay": 0.0},
    ]


def whole_tables(state: dict[str, torch.Tensor], model: OpenMaskDINO3DModel) -> dict[str, torch.Tensor]:
    """The state of a model with its new rows back in their tables, as ``save_pretrained`` takes it."""
    whole = {name: t for name, t in state.items() if not name.endswith(_ROWS)}
    for name, rows in state.items():
        if name.endswith(_ROWS):
            table = name.removesuffix(_ROWS) + ".weight"
            whole[table] = torch.cat([whole[table][: -len(rows)], rows.to(whole[table].dtype)])
    if model.language_model.config.tie_word_embeddings:
        whole = {name: t for name, t in whole.items() if name != "language_model.lm_head.weight"}
    return whole


def _learning_parts(model: OpenMaskDINO3DModel) -> list[nn.Module]:
    names = ("object_tokens", "object_query", "object_key", "text_hidden_fcs", "mask_decoder")
    return [getattr(model, name) for name in names if hasattr(model, name)]


def _separate_rows(model: OpenMaskDINO3DModel, seg_id: int) -> None:
    first = model.first_object_id - 1
    if seg_id != first:
        raise TrainingError(
            f"[SEG] is token {seg_id}, but it must be {first}, right before the identifiers: add it to the tokenizer "
            "first and the identifiers after it"
        )
    language = model.language_model
    table, head = language.get_input_embeddings(), language.get_output_embeddings()
    if isinstance(table, TableWithRows):
        return
    rows = nn.Parameter(table.weight[first:].detach().float().clone())
    language.set_input_embeddings(TableWithRows(table, rows, first))
    if head.weight is not table.weight:
        rows = nn.Parameter(head.weight[first:].detach().float().clone())
    language.set_output_embeddings(TableWithRows(head, rows, first))
