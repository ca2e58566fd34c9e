"""Loading weights from a local folder: safetensors only, nothing downloaded, nothing unpickled."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from .openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor


class WeightsError(ValueError):
    """The weights are missing or don't fit; the message says what would be right."""


def load_model(
    folder: str | os.PathLike, device: str | None = None
) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    """The model in evaluation mode and its processor; device None: the GPU if there is one.  Raises WeightsError."""
    from safetensors import SafetensorError
    from transformers.utils import logging

    from .openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

    path = Path(folder)
    missing = [n for n in ("config.json", "model.safetensors", "tokenizer.json") if not (path / n).is_file()]
    if missing:
        raise WeightsError(f"{path} has no {', '.join(missing)}: train with `omd3d train` or name another preset")
    logging.disable_progress_bar()
    try:
        model = OpenMaskDINO3DModel.from_pretrained(path, dtype=torch.float32, local_files_only=True)
        processor = OpenMaskDINO3DProcessor.from_pretrained(path)
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, SafetensorError) as e:
        raise WeightsError(f"{path} can't be loaded: {e}") from e
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    model.to(torch.device(device))  # type: ignore[arg-type]  # transformers' wrapper hides the signature
    return model.eval(), processor
