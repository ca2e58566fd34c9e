"""The name matcher: memberships by meaning, its file, and what a phrase is stripped of."""

import numpy as np
import pytest
import torch

from omd3d_ros.language.naming import NameMatcher
from omd3d_ros.language.naming.matcher import plain
from omd3d_ros.models.text_encoder import TextEncoder

CATEGORIES = ("sofa", "refrigerator", "lamp")


@pytest.fixture(scope="module")
def matcher() -> NameMatcher:
    """Untrained: each category's vectors are the embedding of its name."""
    encoder = TextEncoder.from_pretrained()
    made = NameMatcher(CATEGORIES).use_encoder(encoder)
    with torch.no_grad():
        made.vectors.copy_(encoder.embed(CATEGORIES)[:, None].expand_as(made.vectors))
    return made


def test_memberships_follow_the_meaning(matcher) -> None:
    found = matcher.membership(["the couch", "fridges", "a reading light", "square root of two"])
    assert found.shape == (4, 3) and found.dtype == np.float32
    assert found[:3].argmax(1).tolist() == [0, 1, 2]
    assert (found >= 0).all() and (found <= 1).all()
    assert found[3].max() < 0.1


def test_no_phrases_give_no_rows(matcher) -> None:
    assert matcher.membership([]).shape == (0, 3)


def test_the_encoder_is_not_part_of_the_weights(matcher) -> None:
    assert not [name for name in matcher.state_dict() if "bert" in name]


def test_a_saved_matcher_comes_back(matcher, tmp_path) -> None:
    path = tmp_path / "matcher.safetensors"
    matcher.save(path)
    again = NameMatcher.load(path)
    assert again.categories == CATEGORIES
    embeddings = torch.nn.functional.normalize(torch.randn(5, 384), dim=-1)
    assert torch.equal(again(embeddings), matcher.eval()(embeddings))


def test_articles_and_full_stops_say_nothing() -> None:
    assert plain("  The  red Chair. ") == "red chair"
    assert plain("all the chairs!") == "chairs"
    assert plain("Where can I rest?") == "where can i rest?"
    assert plain("anything") == "anything"
