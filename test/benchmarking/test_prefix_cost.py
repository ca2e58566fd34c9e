"""A question after a kept scene and after one that is read anew: the same answer, the cost of both."""

from __future__ import annotations

import pytest
import torch

from omd3d_ros.benchmarking.prefix_cost import QUESTION, TOKENS, prefix_cost
from omd3d_ros.benchmarking.random_llama import random_llama, random_scene
from omd3d_ros.language.generation import generate


@pytest.mark.parametrize(("width", "layers"), [(64, 4), (128, 2)])
def test_the_kept_scene_gives_the_answer_of_reading_it_anew_at_the_published_layout(width, layers):
    model, processor = random_llama(width, layers, 100, TOKENS)
    scene, question = random_scene(100), processor.question(QUESTION)
    with torch.inference_mode():
        prefix = model.read_scene(scene, processor.before, processor.after)
        whole = model([scene], processor.before, processor.after, [[question]]).hidden[0, prefix.length :]
        kept = model.read_on(model.embed_text(question)[None], prefix.fork(), prefix.length)[0]
    torch.testing.assert_close(kept, whole, atol=1e-4, rtol=0)
    anew, shared = (generate(scene, question, model, processor, p) for p in (None, prefix))
    assert anew.ids == shared.ids and len(anew.ids) == TOKENS
    torch.testing.assert_close(torch.stack(shared.states), torch.stack(anew.states), atol=1e-4, rtol=0)


def test_cost():
    cost = prefix_cost(32, 1, objects=20, rounds=1)
    assert cost.prefix_tokens > 4 * 20
    assert 0 < cost.first_token_kept_ms < cost.answer_kept_ms
    assert cost.first_token_share == cost.first_token_kept_ms / cost.first_token_anew_ms
    assert cost.answer_share == cost.answer_kept_ms / cost.answer_anew_ms
