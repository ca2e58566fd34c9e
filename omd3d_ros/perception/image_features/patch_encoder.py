"""PatchEncoder: DINOv2's patch features of views, each computed once."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from .framing import Framing
from .views import View, picture_camera

if TYPE_CHECKING:
    from transformers import Dinov2Model

CACHE_BYTES = 512 << 20


class PatchEncoder:
    """Runs the model, on its device and in its dtype, over views and keeps their features.

    framing: how images are sized.  batch_size: images at once.  cache_bytes: bound of what is kept; the views that
    were not asked for the longest go first.  Not thread-safe.
    """

    def __init__(
        self, model: Dinov2Model, framing: Framing, batch_size: int = 8, cache_bytes: int = CACHE_BYTES
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self.model = model.eval()
        self.framing = framing
        self.batch_size = batch_size
        self.cache_bytes = cache_bytes
        self._kept: OrderedDict[tuple[int, float], torch.Tensor] = OrderedDict()
        self._kept_bytes = 0

    @property
    def width(self) -> int:
        """Channels of a feature."""
        return self.model.config.hidden_size

    @property
    def device(self) -> torch.device:
        return self.model.device

    def features(self, views: Sequence[View]) -> Iterator[tuple[int, torch.Tensor]]:
        """The place of each view in ``views``, in no order, with its features (rows * columns, width).

        Raises ValueError where a colour image is of another size than its camera.
        """
        missing: dict[tuple[int, int], list[int]] = defaultdict(list)
        for i, view in enumerate(views):
            kept = self._kept.get(_key(view))
            if kept is None:
                camera = picture_camera(view)
                missing[camera.height, camera.width].append(i)
            else:
                self._kept.move_to_end(_key(view))
                yield i, kept
        for places in missing.values():
            for start in range(0, len(places), self.batch_size):
                batch = places[start : start + self.batch_size]
                for i, encoded in zip(batch, self._encoded([views[i] for i in batch]), strict=True):
                    self._keep(views[i], encoded)
                    yield i, encoded

    def forget(self) -> None:
        """Drop all kept features: for a new set of views, whose ids begin anew."""
        self._kept.clear()
        self._kept_bytes = 0

    @torch.no_grad()
    def _encoded(self, views: list[View]) -> torch.Tensor:
        """(B, rows * columns, width) of views of one size."""
        images = torch.from_numpy(np.stack([_picture(view) for view in views])).to(self.device)
        pixels = self.framing(images.permute(0, 3, 1, 2).float())
        return self.model(pixel_values=pixels.to(self.model.dtype)).last_hidden_state[:, 1:]

    def _keep(self, view: View, features: torch.Tensor) -> None:
        size = features.numel() * features.element_size()
        if _key(view) in self._kept or size > self.cache_bytes:
            return
        while self._kept_bytes + size > self.cache_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= oldest.numel() * oldest.element_size()
        # A slice would keep the whole batch alive.
        self._kept[_key(view)] = features.clone()
        self._kept_bytes += size


def patch_size(model: Dinov2Model) -> int:
    """Pixels along a side of the model's patches; raises ValueError where they are not square."""
    size = model.config.patch_size
    sides = {size} if isinstance(size, int) else set(size)
    if len(sides) != 1:
        raise ValueError(f"patches must be square, got {size}")
    return sides.pop()


def _key(view: View) -> tuple[int, float]:
    """The stamp tells views of two maps apart, should someone forget to ``forget``."""
    return view.id, view.stamp


def _picture(view: View) -> np.ndarray:
    rgb, camera = view.rgb(), picture_camera(view)
    if rgb.shape != (camera.height, camera.width, 3) or rgb.dtype != np.uint8:
        raise ValueError(
            f"view {view.id}: colour must be ({camera.height}, {camera.width}, 3) uint8 as its camera says, "
            f"got {rgb.shape} {rgb.dtype}"
        )
    return rgb
