"""Baselines, average precision, reliability and intervals of rooms, on figures that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from omd3d_ros.evaluation.instance_ap import RoomInstances, category_ap, class_agnostic_ap
from omd3d_ros.evaluation.outcomes import Outcome
from omd3d_ros.evaluation.reliability import Claim, calibration_error, kept, reliability_bins
from omd3d_ros.evaluation.reliability_picture import draw_reliability
from omd3d_ros.evaluation.room_baselines import Baselines
from omd3d_ros.evaluation.room_intervals import ratio_over_rooms
from omd3d_ros.evaluation.room_metrics import mean, zero_target_f1, zero_targets_denied
from omd3d_ros.evaluation.room_outcomes import claims_of, room_outcome
from omd3d_ros.evaluation.room_truth import RoomTruth
from omd3d_ros.evaluation.rooms import ProposalCounts, RoomResult
from omd3d_ros.types import Answer, Instance

SIZES = [200, 200, 200, 200]
NO_INSTANCES = RoomInstances([], [], {}, [], [], [])


def truth(proposals: list[list[int]]) -> RoomTruth:
    """Four superpoints of 200 points: two chairs, a table, and floor; proposals by superpoint."""
    masks = np.zeros((len(proposals), 4), bool)
    for row, superpoints in zip(masks, proposals, strict=True):
        row[superpoints] = True
    categories = {1: "chair", 2: "chair", 3: "table"}
    superpoints = np.repeat(np.arange(4), SIZES)
    return RoomTruth(np.array([1, 2, 3, 0]), np.array(SIZES, float), categories, superpoints, masks)


def instance(room: RoomTruth, superpoints: list[int], score: float) -> Instance:
    mask = np.isin(room.superpoints, superpoints)
    return Instance("OBJ000", "chair", score, mask, np.zeros(3), np.ones(3))


def test_the_upper_bound_takes_the_best_proposals_and_chance_takes_any() -> None:
    values = Baselines(truth([[0], [1], [2], [3]]), seed=0).values([1])
    assert values["bound@0.5"] == 1.0
    assert values["category@0.5"] == pytest.approx(1 / 2, abs=0.2)  # one of two chairs
    assert values["random@0.5"] == pytest.approx(1 / 4, abs=0.2)  # one of four proposals
    both = Baselines(truth([[0], [1], [2], [3]]), seed=0).values([1, 2])
    assert both["bound@0.5"] == both["category@0.5"] == 1.0  # there are but two chairs to draw


def test_the_upper_bound_is_no_better_than_the_proposals() -> None:
    values = Baselines(truth([[0, 1, 2]]), seed=0).values([1])
    assert (values["bound@0.25"], values["bound@0.5"]) == (1.0, 0.0)  # IoU 1/3
    assert Baselines(truth([]), seed=0).values([1])["bound@0.25"] == 0.0
    assert Baselines(truth([[0]]), seed=0).values([]) == {}


def test_an_answer_is_measured_against_its_targets() -> None:
    room = truth([[0], [1]])
    query = {"query": "the chairs", "type": "several", "target_ids": [1, 2], "answer": "two chairs"}
    answer = Answer("the chairs", "these", [instance(room, [0], 0.9), instance(room, [2], 0.3)])
    outcome = room_outcome(answer, query, room, "room 0")
    assert outcome.values["iou"] == pytest.approx(1 / 3)  # of the chairs and the table one chair is right
    assert (outcome.values["acc@0.25"], outcome.values["acc@0.5"]) == (1.0, 0.0)
    assert outcome.values["right from 0.5"] == 1.0  # without the table: one chair of two
    assert claims_of(answer, [1, 2], room) == [Claim(0.9, True), Claim(0.3, False)]


def test_of_one_target_the_best_instance_is_measured_alone() -> None:
    room = truth([[0], [1]])
    query = {"query": "the table", "type": "category", "target_ids": [3], "answer": "a table"}
    answer = Answer("the table", "this", [instance(room, [2], 0.9), instance(room, [0, 1, 3], 0.3)])
    values = room_outcome(answer, query, room, "room 0").values
    assert (values["best@0.5"], values["acc@0.5"]) == (1.0, 0.0)


def test_what_a_follow_up_is_about_is_told_by_the_proposals_that_overlap_it_most() -> None:
    room = truth([[3], [1], [0, 1], [2]])
    assert room.best_proposals([2, 3]) == [1, 3]
    assert truth([[3]]).best_proposals([1]) == truth([]).best_proposals([1]) == truth([[0]]).best_proposals([]) == []


def test_average_precision_with_and_without_categories() -> None:
    room = RoomInstances(
        SIZES, [1, 2, 3, 0], {1: "chair", 2: "chair", 3: "table"}, [[0], [1], [2]], [], [0.9, 0.8, 0.7]
    )
    right = RoomInstances(**{**vars(room), "labels": ["chair", "chair", "table"]})
    wrong = RoomInstances(**{**vars(room), "labels": ["chair", "chair", "sofa"]})
    assert class_agnostic_ap([right])["ap"] == class_agnostic_ap([wrong])["ap"] == pytest.approx(1.0)
    assert category_ap([right])["average"]["ap50"] == pytest.approx(1.0)
    scores = category_ap([wrong])
    assert scores["chair"]["ap50"] == pytest.approx(1.0) and scores["table"]["ap50"] == 0.0 and "sofa" not in scores
    assert scores["average"]["ap50"] == pytest.approx(0.5)


def test_average_precision_of_more_categories_than_the_benchmark_has() -> None:
    """40 objects of a category each, all found; the first of them is called by the second one's name as well."""
    names = {k: f"thing {k:02d}" for k in range(1, 41)}
    masks, labels = [[k - 1] for k in names], list(names.values())
    room = RoomInstances([150] * 40, list(names), names, [*masks, [0]], [*labels, "thing 02"], [*[0.5] * 40, 0.9])
    scores = category_ap([room])
    assert len(scores) == 41 and scores["thing 40"]["ap50"] == pytest.approx(1.0)
    assert scores["thing 02"]["ap50"] < 1.0  # the false one counts, though its object is of another category
    assert scores["thing 01"]["ap50"] == pytest.approx(1.0)


