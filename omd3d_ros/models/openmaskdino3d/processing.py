"""OpenMaskDINO3DProcessor: words to token ids and back, around a ``transformers`` tokenizer."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from ...language.identifiers import object_token
from ...language.pieces import decode_pieces
from ...language.program import OPERATIONS
from ...language.program.spans import ProgramCodec, operation_word
from ...language.prompt import SEG_TOKEN, ReadQuestion
from ..text_encoder import TextEncoder
from .configuration import OpenMaskDINO3DConfig


class TokenizerError(ValueError):
    """The tokenizer lacks what the prompt needs; the message says what."""


def clean(query: str) -> str:
    """A question as it is read: normalised, without control characters, [SEG] and needless space."""
    text = unicodedata.normalize("NFKC", query).replace(SEG_TOKEN, " ")
    text = "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)
    return " ".join(text.split())


@lru_cache
def packaged_text_encoder(name: str) -> TextEncoder:
    """The text encoder of this name among the package's weights; loaded once."""
    return TextEncoder.from_pretrained(Path(__file__).parents[1] / "weights" / name)


def _codec(vocabulary: dict[str, int], size: int) -> ProgramCodec:
    ids = [vocabulary.get(operation_word(operation)) for operation in OPERATIONS]
    if ids[0] is None or ids != list(range(ids[0], ids[0] + len(ids))):
        raise TokenizerError("the tokenizer lacks the operations of query programs, or has them in another order")
    return ProgramCodec(ids[0], size)


class OpenMaskDINO3DProcessor:
    """Token ids for the parts of the prompt, and text for what the model says.

    Each part is tokenised on its own, as in training.  Raises TokenizerError for a tokenizer without ``[SEG]``,
    without the identifiers as its last ``max_objects`` entries, or without an end token.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, config: OpenMaskDINO3DConfig, text_encoder: TextEncoder | None = None
    ) -> None:
        """text_encoder: the one that the configuration names, where it has been loaded already."""
        self.tokenizer = tokenizer
        self.config = config
        self._text_encoder = text_encoder
        self.seg_id: Any = tokenizer.convert_tokens_to_ids(SEG_TOKEN)
        self.eos_id = tokenizer.eos_token_id
        if self.seg_id is None or self.seg_id == tokenizer.unk_token_id or self.eos_id is None:
            raise TokenizerError(f"the tokenizer has no {SEG_TOKEN if self.eos_id is not None else 'end'} token")
        last = tokenizer.convert_tokens_to_ids(object_token(config.max_objects - 1))
        if last != len(tokenizer) - 1:
            raise TokenizerError(f"the tokenizer must end with {config.max_objects} identifiers; add them last")
        vocabulary = tokenizer.get_vocab()
        self.programs = _codec(vocabulary, len(tokenizer)) if config.text_encoder is not None else None
        self._has_pieces = "<0x0A>" in vocabulary and "\u2581" in vocabulary  # SentencePiece, as LLaMA's
        self._special = {*tokenizer.get_added_vocab(), *tokenizer.all_special_tokens}
        self.before = self._ids(config.prompt["before"], start=True)
        self.after = self._ids(config.prompt["after"])

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike) -> OpenMaskDINO3DProcessor:
        config = OpenMaskDINO3DConfig.from_pretrained(folder)
        return cls(AutoTokenizer.from_pretrained(folder, local_files_only=True), config)

    def save_pretrained(self, folder: str | os.PathLike) -> None:
        self.tokenizer.save_pretrained(folder)

    @property
    def text_encoder(self) -> TextEncoder:
        """What reads the questions of a model that writes programs; loaded when it is first needed."""
        if self._text_encoder is None:
            if self.config.text_encoder is None:
                raise TokenizerError("this model reads questions from its own table of words")
            self._text_encoder = packaged_text_encoder(self.config.text_encoder["name"])
        return self._text_encoder

    def question(self, query: str) -> torch.Tensor:
        """Token ids of a question up to where the answer begins; control characters and [SEG] in it are dropped."""
        text = self.config.prompt["question"].replace("{}", clean(query))
        return self._ids(self._spaced(text) if self.config.evaluation_as_published else text)

    def read(self, queries: Sequence[str]) -> list[ReadQuestion]:
        """Questions as the text encoder reads them, up to where their programs begin."""
        texts = [clean(query) for query in queries]
        begin = self._ids(self.config.prompt["question"].replace("{}", " "))
        return [
            ReadQuestion(text, states, list(pieces.offsets), begin)
            for text, (states, pieces) in zip(texts, self.text_encoder.states(texts), strict=True)
        ]

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
        unspoken[self.seg_id] |= not self.config.segments
        return unspoken

    def decode(self, ids: list[int]) -> str:
        """Readable text: identifiers kept, [SEG] and the end token dropped."""
        words = [i for i in ids if i not in (self.seg_id, self.eos_id)]
        text = re.sub(r"\s+([.,:;?!])", r"\1", " ".join(self._text(words).split())).strip(" ,:")
        return text[:1].upper() + text[1:]

    def decode_as_published(self, ids: list[int]) -> str:
        """Text as the original's evaluation reads it: up to the end token, [SEG] included."""
        text = self._text(ids).split(str(self.tokenizer.eos_token))[0]
        return text.replace("  ", " ").replace(" .", ".").strip()

    def _text(self, ids: list[int]) -> str:
        if self._has_pieces:
            return decode_pieces(self.tokenizer.convert_ids_to_tokens(ids), self._special)
        return str(self.tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def _spaced(self, text: str) -> str:
        """One more space before a part.  Tokenizers that put a space there themselves swallow one that is given."""
        swallowed = torch.equal(self._ids(" " + text), self._ids(text))
        return f"{'  ' if swallowed else ' '}{text}"

    def _ids(self, text: str, start: bool = False) -> torch.Tensor:
        ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        if start and self.tokenizer.bos_token_id is not None:
            ids = [self.tokenizer.bos_token_id, *ids]
        return torch.tensor(ids, dtype=torch.long)
