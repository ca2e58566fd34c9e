"""Decoding: what may be said, how it is chosen, and which hidden states become masks."""

from __future__ import annotations

import pytest
import torch
from tiny_model import OBJECTS, tiny_model

from omd3d_ros.language.generation import Generated, _published_seg_states, _seg_states, generate
from omd3d_ros.language.prompt import SceneTokens

SEG = 7


def a_scene(model, objects=4) -> SceneTokens:
    g = torch.Generator().manual_seed(1)
    features = torch.randn(objects, model.object_tokens.channels[0], generator=g)
    return SceneTokens(features, torch.rand(objects, 6, generator=g) + 0.1, torch.arange(objects))


def said(**changes) -> list[int]:
    model, processor = tiny_model(tie_object_logits=False, **changes)
    return generate(a_scene(model), processor.question("where is the chair?"), model, processor).ids


def numbered(ids: list[int]) -> Generated:
    """States that are the position of their token."""
    return Generated(ids, states=[torch.tensor([float(i)]) for i in range(len(ids))])


@pytest.mark.parametrize(
    ("ids", "default", "published"),
    [
        ([SEG, 1, 2], [0], [0]),  # the first token: both take the state at it
        ([1, 2, SEG, 3], [2], [1]),  # later: the original takes the token before
        ([SEG, 1, SEG, 2, SEG], [0, 2, 4], [2]),  # several: one mask each; one of the mean of 1 and 3
        ([1, 2, 3], [], [0]),  # none: no mask; the state at the first token
        ([SEG], [0], [0]),  # the original fails on a single token
    ],
)
def test_states_of_seg(ids, default, published):
    assert [int(s) for s in _seg_states(numbered(ids), SEG)] == default
    assert [int(s) for s in _published_seg_states(numbered(ids), SEG)] == published


def test_no_mask_of_an_answer_that_is_only_an_end():
    assert _published_seg_states(Generated([2]), SEG) == []


def test_identifiers_that_no_object_has_can_not_be_said():
    model, processor = tiny_model(tie_object_logits=False)
    with torch.no_grad():
        head = model.language_model.get_output_embeddings().weight
        head[model.first_object_id + 4 :] = 50 * head[model.first_object_id]
    scene, question = a_scene(model), processor.question("a chair")
    assert max(generate(scene, question, model, processor).ids) < model.first_object_id + 4
    model.config.evaluation_as_published = True
    absent = range(model.first_object_id + 4, model.first_object_id + OBJECTS)
    assert set(generate(scene, question, model, processor).ids) & set(absent)


def test_a_model_without_masks_never_says_seg():
    model, processor = tiny_model(tie_object_logits=False, segments=False)
    with torch.no_grad():
        model.language_model.get_output_embeddings().weight[processor.seg_id] *= 100
    assert processor.seg_id not in generate(a_scene(model), processor.question("a chair"), model, processor).ids


def test_a_penalty_keeps_words_from_coming_back():
    plain, varied = said(), said(generation={"repetition_penalty": 1e6})
    assert len(set(varied)) == len(varied) and len(set(plain)) < len(plain)


def test_the_shortest_answer():
    model, processor = tiny_model(tie_object_logits=False)
    question = processor.question("a chair")
    with torch.no_grad():  # the end is likeliest, whatever the state: normalised states have a constant part
        model.language_model.model.norm.weight.zero_()
        model.language_model.get_output_embeddings().weight.zero_()
    head = model.language_model.get_output_embeddings()
    head.register_forward_hook(lambda m, x, out: out + 5.0 * torch.eye(out.shape[-1])[processor.eos_id])
    assert generate(a_scene(model), question, model, processor).ids == [processor.eos_id]
    model.config.generation = {"min_new_tokens": 3}
    ids = generate(a_scene(model), question, model, processor).ids
    assert len(ids) == 4 and ids[-1] == processor.eos_id


def test_sampling_is_seeded():
    settings = {"temperature": 5.0, "top_p": 0.9}
    first, again = said(generation={**settings, "seed": 1}), said(generation={**settings, "seed": 1})
    assert first == again and first != said(generation={**settings, "seed": 2})


def test_a_token_is_told_before_it_is_read():
    """Whoever waits for the first word does not wait for the second's forward pass."""
    model, processor = tiny_model(tie_object_logits=False, generation={"min_new_tokens": 5}, max_new_tokens=5)
    told: list[tuple[int, int]] = []
    answer = generate(
        a_scene(model), processor.question("a chair"), model, processor,
        on_token=lambda said: told.append((len(said.ids), len(said.states))),
    )  # fmt: skip
    assert told == [(n, n - 1) for n in range(1, 6)]
    assert len(answer.ids) == len(answer.states) == 5
