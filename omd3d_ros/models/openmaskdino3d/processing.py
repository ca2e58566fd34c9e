"""OpenMaskDINO3DProcessor: words to token ids and back, around a ``transformers`` tokenizer."""

from __future__ import annotations

import os
import re
import unicodedata

import torch
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from ...language.prompt import SEG_TOKEN
from .configuration import OpenMaskDINO3DConfig


class OpenMaskDINO3DProcessor:
    """Token ids for the parts of the prompt, and text for what the model says."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, config: OpenMaskDINO3DConfig) -> None:
        self.tokenizer = tokenizer
        self.config = config
        self.seg_id = tokenizer.convert_tokens_to_ids(SEG_TOKEN)
        self.eos_id = tokenizer.eos_token_id
        self.before = self._ids(config.prompt["before"], start=True)
        self.after = self._ids(config.prompt["after"])

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike) -> OpenMaskDINO3DProcessor:
        config = OpenMaskDINO3DConfig.from_pretrained(folder)
        return cls(AutoTokenizer.from_pretrained(folder, local_files_only=True), config)

    def save_pretrained(self, folder: str | os.PathLike) -> None:
        self.tokenizer.save_pretrained(folder)

    def question(self, query: str) -> torch.Tensor:
        """Token ids of a question up to where the answer begins."""
        text = unicodedata.normalize("NFKC", query).replace(SEG_TOKEN, " ")
        text = "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)
        return self._ids(f"{self.config.prompt['user']} {' '.join(text.split())} {self.config.prompt['assistant']}")

    def answer(self, text: str) -> torch.Tensor:
        """Token ids of an answer with its end token."""
        return torch.cat([self._ids(text), torch.tensor([self.eos_id])])

    @property
    def unspoken(self) -> torch.Tensor:
        """(V,) bool, True for what an answer may not use."""
        unspoken = torch.zeros(len(self.tokenizer), dtype=torch.bool)
        if self.config.spoken_ids is not None:
            unspoken[: len(self.tokenizer) - self.config.max_objects] = True
            unspoken[torch.tensor([self.seg_id, self.eos_id, *self.config.spoken_ids])] = False
        return unspoken

    def decode(self, ids: list[int]) -> str:
        """Readable text: identifiers kept, [SEG] and the end token dropped."""
        words = [i for i in ids if i not in (self.seg_id, self.eos_id)]
        pieces = str(self.tokenizer.decode(words, skip_special_tokens=False, clean_up_tokenization_spaces=False))
        text = re.sub(r"\s+([.,:;?!])", r"\1", " ".join(pieces.split())).strip(" ,:")
        return text[:1].upper() + text[1:]

    def _ids(self, text: str, start: bool = False) -> torch.Tensor:
        ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        if start:
            ids = [self.tokenizer.bos_token_id, *ids]
        return torch.tensor(ids, dtype=torch.long)
