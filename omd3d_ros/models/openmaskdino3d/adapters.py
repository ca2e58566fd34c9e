"""LoRA adapters (Hu et al. 2021) on a language model, through peft."""

from __future__ import annotations

import logging
from typing import Any

from torch import nn


def add_adapters(language_model: nn.Module, lora: dict[str, Any]) -> None:
    """Put adapters into the model itself; lora: arguments of peft's LoraConfig."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # peft imports it, and it warns of kernels for 4 bits
    from peft import LoraConfig, inject_adapter_in_model

    inject_adapter_in_model(LoraConfig(**lora), language_model)


def merge_adapters(language_model: nn.Module) -> None:
    """Add what the adapters do to the weights that they stand on, and take them out."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    adapted = [(name, m) for name, m in language_model.named_modules() if isinstance(m, BaseTunerLayer)]
    for name, layer in adapted:
        layer.merge()
        parent, _, child = name.rpartition(".")
        setattr(language_model.get_submodule(parent), child, layer.get_base_layer())
