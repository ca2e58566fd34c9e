"""Scan2Cap: which captions are scored for which object."""

from collections.abc import Sequence

import pytest
from caption_tools import caption_names, needs_caption_scores

from omd3d_ros.evaluation import scan2cap
from omd3d_ros.evaluation.captions import caption_scores
from omd3d_ros.evaluation.records import RecordError
from omd3d_ros.evaluation.scan2cap import scan2cap_scores

TRUE = {"s": {"locs": [[0, 0, 0, 1, 1, 1], [5, 0, 0, 1, 1, 1]]}}
# Proposal 0 equals object 0, proposal 1 covers half of object 1 (IoU 1/3), proposal 2 none.
PROPOSED = {"s": {"locs": [[0, 0, 0, 1, 1, 1], [5.5, 0, 0, 1, 1, 1], [9, 9, 9, 1, 1, 1]]}}
CORPUS = {"s|0": ["a brown chair."], "s|1": ["a red sofa.", "the sofa is red."]}


def record(gt_id: int, pred_id: int, pred: str, **more: object) -> dict:
    return {"scene_id": "s", "gt_id": gt_id, "pred_id": pred_id, "pred": pred, **more}


def scored_sets(records: list[dict], monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The candidates that reach the caption scores, at IoU 0.25 and 0.5."""
    seen: list[list[str]] = []

    def note(sets: Sequence[Sequence[str]], references: Sequence[Sequence[str]]) -> list[dict[str, float]]:
        assert references == list(CORPUS.values())
        seen.extend(list(candidates) for candidates in sets)
        return [{} for _ in sets]

    monkeypatch.setattr(scan2cap, "caption_scores_of_sets", note)
    scan2cap_scores(records, CORPUS, PROPOSED, TRUE)
    return seen


def test_a_caption_counts_where_its_box_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = scored_sets([record(1, 1, "a sofa"), record(0, 0, "")], monkeypatch)
    assert sets == [["sos  eos", "sos a sofa eos"], ["sos  eos", "sos eos"]]


def test_objects_without_a_record_get_an_empty_caption(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scored_sets([], monkeypatch) == [["sos eos", "sos eos"]] * 2


def test_the_later_of_two_records_counts_also_where_its_box_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = scored_sets([record(0, 0, "first"), record(0, 0, "second")], monkeypatch)
    assert sets[0][0] == "sos second eos"
    assert scored_sets([record(0, 0, "first"), record(0, 2, "second")], monkeypatch)[0][0] == "sos eos"


@needs_caption_scores
def test_scores_carry_the_task_and_the_threshold() -> None:
    scores = scan2cap_scores([record(0, 0, "a brown chair", spiou=1.0)], CORPUS, PROPOSED, TRUE, task="t")
    lines = {"[t] Seg Precision@0.25", "[t] Seg Precision@0.5", "[t] Seg mIoU"}
    assert set(scores) == caption_names("t", "@0.25") | caption_names("t", "@0.50") | lines
    expected = caption_scores(["sos a brown chair eos", "sos eos"], list(CORPUS.values()))
    assert {name: scores[f"[t] {name}@0.50"] for name in expected} == expected


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (record(2, 0, "x"), r"'s\|2' is not in the corpus"),
        (record(0, 3, "x"), "s has no object 3 among its 3 proposals"),
        ({"scene_id": "s", "gt_id": 0, "pred": "x"}, "record 0 has no field 'pred_id'"),
    ],
)
def test_bad_records(bad: dict, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        scan2cap_scores([bad], CORPUS, PROPOSED, TRUE)


@pytest.mark.parametrize("sentences", ["a chair", [], [3]])
def test_bad_corpus(sentences: object) -> None:
    with pytest.raises(RecordError, match=r"corpus entry 's\|0' must be one or more sentences"):
        scan2cap_scores([], {"s|0": sentences}, PROPOSED, TRUE)  # type: ignore[dict-item]
