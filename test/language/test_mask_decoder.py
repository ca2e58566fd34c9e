"""The mask decoder and its loss."""

import torch

from omd3d_ros.language.mask_decoder import MaskDecoder, mask_loss


def test_shapes_and_one_prediction_more_than_layers():
    torch.manual_seed(0)
    decoder = MaskDecoder(text_width=16, superpoint_width=12, width=32, layers=3, heads=4)
    logits, score = decoder(torch.randn(5, 16), torch.randn(40, 12))
    assert len(logits) == 4 and all(x.shape == (5, 40) for x in logits) and score.shape == (5,)


def test_queries_do_not_see_one_another():
    torch.manual_seed(0)
    decoder = MaskDecoder(16, 12, 32, 2, 4).eval()
    text, superpoints = torch.randn(3, 16), torch.randn(40, 12)
    together = decoder(text, superpoints)[0][-1]
    alone = decoder(text[1:2], superpoints)[0][-1]
    torch.testing.assert_close(together[1:2], alone, atol=1e-5, rtol=1e-4)


def test_it_learns_to_pick_the_superpoints_that_the_text_names():
    torch.manual_seed(0)
    decoder = MaskDecoder(4, 4, 32, 2, 4)
    kinds = torch.eye(4)
    superpoints = kinds.repeat_interleave(8, 0)
    target = kinds.repeat_interleave(8, 1)
    optimizer = torch.optim.Adam(decoder.parameters(), 3e-3)
    for _ in range(120):
        logits, score = decoder(kinds, superpoints)
        loss = mask_loss(logits, score, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert ((logits[-1] > 0).float() == target).all()


def test_loss_of_a_perfect_and_an_opposite_mask():
    target = torch.tensor([[1.0, 1, 0, 0]])
    right = (target * 2 - 1) * 20
    perfect = mask_loss([right], torch.tensor([20.0]), target)
    opposite = mask_loss([-right], torch.tensor([20.0]), target)
    assert perfect < 1e-3
    # BCE 20, dice 1 - 1/5, half of (1 - 0)^2
    torch.testing.assert_close(opposite, torch.tensor(20.0 + 0.8 + 0.5), atol=1e-3, rtol=1e-3)
