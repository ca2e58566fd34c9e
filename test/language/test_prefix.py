"""The scene's prefix: the same states and words as reading it anew, for every kind of language model, and shared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from tiny_model import OBJECTS, tiny_model

from omd3d_ros.language.generation import generate, generate_batch
from omd3d_ros.language.prompt import SceneTokens
from omd3d_ros.language.roomy_layer import ROOM

COMMON = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "tie_word_embeddings": True,
    "bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 0,
}  # fmt: skip
LLAMA = {**COMMON, "model_type": "llama", "intermediate_size": 64, "num_key_value_heads": 4}
WINDOW = 9  # tokens: less than a scene
LANGUAGE_MODELS = {
    "llama": LLAMA,
    "grouped queries": {**LLAMA, "num_key_value_heads": 2},
    "qwen2": {**LLAMA, "model_type": "qwen2"},
    "gpt_neox": {**COMMON, "model_type": "gpt_neox", "intermediate_size": 64},
    "gpt2": {**COMMON, "model_type": "gpt2", "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256},
    "mistral's window": {**LLAMA, "model_type": "mistral", "sliding_window": WINDOW, "head_dim": 8},
    "gemma3's windows": {
        **LLAMA, "model_type": "gemma3_text", "sliding_window": WINDOW, "head_dim": 8, "query_pre_attn_scalar": 8,
        "layer_types": ["sliding_attention", "full_attention"],
    },
}  # fmt: skip
LAYOUTS = ["id+point+location", "id point location", "id point+location"]


def a_model(llm, **changes):
    vocabulary = tiny_model()[0].language_model.config.vocab_size
    return tiny_model(llm={**llm, "vocab_size": vocabulary}, **changes)


def a_scene(model, objects=7, seed=1) -> SceneTokens:
    g = torch.Generator().manual_seed(seed)
    features = torch.randn(objects, model.object_tokens.channels[0], generator=g)
    return SceneTokens(features, torch.rand(objects, 6, generator=g) + 0.1, torch.arange(objects))


@torch.inference_mode()
def assert_exact(model, processor, scene=None):
    """Hidden states of a question and of what is said next, read at once and after a prefix that others share."""
    scene = a_scene(model) if scene is None else scene
    question = processor.question("where is the red chair?")
    then = torch.tensor([5, 7, processor.seg_id, 9, 11])
    whole = model([scene], processor.before, processor.after, [[torch.cat([question, then])]])
    prefix = model.read_scene(scene, processor.before, processor.after)
    cache = prefix.fork()
    hidden = [model.read_on(model.embed_text(question)[None], cache, prefix.length)[0]]
    for i, token in enumerate(then):
        position = prefix.length + len(question) + i
        hidden.append(model.read_on(model.embed_text(token[None])[None], cache, position)[0])
    close = {"atol": 1e-4, "rtol": 0.0}
    torch.testing.assert_close(torch.cat(hidden), whole.hidden[0, prefix.length :], **close)
    torch.testing.assert_close(prefix.states, model.object_states(whole.hidden[0], whole.layouts[0]), **close)
    torch.testing.assert_close(prefix.hidden, whole.hidden[0, prefix.length - 1], **close)


@pytest.mark.parametrize("bidirectional", [True, False], ids=["both ways", "causal"])
@pytest.mark.parametrize("llm", LANGUAGE_MODELS)
def test_states_after_a_prefix_are_those_of_reading_everything(llm, bidirectional):
    assert_exact(*a_model(LANGUAGE_MODELS[llm], bidirectional=bidirectional, object_layout="id point location"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout):
    assert_exact(*tiny_model(object_layout=layout))


def test_adapters():
    model, processor = a_model(LLAMA, lora={"r": 2, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"]})
    for name, tensor in model.state_dict().items():
        if "lora_B" in name:
            torch.nn.init.normal_(tensor, std=0.2)  # peft begins with zeros, which change nothing
    assert_exact(model, processor)


def test_a_scene_without_objects():
    model, processor = tiny_model()
    assert_exact(model, processor, a_scene(model, 0))


@pytest.mark.parametrize("llm", ["llama", "mistral's window"])
def test_questions_that_take_turns_do_not_hear_one_another(llm):
    """Whatever one of them reads, the prefix and what the other has read stay as they were."""
    model, processor = a_model(LANGUAGE_MODELS[llm])
    scene = a_scene(model)
    first, second = processor.question("where is the red chair?"), processor.question("a table here")
    with torch.inference_mode():
        prefix = model.read_scene(scene, processor.before, processor.after)
        kept = [layer.keys.clone() for layer in prefix.cache.layers]
        alone = [_read_slowly(model, prefix, prefix.fork(), q) for q in (first, second)]
        caches = prefix.fork(), prefix.fork()
        turns = [[], []]
        for i in range(max(len(first), len(second))):
            for states, cache, question in zip(turns, caches, (first, second), strict=True):
                if i < len(question):
                    embeds = model.embed_text(question[i : i + 1])[None]
                    states.append(model.read_on(embeds, cache, prefix.length + i)[0])
    assert all(torch.equal(layer.keys, k) for layer, k in zip(prefix.cache.layers, kept, strict=True))
    for states, expected in zip(turns, alone, strict=True):
        torch.testing.assert_close(torch.cat(states), expected, atol=1e-6, rtol=0)


def test_words_are_those_without_a_prefix():
    model, processor = tiny_model(tie_object_logits=False)
    scene = a_scene(model)
    prefix = model.read_scene(scene, processor.before, processor.after)
    for query in ("where is the red chair?", "a table"):
        question = processor.question(query)
        plain = generate(scene, question, model, processor)
        shared = generate(scene, question, model, processor, prefix)
        assert shared.ids == plain.ids and shared.object_scores == plain.object_scores
        torch.testing.assert_close(torch.stack(shared.states), torch.stack(plain.states), atol=1e-4, rtol=0)


def test_memory_of_a_prefix():
    model, processor = tiny_model()
    prefix = model.read_scene(a_scene(model, OBJECTS), processor.before, processor.after)
    assert prefix.length == len(processor.before) + OBJECTS + len(processor.after)
    tokens = prefix.length + ROOM
    assert prefix.num_bytes == 2 * 2 * 32 * 4 * tokens  # keys and values, layers, width, float32


def test_a_question_copies_nothing_of_a_prefix_that_no_other_uses():
    model, processor = tiny_model()
    prefix = model.read_scene(a_scene(model), processor.before, processor.after)
    there = [layer.keys.data_ptr() for layer in prefix.cache.layers]
    for _ in range(2):  # the second finds the room free again
        first, second, several = prefix.fork(), prefix.fork(), prefix.fork(batch=2)
        model.read_on(model.embed_text(processor.question("a table"))[None], first, prefix.length)
        assert [layer.keys.data_ptr() for layer in first.layers] == there
        assert not {layer.keys.data_ptr() for layer in (*second.layers, *several.layers)} & set(there)
        assert first.get_seq_length() > prefix.cache.get_seq_length() == prefix.length
        del first, second, several


def test_questions_asked_at_once_by_several_threads():
    model, processor = tiny_model(tie_object_logits=False)
    scene = a_scene(model)
    prefix = model.read_scene(scene, processor.before, processor.after)
    questions = [processor.question(query) for query in QUERIES]
    alone = [generate(scene, question, model, processor, prefix) for question in questions]
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(generate, scene, q, model, processor, prefix) for q in questions * 8]
        for i, answer in enumerate(asked):
            expected = alone[i % len(alone)]
            assert answer.result().ids == expected.ids
            torch.testing.assert_close(
                torch.stack(answer.result().states), torch.stack(expected.states), atol=1e-5, rtol=0
            )


def _read_slowly(model, prefix, cache, question):
    states = [
        model.read_on(model.embed_text(question[i : i + 1])[None], cache, prefix.length + i)[0]
        for i in range(len(question))
    ]
    return torch.cat(states)


QUERIES = ("where is the red chair?", "a table", "what is here?", "a", "the table : the chair . the red table")


@pytest.mark.parametrize("bidirectional", [True, False], ids=["both ways", "causal"])
@pytest.mark.parametrize("llm", LANGUAGE_MODELS)
def test_questions_decoded_side_by_side_are_answered_as_alone(llm, bidirectional):
    model, processor = a_model(LANGUAGE_MODELS[llm], tie_object_logits=False, bidirectional=bidirectional)
    scene, questions = a_scene(model), [processor.question(q) for q in QUERIES]
    head = model.language_model.get_output_embeddings()
    head.register_forward_hook(lambda m, x, out: out + 0.3 * torch.eye(out.shape[-1])[processor.eos_id])
    together = generate_batch(scene, questions, model, processor)
    alone = [generate(scene, question, model, processor) for question in questions]
    assert [g.ids for g in together] == [g.ids for g in alone]
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one.states, other.states, atol=1e-4, rtol=0)


def test_answers_of_several_lengths_side_by_side_end_by_themselves():
    model, processor = tiny_model(tie_object_logits=False)
    questions = [processor.question(q) for q in QUERIES[:3]]
    told: list[tuple[int, int]] = []
    stops = iter([(0, processor.eos_id), (2, processor.seg_id)])
    head = model.language_model.get_output_embeddings()

    def end(module, inputs, out):
        out = torch.zeros_like(out)
        out[:, 5] = 1.0
        row, token = next(stops, (1, 6))
        out[row, token] = 2.0
        return out

    head.register_forward_hook(end)
    answers = generate_batch(
        a_scene(model), questions, model, processor, on_token=lambda i, said: told.append((i, len(said.ids)))
    )
    by_length = sorted(range(3), key=lambda i: len(questions[i]))
    ended, masked = answers[by_length[0]], answers[by_length[2]]
    assert ended.ids == [processor.eos_id] and ended.states == [] and ended.seg == []
    assert masked.ids[:3] == [5, processor.seg_id, 5] and len(masked.seg) == 1
    assert torch.equal(masked.seg[0], masked.states[1])
    assert {i for i, _ in told} == set(by_length[1:])


def test_no_questions_have_no_answers():
    model, processor = tiny_model()
    assert generate_batch(a_scene(model), [], model, processor) == []
