"""From camera images to what DINOv2 takes: two ways to size them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch.nn import functional as F

_MEAN = (0.485, 0.456, 0.406)  # of ImageNet, as DINOv2 was trained
_STD = (0.229, 0.224, 0.225)


class Framing(Protocol):
    """How images are sized for a vision transformer."""

    def grid(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of patches of an image of this size."""

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) float32 in 0..255 -> as many whole patches, normalised."""


@dataclass(frozen=True)
class WholeFrame:
    """Nothing is cut off: the shorter side is scaled to about ``short_side``, both to whole patches."""

    patch: int
    short_side: int

    def grid(self, height: int, width: int) -> tuple[int, int]:
        scale = max(round(self.short_side / self.patch), 1) / min(height, width)
        return max(round(height * scale), 1), max(round(width * scale), 1)

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        rows, columns = self.grid(images.shape[2], images.shape[3])
        return _normalised(_resized(images, rows * self.patch, columns * self.patch))


@dataclass(frozen=True)
class CentreCrop:
    """The published processor: the shorter side is scaled to 256, the middle 224 x 224 are kept."""

    patch: int
    resized: int = 256
    cropped: int = 224

    def __post_init__(self) -> None:
        if self.cropped % self.patch:
            raise ValueError(f"patches must divide the crop of {self.cropped} pixels, got patches of {self.patch}")

    def grid(self, height: int, width: int) -> tuple[int, int]:
        return self.cropped // self.patch, self.cropped // self.patch

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        height, width = images.shape[2:]
        shorter = min(height, width)
        images = _resized(images, height * self.resized // shorter, width * self.resized // shorter)
        top, left = ((side - self.cropped) // 2 for side in images.shape[2:])
        return _normalised(images[:, :, top : top + self.cropped, left : left + self.cropped])


def _resized(images: torch.Tensor, height: int, width: int) -> torch.Tensor:
    scaled = F.interpolate(images, (height, width), mode="bicubic", antialias=True)
    return scaled.round().clamp(0, 255)


def _normalised(images: torch.Tensor) -> torch.Tensor:
    mean, std = (images.new_tensor(values)[:, None, None] for values in (_MEAN, _STD))
    return (images / 255 - mean) / std