def test_scores_that_mean_what_they_say_have_no_calibration_error() -> None:
    exact = [Claim(0.75, True)] * 3 + [Claim(0.75, False)]
    assert calibration_error(exact) == pytest.approx(0.0)
    assert calibration_error([Claim(0.95, False), Claim(1.0, False)]) == pytest.approx(0.975)
    assert [(b.low, b.count, b.hits) for b in reliability_bins(exact)] == [(0.7, 4, 0.75)]
    assert np.isnan(calibration_error([]))


def test_what_a_min_score_keeps() -> None:
    claims = [Claim(0.9, True), Claim(0.5, True), Claim(0.4, False), Claim(0.1, False)]
    assert kept(claims, 0.5) == {"kept": 0.5, "hits_kept": 1.0, "precision": 1.0}
    assert kept(claims, 0.3)["precision"] == pytest.approx(2 / 3)
    assert np.isnan(kept(claims, 0.95)["precision"])


def test_the_curve_has_a_bar_as_high_as_the_share_of_hits() -> None:
    low, high = (
        (draw_reliability([Claim(0.95, True)] * hits + [Claim(0.95, False)] * (10 - hits)) == (59, 125, 216)).all(-1)
        for hits in (2, 8)
    )
    assert high.any(1).sum() == pytest.approx(4 * low.any(1).sum(), rel=0.05)


def test_intervals_are_over_rooms() -> None:
    value, interval = ratio_over_rooms([(10, 10), (0, 10)], 20)
    assert value == 0.5 and interval is not None
    assert (interval.low, interval.high, interval.count) == (0.0, 1.0, 20)  # a resample may hold one room twice
    assert ratio_over_rooms([(3, 4), (0, 0)], 4) == (0.75, None)
    assert np.isnan(ratio_over_rooms([(0, 0)], 0)[0])


def outcome(kind: str, **values: float) -> Outcome:
    return Outcome("room", kind, "", "", "", 0.0, None, {name.replace("_", " "): v for name, v in values.items()})


def test_zero_target_f1_and_means_by_type() -> None:
    """Of three queries without a target two are answered with none, and so is one that has a target."""
    group = [
        *[outcome("zero", no_target=1.0, none_answered=1.0, words=1.0)] * 2,
        outcome("zero", no_target=1.0, none_answered=0.0, words=0.0),
        outcome("category", no_target=0.0, none_answered=1.0),
    ]
    result = RoomResult(0, ProposalCounts(0, 0, 0, 0, 0), NO_INSTANCES, {"train": group}, [])
    assert zero_target_f1("F1", [result]).value == pytest.approx(2 / 3)  # precision 2/3, recall 2/3
    assert zero_targets_denied("zero", [result]).value == pytest.approx(2 / 3)
    assert mean("words", [result], "words").value == pytest.approx(2 / 3)
    assert not mean("words", [result], "words", kinds=("category",)).has_value
