"""QuestionReader: how the language model reads the states of a text encoder and points back at them."""

from __future__ import annotations

import torch
from torch import nn


class QuestionReader(nn.Module):
    """Pieces of a question as input embeddings, and as what a pointer may point at (Vinyals et al. 2015).

    width: of the text encoder's states; hidden: of the language model.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.states = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, hidden))
        self.pointed = nn.Parameter(torch.randn(hidden) * 0.02)
        self.query = nn.Linear(hidden, hidden, bias=False)
        self.key = nn.Linear(hidden, hidden, bias=False)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """(T, width) states -> (T, hidden) input embeddings of the pieces."""
        return self.states(states)

    def pointers(self, pieces: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        """(n, hidden) input embeddings of pointers at the pieces ``chosen`` (n,), from their embeddings (T, hidden)."""
        return pieces[chosen] + self.pointed

    def logits(self, hidden: torch.Tensor, pieces: torch.Tensor) -> torch.Tensor:
        """(n, T): how much each of the final states (n, hidden) points at each piece's final state (T, hidden)."""
        return self.query(hidden) @ self.key(pieces).T / hidden.shape[-1] ** 0.5
