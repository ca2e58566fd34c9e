"""The prompt: scene first, question last, in one packed sequence that several questions can share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

SEG_TOKEN = "[SEG]"


@dataclass
class SceneTokens:
    """One scene for the language model: features (K, D), boxes (K, 6) in the aligned frame, slots (K,) identifiers.

    extent (2, 3): least and greatest coordinate of the scene's object centres, None for those of these objects.
    """

    features: torch.Tensor
    boxes: torch.Tensor
    slots: torch.Tensor
    extent: torch.Tensor | None = None


def shown_objects(features: torch.Tensor, boxes: torch.Tensor, assigned: Sequence[int]) -> SceneTokens:
    """Objects with features (K, D) and boxes (K, 6) as the model is shown them: slot i has object assigned[i].

    Slots whose object there is not stay empty.
    """
    slots = [i for i, k in enumerate(assigned) if k < len(boxes)]
    order = torch.tensor([assigned[i] for i in slots], dtype=torch.long)
    return SceneTokens(features[order], boxes[order], torch.tensor(slots, dtype=torch.long))


@dataclass
class ReadQuestion:
    """A question as a text encoder has read it, and what has been written after it.

    text: the question; states (T, D): one contextual state per piece; offsets (T, 2): the characters of ``text`` that
    each piece covers, (0, 0) for marks of the encoder's own; ids (n,): token ids after the question, of which those
    from the size of the vocabulary on point at its pieces.
    """

    text: str
    states: torch.Tensor
    offsets: list[tuple[int, int]]
    ids: torch.Tensor

    def __len__(self) -> int:
        return len(self.states) + len(self.ids)

    def then(self, ids: torch.Tensor) -> ReadQuestion:
        """The same with more ids written."""
        return ReadQuestion(self.text, self.states, self.offsets, torch.cat([self.ids, ids]))

    def to(self, device: torch.device | str) -> ReadQuestion:
        return ReadQuestion(self.text, self.states.to(device), self.offsets, self.ids.to(device))


@dataclass
class Layout:
    """Where things lie in a packed sequence of length L.

    segment (L,) long: 0 the shared scene prefix, j >= 1 the j-th question, -1 padding; is_object (L,) bool;
    object_of (L,) long: slot of the object a token belongs to, -1 elsewhere; position (L,) long.
    """

    segment: torch.Tensor
    is_object: torch.Tensor
    object_of: torch.Tensor
    position: torch.Tensor


def pack(before: int, objects: int, tokens_per_object: int, after: int, questions: list[int]) -> Layout:
    """Layout of ``before`` text tokens, the objects, ``after`` text tokens, and questions of the given lengths."""
    prefix = before + objects * tokens_per_object + after
    segment = [0] * prefix
    position = list(range(prefix))
    for j, length in enumerate(questions):
        segment += [j + 1] * length
        position += range(prefix, prefix + length)
    is_object = torch.zeros(len(segment), dtype=torch.bool)
    object_of = torch.full((len(segment),), -1)
    first, last = before, before + objects * tokens_per_object
    is_object[first:last] = True
    object_of[first:last] = torch.arange(objects).repeat_interleave(tokens_per_object)
    return Layout(torch.tensor(segment), is_object, object_of, torch.tensor(position))


def attention(layout: Layout, bidirectional: bool, window: int | None = None) -> torch.Tensor:
    """(L, L) bool, True where row may look at column: the own question and the prefix, causally.

    With ``bidirectional`` the object tokens see one another both ways, so that their order says nothing.  window: of a
    layer that looks back at no more tokens than these, itself included.
    """
    length = len(layout.segment)
    row, column = layout.segment[:, None], layout.segment[None]
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    if bidirectional:
        causal = causal | (layout.is_object[:, None] & layout.is_object[None])
    allowed = ((column == 0) | (column == row)) & (row >= 0) & (column >= 0) & causal
    if window is not None:
        allowed &= layout.position[:, None] - layout.position < window
    return allowed | torch.eye(length, dtype=torch.bool)
