"""How much memory a model folder needs once loaded, and whether the device has it: said before loading, not after."""

from __future__ import annotations

import json
import math
import re
import struct
from pathlib import Path
from typing import Any

import torch

GIB = 1 << 30
Sizes = dict[str, tuple[str, int]]
"""Name -> (type as safetensors names it, number of values)."""
_WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
_QUANTIZED = {"8bit": 1.0, "4bit": 0.5}
_TEXT_TOKENS = 768  # prompt and answer beside the objects
_WORKING_SHARE = 0.1  # activations, and what the allocators keep
_WORKING_LEAST = 300 << 20


def needed_bytes(sizes: Sizes, config: Any, dtype: torch.dtype, quantization: str | None = None) -> int:
    """Weights as they will be held, the key/value cache of a full prompt, and working memory.

    sizes: of ``tensor_sizes`` or ``configured_sizes``; config: OpenMaskDINO3DConfig.
    """
    from .openmaskdino3d import OpenMaskDINO3DModel

    # Searched for within the names, as transformers does.
    precise = re.compile("|".join(OpenMaskDINO3DModel._keep_in_fp32_modules_strict or ["(?!)"]))
    weights = 0.0
    for name, (kind, count) in sizes.items():
        if kind.startswith(("I", "U", "B")) and kind != "BF16":
            weights += count * _WIDTHS[kind]
        elif precise.search(name):
            weights += count * 4
        elif quantization and name.startswith("language_model.") and "norm" not in name:
            weights += count * _QUANTIZED[quantization]
        else:
            weights += count * dtype.itemsize
    cache = cache_bytes(config, dtype)
    return int(weights + cache + max(_WORKING_SHARE * weights, _WORKING_LEAST))


def cache_bytes(config: Any, dtype: torch.dtype) -> int:
    """Keys and values of a prompt with all the objects that a scene may have."""
    from .openmaskdino3d.configuration import parse_layout

    llm = config.llm
    heads = llm.get("num_key_value_heads") or llm.get("num_attention_heads", 0)
    width = llm.get("head_dim") or llm.get("hidden_size", 0) // max(llm.get("num_attention_heads", 1), 1)
    tokens = config.max_objects * len(parse_layout(config.object_layout)) + _TEXT_TOKENS
    return 2 * llm.get("num_hidden_layers", 0) * heads * width * tokens * dtype.itemsize


def available_bytes(device: torch.device) -> int:
    """Free memory of the device; on a CPU within the limit of the container that we may be in."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    free = [_meminfo("MemAvailable")]
    limit, used = (_number(Path("/sys/fs/cgroup") / name) for name in ("memory.max", "memory.current"))
    if limit is not None and used is not None:
        free.append(limit - used)
    return int(min(f for f in free if f is not None)) if any(f is not None for f in free) else 1 << 62


def too_large(
    what: str | Path, sizes: Sizes, config: Any, device: torch.device, dtype: torch.dtype, quantization: str | None
) -> str:
    """Why a model can't be loaded here, with what would be right; empty when it fits.  what: its name or folder."""
    needed, free = needed_bytes(sizes, config, dtype, quantization), available_bytes(device)
    if needed <= free:
        return ""
    other = "a GPU (device: cuda)" if device.type == "cpu" else "a larger GPU"
    smaller = [f"{bits}" for bits in _QUANTIZED if needed_bytes(sizes, config, dtype, bits) <= free]
    advice = f"quantization: {smaller[0]}, " if smaller and quantization is None else ""
    if dtype.itemsize > 2 and needed_bytes(sizes, config, torch.bfloat16, quantization) <= free:
        advice = f"dtype: bfloat16, {advice}"
    return (
        f"{what} needs about {_gib(needed)} of memory on {device}, and {_gib(free)} are free: "
        f"use {advice}{other}, or a smaller preset such as nano"
    )


def tensor_sizes(folder: Path) -> Sizes:
    """Of every tensor in the folder's safetensors files, by their headers."""
    sizes: Sizes = {}
    for file in sorted(folder.glob("*.safetensors")):
        for name, entry in _header(file).items():
            if name != "__metadata__":
                sizes[name] = entry["dtype"], math.prod(entry["shape"])
    return sizes


def configured_sizes(config: Any) -> Sizes:
    """Of every tensor that a model of this OpenMaskDINO3DConfig has, for one that is no folder yet: nothing is made."""
    from .openmaskdino3d import OpenMaskDINO3DModel

    with torch.device("meta"):
        model = OpenMaskDINO3DModel(config)
    kinds = {torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16", torch.int64: "I64", torch.bool: "BOOL"}
    return {name: (kinds[tensor.dtype], tensor.numel()) for name, tensor in model.state_dict().items()}


def _header(file: Path) -> dict[str, Any]:
    """Raises ValueError for a file that is no safetensors file, or shorter than its header says."""
    size = file.stat().st_size
    with open(file, "rb") as f:
        start = f.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
        if length > size - 8:
            raise ValueError(f"{file.name} is damaged: its header does not fit in its {size} bytes")
        try:
            header = json.loads(f.read(length))
            end = max((e["data_offsets"][1] for n, e in header.items() if n != "__metadata__"), default=0)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{file.name} is damaged: its header can't be read ({error})") from error
    if 8 + length + end > size:
        raise ValueError(f"{file.name} is cut off: {size} bytes of {8 + length + end}")
    return header


def _gib(count: int) -> str:
    return f"{count / GIB:.1f} GiB"


def _meminfo(field: str) -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field)), None)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # "max": no limit
        return None
