"""The layers of query decoders: attention is nn.MultiheadAttention's, to the last bit; who sees what."""

from __future__ import annotations

import pytest
import torch

from omd3d_ros.perception.query_layers import Attention, FeedForward, hidden_by

ON, OFF = 2.0, -2.0


@pytest.mark.parametrize("masked", [False, True])
def test_attention_is_torchs_own_but_for_rounding(masked):
    torch.manual_seed(0)
    layer = Attention(width=32, heads=4, dropout=0.0).eval()
    query, keys = torch.randn(2, 5, 32), torch.randn(2, 40, 32)
    hidden = torch.rand(2, 5, 40) < 0.5 if masked else None
    mask = None if hidden is None else hidden.repeat_interleave(4, 0)  # torch wants one for each head
    expected, _ = layer.attn(query, keys, keys, attn_mask=mask)
    torch.testing.assert_close(
        layer.attend(query, keys, hidden), expected, atol=1e-7, rtol=1e-6
    )  # other CPUs, other kernels
    torch.testing.assert_close(layer(query, keys, hidden), layer.norm(query + expected), atol=1e-6, rtol=1e-6)


def test_dropout_of_the_weights_is_of_training_only():
    torch.manual_seed(0)
    layer = Attention(width=8, heads=2, dropout=0.0, weights_dropout=0.5)
    query, keys = torch.randn(1, 3, 8), torch.randn(1, 20, 8)
    assert not torch.equal(layer.attend(query, keys), layer.attend(query, keys))
    layer.eval()
    assert torch.equal(layer.attend(query, keys), layer.attend(query, keys))


def test_a_query_sees_where_its_mask_is_on_and_everything_where_it_is_on_nowhere():
    logits = torch.tensor([[[ON, OFF, ON], [OFF, OFF, OFF], [0.0, OFF, OFF]]])  # a probability of one half is on
    assert hidden_by(logits).tolist() == [[[False, True, False], [False, False, False], [False, True, True]]]


def test_padding_is_never_seen():
    logits = torch.tensor([[[ON, OFF, ON], [OFF, OFF, ON]]])
    padding = torch.tensor([[False, False, True]])
    assert hidden_by(logits, padding).tolist() == [[[False, True, True], [False, False, True]]]


def test_an_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="must be one of gelu, relu, got 'swish'"):
        FeedForward(8, 16, dropout=0.0, activation_fn="swish")
