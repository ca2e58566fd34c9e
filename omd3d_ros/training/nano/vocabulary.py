"""Words of a language model that writes query programs: it reads questions through a text encoder, so they are few."""

from __future__ import annotations

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from ...language.identifiers import object_token
from ...language.program import OPERATIONS
from ...language.program.spans import operation_word
from ...language.prompt import SEG_TOKEN

PAD, UNKNOWN, START, END = "[PAD]", "[UNK]", "<s>", "</s>"
PROMPT = {"before": "<objects>", "after": "</objects>", "question": "{} <program>"}


def program_vocabulary(max_objects: int) -> PreTrainedTokenizerFast:
    """Special tokens, the prompt's marks, OPERATIONS, ``[SEG]`` and the identifiers, in this order."""
    marks = [PROMPT["before"], PROMPT["after"], PROMPT["question"].split()[-1], "<run>"]
    objects = [object_token(i) for i in range(max_objects)]
    words = [PAD, UNKNOWN, START, END, *marks, *map(operation_word, OPERATIONS), SEG_TOKEN, *objects]
    backend = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token=UNKNOWN))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, unk_token=UNKNOWN, pad_token=PAD, bos_token=START, eos_token=END,
        additional_special_tokens=[SEG_TOKEN, *objects],
    )  # fmt: skip
