"""A model of the published layout around a LLaMA of any size, with random weights and a made-up vocabulary."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from ..language.identifiers import object_token
from ..language.prompt import SEG_TOKEN, SceneTokens
from ..models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

CHANNELS = 1024  # of either feature of an object
HEAD = 32  # channels
WORDS = 1000


def random_llama(
    width: int, layers: int, objects: int, tokens: int, device: torch.device | str = "cpu"
) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    """Four tokens for each of up to ``objects`` objects, answers of ``tokens`` tokens; always the same weights."""
    llm = {
        "model_type": "llama", "hidden_size": width, "intermediate_size": 3 * width, "num_hidden_layers": layers,
        "num_attention_heads": width // HEAD, "num_key_value_heads": width // HEAD, "vocab_size": WORDS + objects,
        "tie_word_embeddings": False, "max_position_embeddings": 4096, "bos_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip
    config = OpenMaskDINO3DConfig(
        encoder={"type": "none"}, segmentor={"type": "mask3d"}, segments=False, llm=llm, max_objects=objects,
        object_features={"point_channels": CHANNELS, "image_channels": CHANNELS}, prompt="published",
        object_layout="id point image location", location_encoding="box", normalize_features=True,
        bidirectional=False, tie_object_logits=False, generation={"min_new_tokens": tokens}, max_new_tokens=tokens,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = OpenMaskDINO3DModel(config)
    return model.eval().to(device), made_up_processor(config)


def random_scene(objects: int, device: torch.device | str = "cpu") -> SceneTokens:
    """Objects with random features and boxes; always the same."""
    g = torch.Generator().manual_seed(1)
    features, boxes = torch.randn(objects, 2 * CHANNELS, generator=g), torch.rand(objects, 6, generator=g)
    return SceneTokens(features.to(device), boxes.to(device), torch.arange(objects, device=device))


def made_up_processor(config: OpenMaskDINO3DConfig) -> OpenMaskDINO3DProcessor:
    """With a vocabulary of the configured size, in which every word and mark is one token."""
    llm = config.llm
    objects = [object_token(i) for i in range(config.max_objects)]
    words = llm["vocab_size"] - len(objects) - 1
    vocabulary = {f"word{i}": i for i in range(words)}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="word0"))
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        unk_token="word0",
        bos_token=f"word{llm['bos_token_id']}",
        eos_token=f"word{llm['eos_token_id']}",
        additional_special_tokens=[SEG_TOKEN, *objects],
    )
    return OpenMaskDINO3DProcessor(tokenizer, config)
