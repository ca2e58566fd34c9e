"""LLaMA's layers after a cache: transformers' own forward computes the same."""

from __future__ import annotations

import pytest
import torch
from tiny_model import LLAMA
from transformers import DynamicCache, LlamaConfig, LlamaModel, MistralConfig, MistralModel

from omd3d_ros.language.llama_layers import is_plain_llama, read_after

BEFORE = 20


def a_llama(dtype=torch.float32, **changes) -> LlamaModel:
    torch.manual_seed(0)
    llm = {**LLAMA, "vocab_size": 50, "attn_implementation": "sdpa", **changes}
    model = LlamaModel(LlamaConfig(**llm)).eval().to(dtype)
    for name, weight in model.named_parameters():
        if "norm" in name:
            torch.nn.init.uniform_(weight, 0.5, 1.5)
    return model


def both_ways(model: LlamaModel, n: int, shown: torch.Tensor | None = None, batch: int = 1):
    """Final states by our forward and by transformers', and the caches that they leave."""
    g = torch.Generator().manual_seed(1)
    embeds = torch.randn(batch, BEFORE + n, model.config.hidden_size, generator=g).to(model.dtype)
    position = torch.arange(BEFORE, BEFORE + n).expand(batch, n)
    states, caches = [], []
    for read in ("ours", "theirs"):
        cache = DynamicCache()
        model(inputs_embeds=embeds[:, :BEFORE], cache=cache, use_cache=True)
        if read == "ours":
            states.append(read_after(model, embeds[:, BEFORE:], cache, position, shown))
        else:
            out = model(
                inputs_embeds=embeds[:, BEFORE:], cache=cache, position_ids=position, attention_mask=shown,
                use_cache=True,
            )  # fmt: skip
            states.append(out.last_hidden_state)
        caches.append(cache)
    return states, caches


@pytest.mark.parametrize("n", [1, 7])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"num_key_value_heads": 2},
        {"attention_bias": True, "mlp_bias": True},
        {"head_dim": 16},
        {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 500.0}},
    ],
    ids=["plain", "grouped queries", "biases", "wide heads", "scaled positions"],
)
@torch.inference_mode()
def test_states_keys_and_values(n, changes):
    (ours, theirs), caches = both_ways(a_llama(**changes), n)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    for our, their in zip(caches[0].layers, caches[1].layers, strict=True):
        assert our.get_seq_length() == BEFORE + n
        torch.testing.assert_close(our.keys, their.keys, atol=1e-5, rtol=0)
        torch.testing.assert_close(our.values, their.values, atol=1e-5, rtol=0)


@pytest.mark.parametrize("n", [1, 7])
@torch.inference_mode()
def test_padding_is_not_seen(n):
    shown = torch.ones(2, BEFORE + n, dtype=torch.bool)
    shown[0, BEFORE - 4 : BEFORE] = False
    (ours, theirs), _ = both_ways(a_llama(), n, shown, batch=2)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    (without, _), _ = both_ways(a_llama(), n, batch=2)
    assert (ours[0] - without[0]).abs().max() > 1e-3
    torch.testing.assert_close(ours[1], without[1], atol=1e-5, rtol=0)


@torch.inference_mode()
def test_half_precision_rounds_where_transformers_does():
    (ours, theirs), _ = both_ways(a_llama(torch.bfloat16), 1)
    assert ours.dtype == torch.bfloat16 and torch.equal(ours, theirs)


def test_which_models_it_is_for():
    assert is_plain_llama(a_llama())
    assert not is_plain_llama(a_llama().train())
    assert not is_plain_llama(a_llama(attn_implementation="eager"))
    mistral = MistralModel(MistralConfig(**{**LLAMA, "model_type": "mistral", "vocab_size": 50}))
    assert not is_plain_llama(mistral.eval())
