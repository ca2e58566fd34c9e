"""A model to train that is no folder of weights yet: a preset's form around a base language model, or all new."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from ..language.identifiers import object_token
from ..language.prompt import SEG_TOKEN
from ..models.checkpoints import read_checkpoint
from ..models.checkpoints.parts import spformer_part
from ..models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ..models.openmaskdino3d.base_language import model_around, read_base
from .settings import TrainingError

_VOCABULARY = 8000
_STARTS = {"bos": "<s>", "eos": "</s>", "pad": "<pad>", "unk": "<unk>"}


@dataclass(frozen=True)
class Sources:
    """llm: folder of the base language model, None for one with random weights of the preset's sizes; spformer: file
    of the scene encoder's weights, None for random ones; dtype: of the base language model."""

    llm: Path | None = None
    spformer: Path | None = None
    dtype: torch.dtype = torch.float32


def new_model(
    settings: dict[str, Any],
    channels: tuple[int, int],
    texts: Iterable[str],
    sources: Sources,
    seed: int,
) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    """settings: a preset's ``model``; channels: point and image features of an object in the data; texts: what a
    vocabulary is made of where there is no base language model.

    The same seed makes the same model.  Raises TrainingError or CheckpointError for settings or files that make none.
    """
    torch.manual_seed(seed)
    content = deepcopy(settings)
    content["object_features"] = {"point_channels": channels[0], "image_channels": channels[1]}
    if content.get("segmentor", {}).get("type") == "spformer" and sources.spformer is None:
        content["segmentor"] = {"type": "geometric"}  # there are no weights for the preset's
        content.pop("categories", None)
    objects = content.get("max_objects", 100)
    sizes = content.pop("llm", {"model_type": "llama"})
    if sources.llm is None:
        tokenizer = _trained_tokenizer(texts)
    else:
        sizes, tokenizer = read_base(sources.llm)
    tokenizer.add_tokens([SEG_TOKEN, *(object_token(i) for i in range(objects))], special_tokens=True)
    ids = {f"{n}_token_id": getattr(tokenizer, f"{n}_token_id") for n in ("bos", "eos", "pad")}
    try:
        config = OpenMaskDINO3DConfig(llm={**sizes, "vocab_size": len(tokenizer), **ids}, **content)
    except (TypeError, ValueError) as error:
        raise TrainingError(f"the preset's model can't be made: {error}") from error
    model = OpenMaskDINO3DModel(config) if sources.llm is None else model_around(sources.llm, config, sources.dtype)
    if sources.spformer is not None:
        _load_encoder(model, sources.spformer)
    return model, OpenMaskDINO3DProcessor(tokenizer, config)


def _load_encoder(model: OpenMaskDINO3DModel, path: Path) -> None:
    part = spformer_part(read_checkpoint(path), None, torch.float32, False)
    given = {n: t for n, t in part.tensors.items() if n.startswith(("encoder.", "segmentor."))}
    own = model.state_dict()
    wrong = [n for n, t in given.items() if n in own and own[n].shape != t.shape]
    missing = [n for n in own if n.startswith("encoder.") and n not in given and "num_batches" not in n]
    if wrong or missing:
        raise TrainingError(f"{path} does not fit the preset's encoder and segmentor: {(wrong + missing)[0]} differs")
    model.load_state_dict({n: t for n, t in given.items() if n in own}, strict=False)


def _trained_tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerBase:
    """Byte pairs of what the data says, so that no text is unknown."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY, special_tokens=list(_STARTS.values()), show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    backend.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=backend, **{f"{n}_token": t for n, t in _STARTS.items()})
