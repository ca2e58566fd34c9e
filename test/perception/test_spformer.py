"""SPFormer's query decoder against the reference, and how its predictions become instances."""

from __future__ import annotations

import shutil

import pytest
import torch
from fixture_copies import copy_fixture, shift_first_number

from omd3d_ros.parity.comparison import FixtureError
from omd3d_ros.parity.spformer_query_decoder import compare
from omd3d_ros.perception.spformer import SCANNET_CLASSES, Prediction, QueryDecoder, spformer_proposals

TINY = {"num_layer": 2, "num_query": 4, "num_class": 3, "in_channel": 6, "d_model": 8, "nhead": 2, "hidden_dim": 16}


def tiny_decoder(**changes) -> QueryDecoder:
    torch.manual_seed(0)
    return QueryDecoder(**(TINY | changes)).eval()


def test_every_quantity_of_the_fixture_agrees(reference_fixtures):
    comparisons = compare(reference_fixtures / "spformer_query_decoder")
    assert {c.what: c.error for c in comparisons if not c.passed} == {}
    names = {c.what for c in comparisons}
    assert {"labels", "scores", "masks0", "masks1", "aux0.labels", "aux1.masks1"} <= names
    assert "keys_spf_scannet_512_model.json" in names


def test_a_changed_weight_shows(reference_fixtures, tmp_path):
    copy_fixture(reference_fixtures / "spformer_query_decoder", tmp_path)
    shift_first_number(tmp_path / "weights.safetensors", "ffn_layers.1.norm.bias", by=0.1)
    failed = {c.what for c in compare(tmp_path) if not c.passed}
    assert {"labels", "scores"} <= failed
    assert not any(name.startswith("aux") for name in failed)  # layer 1 comes after them


def test_a_folder_without_weights_is_a_fixture_error(reference_fixtures, tmp_path):
    shutil.copy(reference_fixtures / "spformer_query_decoder" / "config.json", tmp_path)
    with pytest.raises(FixtureError, match="weights.safetensors"):
        compare(tmp_path)


def test_scenes_of_a_batch_do_not_see_each_other():
    decoder, x = tiny_decoder(), torch.randn(12, 6)
    together = decoder(x, torch.tensor([0, 5, 12]))
    alone = decoder(x[5:], torch.tensor([0, 7]))
    assert torch.allclose(together.masks[1], alone.masks[0], atol=1e-6)
    assert torch.allclose(together.labels[1], alone.labels[0], atol=1e-6)


def test_a_query_that_hides_everything_sees_everything():
    decoder = tiny_decoder(num_layer=1)
    with torch.no_grad():  # mask features that no query agrees with: every logit is negative before the layer
        decoder.x_mask[2].weight.zero_()
        decoder.out_norm.weight.zero_()
        decoder.out_norm.bias.fill_(1.0)
        decoder.x_mask[2].bias.fill_(-1.0)
    unmasked = tiny_decoder(num_layer=1, attn_mask=False)
    unmasked.load_state_dict(decoder.state_dict())
    x, offsets = torch.randn(9, 6), torch.tensor([0, 9])
    assert (decoder(x, offsets).auxiliary[0].masks[0] < 0).all()
    assert torch.isfinite(decoder(x, offsets).labels).all()
    assert torch.equal(decoder(x, offsets).labels, unmasked(x, offsets).labels)


def test_the_layer_norm_of_the_cross_attention_is_a_choice():
    x, offsets = torch.randn(9, 6), torch.tensor([0, 9])
    published, fixed = tiny_decoder(), tiny_decoder(as_published=False)
    assert published.state_dict().keys() == fixed.state_dict().keys()
    assert not torch.allclose(published(x, offsets).labels, fixed(x, offsets).labels)


def test_without_iterative_prediction_only_the_last_one_is_made():
    output = tiny_decoder(iter_pred=False, attn_mask=False)(torch.randn(9, 6), torch.tensor([0, 9]))
    assert output.auxiliary == []
    assert output.labels.shape == (1, 4, 4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pe": True}, "pe=True"),
        ({"iter_pred": False}, "needs iter_pred"),
        ({"activation_fn": "swish"}, "gelu, relu"),
        ({"nhead": 3}, "multiple of nhead"),
    ],
)
def test_unknown_configurations_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        QueryDecoder(**(TINY | changes))


@pytest.mark.parametrize("offsets", [[0], [0, 8], [1, 9], [0, 9, 9], [0, 6, 4, 9]])
def test_offsets_that_do_not_cut_the_batch_into_scenes_are_refused(offsets):
    with pytest.raises(ValueError, match="batch_offsets must rise from 0 to the 9"):
        tiny_decoder()(torch.randn(9, 6), torch.tensor(offsets))


def test_scores_are_class_times_mask_score_times_mean_mask_probability():
    labels = torch.log(torch.tensor([[[0.7, 0.1, 0.2], [0.3, 0.6, 0.1]]]))  # two queries; classes 0, 1, no object
    masks = torch.logit(torch.tensor([[0.9, 0.7, 0.2, 0.1], [0.2, 0.1, 0.8, 0.4]]))
    scores = torch.tensor([[[0.5], [1.7]]])  # the second is clamped to 1
    proposals = spformer_proposals(Prediction(labels, scores, [masks]), torch.full((4,), 100))
    assert proposals.scores.tolist() == pytest.approx([0.6 * 1.0 * 0.8, 0.7 * 0.5 * 0.8], abs=1e-5)
    assert proposals.class_logits.argmax(-1).tolist() == [1, 0]
    assert (proposals.masks > 0.5).tolist() == [[False, False, True, False], [True, True, False, False]]


def test_doubles_and_small_instances_go():
    labels = torch.zeros(1, 3, 3)
    labels[0, :, 0] = torch.tensor([4.0, 3.0, 5.0])
    masks = torch.tensor([[5.0, 5.0, -5.0], [5.0, 5.0, -5.0], [-5.0, -5.0, 5.0]])
    prediction = Prediction(labels, torch.ones(1, 3, 1), [masks])
    proposals = spformer_proposals(prediction, torch.tensor([60, 60, 99]))
    assert len(proposals.scores) == 1  # the second repeats the first, the third has 99 points
    assert len(spformer_proposals(prediction, torch.tensor([60, 60, 99]), min_points=500).masks) == 0
    with pytest.raises(ValueError, match=r"counts must be \(3,\)"):
        spformer_proposals(prediction, torch.ones(4))


def test_scannet_names_fit_the_published_size():
    with torch.device("meta"):
        assert QueryDecoder().out_cls[2].out_features == len(SCANNET_CLASSES) + 1
