"""The mask decoder in both modes, and its losses."""

import pytest
import torch

from omd3d_ros.language.mask_decoder import MaskDecoder, MaskPredictions
from omd3d_ros.training.mask_loss import mask_iou, mask_loss, segmentation_losses


def a_decoder(**changes) -> MaskDecoder:
    torch.manual_seed(0)
    sizes = {"d_text": 16, "media": 12, "d_model": 32, "num_layer": 3, "nhead": 4, "hidden_dim": 48}
    return MaskDecoder(**{**sizes, **changes}).eval()


def test_shapes_and_one_prediction_more_than_layers():
    out = a_decoder()(torch.randn(2, 5, 16), torch.randn(2, 40, 12))
    assert len(out.masks) == len(out.scores) == 4
    assert all(m.shape == (2, 5, 40) for m in out.masks) and all(s.shape == (2, 5, 1) for s in out.scores)


def test_as_published_ignores_the_norm_of_the_cross_attention_and_the_default_does_not():
    text, superpoints = torch.randn(1, 2, 16), torch.randn(1, 40, 12)
    for as_published in (True, False):
        decoder = a_decoder(as_published=as_published)
        before = decoder(text, superpoints).masks[-1]
        with torch.no_grad():
            for layer in decoder.cross_attn_layers:
                layer.norm.bias.add_(1.0)
        assert torch.equal(before, decoder(text, superpoints).masks[-1]) == as_published


def test_as_published_keeps_the_first_attention_mask_and_the_default_refreshes_it():
    torch.manual_seed(1)
    text, superpoints = torch.randn(1, 2, 16), torch.randn(1, 40, 12)
    stale, fresh = a_decoder(as_published=True)(text, superpoints), a_decoder()(text, superpoints)
    assert torch.equal(stale.hidden, stale.masks[0] < 0)
    assert torch.equal(fresh.hidden, fresh.masks[-2] < 0)


def test_padding_changes_nothing():
    decoder = a_decoder()
    text, superpoints = torch.randn(1, 3, 16), torch.randn(1, 40, 12)
    filled = torch.cat([superpoints, 9 * torch.ones(1, 7, 12)], 1)
    padding = torch.arange(47)[None] >= 40
    alone, padded = decoder(text, superpoints), decoder(text, filled, padding)
    torch.testing.assert_close(padded.masks[-1][..., :40], alone.masks[-1], atol=1e-5, rtol=1e-4)


def test_a_query_that_would_see_nothing_sees_everything():
    decoder = a_decoder(num_layer=1)
    with torch.no_grad():
        decoder.x_mask[2].weight.zero_()
        decoder.x_mask[2].bias.zero_()
        decoder.out_norm.bias.fill_(1.0)
        decoder.x_mask[2].bias.fill_(-1.0)  # every logit is then -32
    out = decoder(torch.zeros(1, 1, 16), torch.randn(1, 10, 12))
    assert (out.masks[0] < 0).all() and not out.hidden.any()


def test_it_learns_to_pick_the_superpoints_that_the_text_names():
    decoder = a_decoder(d_text=4, media=4, num_layer=2, hidden_dim=64).train()
    kinds = torch.eye(4)
    superpoints = kinds.repeat_interleave(8, 0)
    target = kinds.repeat_interleave(8, 1)[:, None]
    optimizer = torch.optim.Adam(decoder.parameters(), 3e-3)
    for _ in range(120):
        out = decoder(kinds[:, None], superpoints.expand(4, -1, -1))
        optimizer.zero_grad()
        mask_loss(out, target).backward()
        optimizer.step()
    assert ((out.masks[-1] > 0).float() == target).all()


def test_loss_of_a_perfect_and_an_opposite_mask():
    target = torch.tensor([[[1.0, 1, 0, 0]]])
    right = (target * 2 - 1) * 20
    score = torch.tensor([[[20.0]]])
    assert mask_loss(MaskPredictions([right], [score]), target) < 1e-3
    # BCE 20, dice 1 - 1/5, half of (1 - 0)^2
    opposite = mask_loss(MaskPredictions([-right], [score]), target)
    torch.testing.assert_close(opposite, torch.tensor(20.0 + 0.8 + 0.5), atol=1e-3, rtol=1e-3)


def test_the_published_loss_by_hand():
    target = torch.tensor([[[1.0, 1, 0, 0]]])
    zero = torch.zeros(1, 1, 4)  # p = 1/2, and everything counts as foreground: IoU 2 / 4
    losses = segmentation_losses(MaskPredictions([zero, zero], [torch.full((1, 1, 1), 3.0)] * 2), target)
    assert mask_iou(zero, target).item() == pytest.approx(0.5)
    assert losses["layer_0_mask_bce_loss"].item() == pytest.approx(0.6931, abs=1e-4)
    assert losses["mask_dice_loss"].item() == pytest.approx(1 - 3 / 5)
    assert losses["score_loss"].item() == 0  # an IoU of one half is not above it
    assert losses["loss"].item() == pytest.approx(2 * (0.6931 + 0.4), abs=1e-3)


def test_an_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="gelu, relu"):
        a_decoder(activation_fn="swish")
