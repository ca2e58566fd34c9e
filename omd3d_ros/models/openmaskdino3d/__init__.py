"""The OpenMaskDINO3D family: configuration, model, processor."""

from transformers import AutoConfig

from .configuration import OpenMaskDINO3DConfig
from .modeling import OpenMaskDINO3DModel
from .processing import OpenMaskDINO3DProcessor

AutoConfig.register(OpenMaskDINO3DConfig.model_type, OpenMaskDINO3DConfig, exist_ok=True)

__all__ = ["OpenMaskDINO3DConfig", "OpenMaskDINO3DModel", "OpenMaskDINO3DProcessor"]
