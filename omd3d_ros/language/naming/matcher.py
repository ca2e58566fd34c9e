"""A phrase's membership in each of the detector's categories, from its sentence embedding: open vocabulary."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from ...models.text_encoder import TextEncoder

_LEADING = re.compile(r"^(?:the|a|an|some|any|all|this|that|these|those|my|your|our)\s+", re.IGNORECASE)


class NameMatcher(nn.Module):
    """Multi-label: "seat" is a chair, an armchair and a stool; "capital of France" is nothing.

    An embedding is moved by a small residual network, then compared with learned vectors, ``prototypes`` for each
    category: the best one's cosine, scaled and shifted, is the logit.
    """

    def __init__(self, categories: Sequence[str], width: int = 384, hidden: int = 256, prototypes: int = 3) -> None:
        super().__init__()
        self.categories = tuple(categories)
        self.shape = (width, hidden, prototypes)
        self.move = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Dropout(0.2), nn.Linear(hidden, width))
        nn.init.zeros_(self.move[3].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.move[3].bias)  # type: ignore[arg-type]
        self.vectors = nn.Parameter(torch.randn(len(self.categories), prototypes, width) * width**-0.5)
        self.scale = nn.Parameter(torch.tensor(2.5))  # logarithm
        self.bias = nn.Parameter(torch.full((len(self.categories),), -6.5))
        self._encoder: tuple[TextEncoder, ...] = ()  # in a tuple: no submodule, so its weights are not saved here

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        """(P, width) sentence embeddings -> (P, C) logits."""
        moved = nn.functional.normalize(embeddings + self.move(embeddings), dim=-1)
        cosine = torch.einsum("pw,ckw->pck", moved, nn.functional.normalize(self.vectors, dim=-1))
        return self.scale.exp() * cosine.amax(-1) + self.bias

    def use_encoder(self, encoder: TextEncoder) -> NameMatcher:
        """The encoder that ``membership`` is to embed with; without one it loads the packaged one."""
        self._encoder = (encoder,)
        return self

    @torch.inference_mode()
    def membership(self, phrases: Sequence[str]) -> np.ndarray:
        """(P, C) float32, 0..1: how far each phrase means each category."""
        if not self._encoder:
            self.use_encoder(TextEncoder.from_pretrained())
        embeddings = self._encoder[0].embed([plain(p) for p in phrases])
        return self.eval()(embeddings.to(self.bias.device)).sigmoid().cpu().numpy()

    def save(self, path: Path) -> None:
        """One safetensors file with the categories in its header."""
        written = {"categories": json.dumps(self.categories), "shape": json.dumps(self.shape)}
        save_file({n: t.detach().cpu().contiguous() for n, t in self.state_dict().items()}, path, written)

    @classmethod
    def load(cls, path: Path) -> NameMatcher:
        """In evaluation mode, on the CPU."""
        with safe_open(str(path), "pt") as f:
            written = f.metadata()
            matcher = cls(json.loads(written["categories"]), *json.loads(written["shape"]))
            matcher.load_state_dict({name: f.get_tensor(name) for name in f.keys()})  # noqa: SIM118
        return matcher.eval()


def plain(phrase: str) -> str:
    """Without articles and the like before it, and without full stops and exclamation marks after it."""
    text = " ".join(phrase.lower().split()).rstrip(" .!,;:")
    while found := _LEADING.match(text):
        text = text[found.end() :]
    return text
