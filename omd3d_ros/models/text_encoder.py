"""all-MiniLM-L6-v2 as packaged: contextual states of a text's word pieces, and sentence embeddings of phrases."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from tokenizers import Tokenizer
from torch import nn

if TYPE_CHECKING:
    from transformers import BertModel

PACKAGED = Path(__file__).parent / "weights" / "minilm"
MAX_PIECES = 128  # [CLS] and [SEP] included
_CACHED = 4096  # phrases
_BATCH = 64  # texts that go through the network together


class TextEncoderError(RuntimeError):
    """The folder holds no text encoder; the message says what is wrong with it."""


@dataclass(frozen=True)
class Pieces:
    """A text's word pieces: ``ids`` and per piece the characters [start, end) of the text that it stands for.

    [CLS] and [SEP] come first and last, with (0, 0).  ``truncated``: the text went on.
    """

    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    truncated: bool

    def __len__(self) -> int:
        return len(self.ids)


class TextEncoder(nn.Module):
    """A frozen BERT encoder with its tokenizer, in float32 and evaluation mode whatever happens around it."""

    def __init__(self, bert: BertModel, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.bert = bert.eval().requires_grad_(False)
        self.width: int = bert.config.hidden_size
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_PIECES)
        self._embedded: OrderedDict[str, torch.Tensor] = OrderedDict()

    @classmethod
    def from_pretrained(cls, folder: str | Path = PACKAGED) -> TextEncoder:
        """From config.json, model.safetensors and tokenizer.json; raises TextEncoderError where they are not right."""
        from transformers import BertModel
        from transformers.utils.logging import disable_progress_bar

        folder = Path(folder)
        missing = [n for n in ("config.json", "model.safetensors", "tokenizer.json") if not (folder / n).is_file()]
        if missing:
            raise TextEncoderError(f"{folder} has no {', '.join(missing)}")
        disable_progress_bar()
        try:
            loaded: Any = BertModel.from_pretrained(
                folder, add_pooling_layer=False, dtype=torch.float32, local_files_only=True, output_loading_info=True
            )
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as e:  # tokenizers raises plain Exception
            raise TextEncoderError(f"{folder} can't be loaded: {e}") from e
        bert, found = loaded
        if found["missing_keys"]:
            raise TextEncoderError(f"{folder} lacks tensors: {', '.join(sorted(found['missing_keys'])[:3])}")
        return cls(bert, tokenizer)

    def train(self, mode: bool = True) -> TextEncoder:
        """Stays in evaluation mode: its weights are never trained."""
        return super().train(False)

    @property
    def device(self) -> torch.device:
        return self.bert.device

    def pieces(self, text: str) -> Pieces:
        """At most MAX_PIECES of them."""
        encoding = self._tokenizer.encode(text)
        return Pieces(tuple(encoding.ids), tuple(encoding.offsets), bool(encoding.overflowing))

    def states(self, texts: Sequence[str]) -> list[tuple[torch.Tensor, Pieces]]:
        """Per text the (T, width) float32 states of its T pieces, and the pieces."""
        cut = [self.pieces(text) for text in texts]
        return list(zip(self._run(cut), cut, strict=True))

    def embed(self, phrases: Sequence[str]) -> torch.Tensor:
        """(P, width) float32 sentence embeddings of unit length.  The latest few thousand phrases are remembered."""
        fresh = [p for p in dict.fromkeys(phrases) if p not in self._embedded]
        new = dict(zip(fresh, self._run([self.pieces(p) for p in fresh]), strict=True))
        rows = []
        for phrase in phrases:
            if phrase in new and phrase not in self._embedded:
                self._embedded[phrase] = nn.functional.normalize(new[phrase].mean(0), dim=0)
            self._embedded.move_to_end(phrase)
            rows.append(self._embedded[phrase])
        while len(self._embedded) > _CACHED:
            self._embedded.popitem(last=False)
        return torch.stack(rows) if rows else torch.zeros(0, self.width, device=self.device)

    def _run(self, cut: list[Pieces]) -> list[torch.Tensor]:
        """States in the order given; texts of like length share a batch."""
        order = sorted(range(len(cut)), key=lambda i: len(cut[i]))
        out: dict[int, torch.Tensor] = {}
        for first in range(0, len(order), _BATCH):
            chosen = order[first : first + _BATCH]
            ids = nn.utils.rnn.pad_sequence([torch.tensor(cut[i].ids) for i in chosen], batch_first=True)
            lengths = torch.tensor([len(cut[i]) for i in chosen])
            mask = torch.arange(ids.shape[1]) < lengths[:, None]
            with torch.inference_mode():
                states = self.bert(
                    input_ids=ids.to(self.device), attention_mask=mask.long().to(self.device)
                ).last_hidden_state
            # A copy made outside inference mode may take part in training.
            out.update({i: states[row, : len(cut[i])].clone() for row, i in enumerate(chosen)})
        return [out[i] for i in range(len(cut))]
