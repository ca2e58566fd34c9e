"""ScanQA and SQA3D: exact match of answers (the caption scores have tests of their own)."""

import pytest
from caption_tools import caption_names, needs_caption_scores

from omd3d_ros.evaluation import scanqa, sqa3d
from omd3d_ros.evaluation.records import RecordError
from omd3d_ros.evaluation.scanqa import scanqa_scores
from omd3d_ros.evaluation.sqa3d import sqa3d_scores


def record(pred: str, *references: str, kind: int = 0) -> dict:
    return {"pred": pred, "ref_captions": list(references), "type_info": kind}


@pytest.fixture
def without_captions(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (scanqa, sqa3d):
        monkeypatch.setattr(module, "caption_scores", lambda candidates, references: {})


@pytest.mark.usefixtures("without_captions")
def test_scanqa_compares_with_references_as_they_are() -> None:
    records = [
        record("Brown.", "brown"),
        record("2", "2"),  # cleaned to "two"
        record("The table", "coffee table", "desk"),
        record("", "left"),
    ]
    assert scanqa_scores(records) == {"[scanqa] EM1": 0.25, "[scanqa] EM1_refined": 0.5}


@pytest.mark.usefixtures("without_captions")
def test_sqa3d_cleans_references_and_scores_each_type() -> None:
    records = [record("2", "2"), record("Yes", "No", kind=1), record("chair", "office chair", kind=5)]
    scores = sqa3d_scores(records)
    assert scores["[sqa3d] EM1"] == pytest.approx(1 / 3)
    assert scores["[sqa3d] EM1_refined"] == pytest.approx(2 / 3)
    assert scores["[sqa3d] EM_type0"] == 1 / (1 + 1e-10) < 1
    assert scores["[sqa3d] EM_type5"] == 0.0
    assert scores["[sqa3d] EM_refined_type5"] == 1 / (1 + 1e-10)
    assert scores["[sqa3d] EM_type2"] == scores["[sqa3d] EM_refined_type1"] == 0.0
    assert len(scores) == 2 + 2 * 6


@needs_caption_scores
@pytest.mark.parametrize(("score", "task"), [(scanqa_scores, "scanqa"), (sqa3d_scores, "sqa3d")])
def test_a_perfect_answer_has_perfect_scores(score, task: str) -> None:  # noqa: ANN001
    scores = score([record("The chair by the door", "chair by door") | {"spiou": 1.0}])
    assert caption_names(task) < set(scores)
    for name in ("EM1", "EM1_refined", "Bleu_1", "ROUGE_L", "Seg mIoU"):
        assert scores[f"[{task}] {name}"] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("score", [scanqa_scores, sqa3d_scores])
def test_no_records_score_zero(score) -> None:  # noqa: ANN001
    assert set(score([]).values()) == {0.0}


@pytest.mark.parametrize("score", [scanqa_scores, sqa3d_scores])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"ref_captions": ["x"], "type_info": 0}, "record 0 has no field 'pred'"),
        ({"pred": "x", "ref_captions": "x", "type_info": 0}, "'ref_captions' must be of kind list"),
        ({"pred": "x", "ref_captions": [], "type_info": 0}, "'ref_captions' must be one or more texts"),
    ],
)
def test_bad_records(score, bad: dict, message: str) -> None:  # noqa: ANN001
    with pytest.raises(RecordError, match=message):
        score([bad])


@pytest.mark.parametrize("kind", [6, -1])
def test_sqa3d_knows_six_types(kind: int) -> None:
    with pytest.raises(RecordError, match=f"'type_info' is {kind}; it must be 0 to 5"):
        sqa3d_scores([record("x", "x", kind=kind)])
