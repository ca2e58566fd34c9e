"""Tiny models of random weights: one that speaks a made-up vocabulary, one that writes query programs."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from omd3d_ros.language.identifiers import object_token
from omd3d_ros.language.prompt import SEG_TOKEN
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from omd3d_ros.training.nano.vocabulary import PROMPT, program_vocabulary

WORDS = "objects user assistant a the red chair table where is what no here : . ?".split()  # noqa: SIM905 - reads better
OBJECTS = 12
LLAMA = {
    "model_type": "llama", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 4, "tie_word_embeddings": True, "bos_token_id": 2,
    "eos_token_id": 3, "pad_token_id": 0,
}  # fmt: skip
SIZES = {
    "encoder": {"width": 32, "layers": 2, "heads": 4, "pair_width": 8},
    "segmentor": {"key_width": 16},
    "mask_decoder": {"d_model": 32, "num_layer": 2, "nhead": 4, "hidden_dim": 64},
    "max_objects": OBJECTS,
    "max_new_tokens": 10,
}


def tiny_model(**changes) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    """Seeded random weights; ``changes`` go to the configuration."""
    objects = [object_token(i) for i in range(OBJECTS)]
    vocabulary = ["[PAD]", "[UNK]", "<s>", "</s>", *WORDS, SEG_TOKEN, *objects]
    backend = Tokenizer(models.WordPiece({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece(prefix="##")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        unk_token="[UNK]",
        pad_token="[PAD]",
        bos_token="<s>",
        eos_token="</s>",
        additional_special_tokens=[SEG_TOKEN, *objects],
    )
    llm = {**LLAMA, "vocab_size": len(vocabulary)}
    torch.manual_seed(0)
    config = OpenMaskDINO3DConfig(**{**SIZES, "categories": ["chair", "table", "object"], "llm": llm, **changes})
    return OpenMaskDINO3DModel(config).eval(), OpenMaskDINO3DProcessor(tokenizer, config)


def tiny_program_model(**changes) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    """The same sizes around the packaged text encoder; ``changes`` go to the configuration."""
    tokenizer = program_vocabulary(OBJECTS)
    settings = {
        **SIZES, "categories": ["chair", "lamp", "object", "table"], "llm": {**LLAMA, "vocab_size": len(tokenizer)},
        "prompt": PROMPT, "text_encoder": {"name": "minilm", "width": 384},
        "object_classifier": {"width": 16, "layers": 1}, "proposal_quality": {"hidden": 4},
        "naming": {"hidden": 16, "prototypes": 1}, "tie_object_logits": False,
    }  # fmt: skip
    torch.manual_seed(0)
    config = OpenMaskDINO3DConfig(**{**settings, **changes})
    return OpenMaskDINO3DModel(config).eval(), OpenMaskDINO3DProcessor(tokenizer, config)
