"""Loading weights from a local folder: safetensors only, nothing downloaded, nothing unpickled."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from .memory import tensor_sizes, too_large

if TYPE_CHECKING:
    from .openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
QUANTIZATIONS = ("8bit", "4bit")
ATTENTIONS = ("eager", "sdpa", "flash_attention_2")
_NEEDED = (
    ("config.json",),
    ("model.safetensors", "model.safetensors.index.json"),
    ("tokenizer.json", "tokenizer.model"),
)


class WeightsError(ValueError):
    """The weights are missing or don't fit; the message says what would be right."""


def load_model(
    folder: str | os.PathLike,
    device: str | None = None,
    dtype: str = "float32",
    quantization: str | None = None,
    attention: str | None = None,
) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    """The model in evaluation mode and its processor.

    device None: the GPU if there is one.  dtype: of the language model and the feature encoders; what makes the masks
    stays float32.  quantization: ``8bit`` or ``4bit`` (the language model's layers, by bitsandbytes).  attention: of
    ATTENTIONS; None: what transformers chooses.  Raises WeightsError, before anything is loaded where the device has
    not the memory for it.
    """
    from safetensors import SafetensorError
    from transformers.utils.logging import disable_progress_bar

    from .openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

    path = Path(folder)
    missing = [" or ".join(names) for names in _NEEDED if not any((path / name).is_file() for name in names)]
    if missing:
        raise WeightsError(
            f"{path} has no {', '.join(missing)}: train with `omd3d train`, convert published weights with "
            "`omd3d convert`, or name another preset"
        )
    _one_of("dtype", dtype, tuple(DTYPES))
    if quantization is not None:
        _one_of("quantization", quantization, QUANTIZATIONS)
    if attention is not None:
        _one_of("attention", attention, ATTENTIONS)
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    disable_progress_bar()
    try:
        config = OpenMaskDINO3DConfig.from_pretrained(path, local_files_only=True)
        reason = too_large(path, tensor_sizes(path), config, place, DTYPES[dtype], quantization)
        if reason:
            raise WeightsError(reason)
        arguments = loading_arguments(place, quantization, attention)
        model = OpenMaskDINO3DModel.from_pretrained(path, dtype=DTYPES[dtype], local_files_only=True, **arguments)
        processor = OpenMaskDINO3DProcessor.from_pretrained(path)
    except WeightsError:
        raise
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, ImportError, SafetensorError) as e:
        raise WeightsError(f"{path} can't be loaded: {e}") from e
    if "device_map" not in arguments:
        model.to(place)  # type: ignore[arg-type]  # transformers' wrapper hides the signature
    return model.eval(), processor


def loading_arguments(device: torch.device, quantization: str | None, attention: str | None) -> dict[str, Any]:
    """For from_pretrained.  On a GPU the weights go there shard by shard, without a whole copy in main memory."""
    arguments: dict[str, Any] = {}
    if attention is not None:
        arguments["attn_implementation"] = attention
    if device.type == "cuda" or quantization is not None:
        arguments["device_map"] = {"": str(device)}
    if quantization is not None:
        arguments["quantization_config"] = _quantization_config(quantization)
    return arguments


def _quantization_config(quantization: str) -> Any:
    from importlib.util import find_spec

    from transformers import BitsAndBytesConfig

    from .openmaskdino3d import OpenMaskDINO3DModel

    if find_spec("bitsandbytes") is None or find_spec("accelerate") is None:
        raise WeightsError(
            f"quantization {quantization} needs bitsandbytes and accelerate: pip install 'omd3d[large,quantized]'"
        )
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it tells of a cast at every layer of every token
    precise = [*(OpenMaskDINO3DModel._keep_in_fp32_modules_strict or []), "point_encoder", "image_encoder"]
    precise.append(r".*\.lora_[AB]")
    if quantization == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=precise)
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16,
        llm_int8_skip_modules=precise,
    )  # fmt: skip


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise WeightsError(f"{name} must be one of {', '.join(known)}, got {value!r}")
