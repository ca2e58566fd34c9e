"""The caption scores: known values, the original classes beside ours, and Java processes that end."""

import logging
import subprocess
import time
from pathlib import Path

import pytest
from caption_tools import needs_caption_scores

from omd3d_ros.evaluation import captions, java
from omd3d_ros.evaluation.captions import NAMES, caption_scores, caption_scores_of_sets
from omd3d_ros.evaluation.java import JavaError, Meteor, java_available, ptb_tokenize
from omd3d_ros.evaluation.records import RecordError


@needs_caption_scores
def test_tokens_are_lower_case_without_punctuation() -> None:
    sentences = ["The chair, (brown) isn't\nnear <OBJ001>.", "", 'A TV-stand; "black"\u2028& white...', "Café."]
    assert ptb_tokenize(sentences) == [
        "the chair -lrb- brown -rrb- is n't near <obj001>",
        "",
        "a tv-stand black & white",
        "café",
    ]
    assert ptb_tokenize([]) == []
    assert ptb_tokenize([""]) == [""]


@needs_caption_scores
def test_perfect_captions() -> None:
    sentences = ["the brown chair next to the wall", "a black sofa under the big window"]
    scores = caption_scores(sentences, [[sentence] for sentence in sentences])
    assert tuple(scores) == NAMES
    # CIDEr is 10 for equal captions, METEOR 1 less a small penalty for being one chunk.
    assert scores["CIDEr"] == pytest.approx(10.0)
    assert [scores[name] for name in ("Bleu_1", "Bleu_4", "ROUGE_L")] == pytest.approx([1.0] * 3, abs=1e-6)
    assert scores["METEOR"] > 0.99


@needs_caption_scores
def test_words_in_common() -> None:
    # 3 of 4 words, length 4 and 4: BLEU-1 3/4; the words stand in order: ROUGE-L of precision and recall 3/4 is 3/4.
    scores = caption_scores(["a red chair here"], [["a red table here"]])
    assert scores["Bleu_1"] == pytest.approx(0.75, abs=1e-6)
    assert scores["ROUGE_L"] == pytest.approx(0.75)


@needs_caption_scores
def test_several_sets_score_as_each_alone_and_as_the_original_classes() -> None:
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.meteor.meteor import Meteor as OriginalMeteor
    from pycocoevalcap.rouge.rouge import Rouge
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    references = [["A brown chair.", "The chair isn't red."], ["... ;"], ["A TV, 3.5 m wide!"]]
    meteor = OriginalMeteor()
    sets = [["a brown chair", "", "the TV"], ["sos eos", "x", "A TV, 3.5 m wide"]]
    for candidates, ours in zip(sets, caption_scores_of_sets(sets, references), strict=True):
        true = PTBTokenizer().tokenize({i: [{"caption": t} for t in texts] for i, texts in enumerate(references)})
        found = PTBTokenizer().tokenize({i: [{"caption": text}] for i, text in enumerate(candidates)})
        theirs = [*Bleu(4).compute_score(true, found, verbose=0)[0]]
        theirs += [scorer.compute_score(true, found)[0] for scorer in (meteor, Rouge(), Cider())]
        assert list(ours.values()) == theirs


@needs_caption_scores
def test_texts_without_a_token_score_without_an_error() -> None:
    assert caption_scores(["."], [["..."]])["CIDEr"] == 0.0


@needs_caption_scores
def test_meteor_ends_with_its_block_also_after_an_error() -> None:
    with pytest.raises(KeyError), Meteor() as meteor:
        process = meteor._process
        raise KeyError
    assert process.returncode is not None
    assert all(stream is not None and stream.closed for stream in (process.stdin, process.stdout))


@needs_caption_scores
def test_a_meteor_that_hangs_or_dies_is_an_error() -> None:
    with Meteor(timeout=0.05) as meteor, pytest.raises(JavaError, match="took longer than 0.05 s"):
        meteor.score(["a"], [["a"]])
    with Meteor() as meteor:
        meteor._process.kill()
        meteor._process.wait()
        with pytest.raises(JavaError, match="METEOR stopped"):
            meteor.score(["a"] * 1000, [["a"]] * 1000)


def test_programs_that_are_not_there_or_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pycocoevalcap")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not java_available()
    with pytest.raises(JavaError, match="the PTB tokeniser does not start"):
        ptb_tokenize(["a"])
    with pytest.raises(JavaError, match="METEOR does not start"), Meteor():
        pass
    (tmp_path / "java").write_text("#!/bin/sh\necho no memory >&2\nexit 3\n")
    (tmp_path / "java").chmod(0o755)
    assert not java_available()
    with pytest.raises(JavaError, match=r"exit code 3\): no memory"):
        ptb_tokenize(["a"])
    with Meteor() as meteor, pytest.raises(JavaError, match="METEOR stopped.*no memory"):
        meteor.score(["a"] * 100000, [["a"]] * 100000)


def test_a_tokeniser_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pycocoevalcap")
    (tmp_path / "java").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "java").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    start = time.monotonic()
    with pytest.raises(JavaError, match="took longer than 0.2 s for 1 sentences"):
        ptb_tokenize(["a"], timeout=0.2)
    assert time.monotonic() - start < 30


def test_without_the_package_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "find_spec", lambda _: None)
    with pytest.raises(JavaError, match="pycocoevalcap is not installed"):
        ptb_tokenize(["a"])


def test_without_java_the_scores_are_left_out_and_a_warning_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(captions, "why_left_out", lambda: "there is no Java runtime")
    with caplog.at_level(logging.WARNING):
        assert caption_scores(["a"], [["a"]]) == {}
    assert "Bleu_1, Bleu_2, Bleu_3, Bleu_4, METEOR, ROUGE_L, CIDEr are left out: there is no Java" in caplog.text


def test_an_empty_corpus_scores_zero() -> None:
    assert caption_scores([], []) == dict.fromkeys(NAMES, 0.0)


@pytest.mark.parametrize(("candidates", "references"), [(["a"], []), (["a"], [[]]), (["a", "b"], [["a"]])])
def test_each_candidate_needs_a_reference(candidates: list, references: list) -> None:
    with pytest.raises(RecordError, match="references"):
        caption_scores(candidates, references)


def test_a_java_command_without_a_runtime_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("java", 60)

    monkeypatch.setattr(java.shutil, "which", lambda _: "java")
    monkeypatch.setattr(java.subprocess, "run", hang)
    assert not java_available()
