"""The packaged text encoder: pieces with their characters, states, and embeddings near the original's."""

import time

import pytest
import torch
from safetensors.torch import load_file, save_file

from omd3d_ros.datasets.rooms.lexicon import NAMES, singular
from omd3d_ros.models.text_encoder import MAX_PIECES, PACKAGED, TextEncoder, TextEncoderError
from omd3d_ros.training.text_encoder import PackagedModelError, packaged_model

PHRASES = [singular(word) for words in NAMES.values() for word in words][:200]


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.from_pretrained()


def test_pieces_say_which_characters_they_stand_for(encoder) -> None:
    text = "Where's the  bookshelf?"
    pieces = encoder.pieces(text)
    assert [text[a:b] for a, b in pieces.offsets] == ["", "Where", "'", "s", "the", "books", "hel", "f", "?", ""]
    assert pieces.offsets[0] == pieces.offsets[-1] == (0, 0) and not pieces.truncated


def test_a_long_text_is_cut_and_says_so(encoder) -> None:
    pieces = encoder.pieces("chair " * 300)
    assert len(pieces) == MAX_PIECES and pieces.truncated
    assert not encoder.pieces("chair " * (MAX_PIECES - 2)).truncated


def test_a_text_without_words_has_states(encoder) -> None:
    ((states, pieces),) = encoder.states([""])
    assert states.shape == (2, 384) and len(pieces) == 2


def test_states_do_not_depend_on_the_texts_beside(encoder) -> None:
    texts = ["the red chair next to the long dining table", "mug", "which lamp is on the desk?"]
    together = encoder.states(texts)
    for text, (states, pieces) in zip(texts, together, strict=True):
        ((alone, _),) = encoder.states([text])
        assert states.shape == (len(pieces), 384) and states.dtype == torch.float32
        assert torch.allclose(states, alone, atol=1e-4)


def test_states_may_take_part_in_training(encoder) -> None:
    ((states, _),) = encoder.states(["a chair"])
    layer = torch.nn.Linear(384, 1)
    layer(states).sum().backward()
    assert layer.weight.grad is not None


def test_embeddings_have_unit_length_and_know_synonyms(encoder) -> None:
    sofa, couch, fridge = encoder.embed(["sofa", "couch", "fridge"])
    assert float(sofa.norm()) == pytest.approx(1.0, abs=1e-5)
    assert float(sofa @ couch) > float(sofa @ fridge) + 0.2
    assert encoder.embed([]).shape == (0, 384)


def test_an_embedding_is_the_mean_of_the_states(encoder) -> None:
    ((states, _),) = encoder.states(["ironing board"])
    mean = states.mean(0)
    assert torch.allclose(encoder.embed(["ironing board"])[0], mean / mean.norm(), atol=1e-5)


def test_an_embedded_phrase_is_remembered(encoder, monkeypatch) -> None:
    first = encoder.embed(["a phrase seen before", "a phrase seen before"])
    monkeypatch.setattr(encoder, "pieces", None)
    assert torch.equal(encoder.embed(["a phrase seen before"])[0], first[1])


def test_training_mode_does_not_reach_the_network(encoder) -> None:
    assert not encoder.train().bert.training


def test_loading_takes_less_than_a_second() -> None:
    TextEncoder.from_pretrained()  # the imports are not what is timed
    start = time.process_time()  # not of the neighbours on this machine
    TextEncoder.from_pretrained()
    assert time.process_time() - start < 1.0


def test_a_folder_without_weights_is_an_error(tmp_path) -> None:
    with pytest.raises(TextEncoderError, match=r"has no config.json, model.safetensors, tokenizer.json"):
        TextEncoder.from_pretrained(tmp_path)
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((PACKAGED / name).read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(TextEncoderError, match="can't be loaded"):
        TextEncoder.from_pretrained(tmp_path)
    tensors = load_file(PACKAGED / "model.safetensors")
    del tensors["encoder.layer.5.output.dense.weight"]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(TextEncoderError, match="lacks tensors: encoder.layer.5.output.dense.weight"):
        TextEncoder.from_pretrained(tmp_path)


def test_the_package_stays_small() -> None:
    assert (PACKAGED / "model.safetensors").stat().st_size < 46e6


def test_half_precision_changes_embeddings_by_less_than_a_thousandth(encoder) -> None:
    try:
        source = packaged_model()
    except PackagedModelError as e:
        pytest.skip(str(e))
    original = TextEncoder.from_pretrained(source)
    assert len(PHRASES) == 200
    cosine = (encoder.embed(PHRASES) * original.embed(PHRASES)).sum(1)
    assert float(1 - cosine.min()) < 1e-3
