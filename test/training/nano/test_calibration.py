"""Thresholds and confidence fitted to made-up questions whose right thresholds are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from omd3d_ros.language.execution import ObjectTable, Thresholds
from omd3d_ros.language.program import COLORS, Step
from omd3d_ros.training.nano.calibration import Trial, fit_confidence, fit_filters, fit_thresholds


def a_table(objects: int) -> ObjectTable:
    boxes = np.tile([0.0, 0.0, 0.5, 1.0, 1.0, 1.0], (objects, 1))
    nothing = {n: np.zeros((objects, c)) for n, c in (("names", 1), ("colors", 12), ("materials", 10), ("shapes", 2))}
    return ObjectTable(boxes, np.ones(objects), ("chair",), low_high=np.array([[-3.0, -3.0], [3.0, 3.0]]), **nothing)


def trials(root: str, sets: list[list[float]], truth) -> list[Trial]:
    """truth: from a membership to whether that object is meant."""
    return [
        Trial(root, [np.array(m)], a_table(len(m)), 1.0, [k for k, v in enumerate(m) if truth(v)], "made") for m in sets
    ]


def singles(count: int = 60) -> list[list[float]]:
    return [[float(m)] for m in np.linspace(0.01, 0.99, count)]


@pytest.mark.parametrize(
    ("root", "name"), [("find", "find"), ("all", "member"), ("what", "member"), ("exists", "exists")]
)
@pytest.mark.parametrize("known", [0.15, 0.4])
def test_a_threshold_is_found_where_objects_begin_to_be_meant(root, name, known):
    made = trials(root, singles(), lambda m: m >= known)
    fitted = fit_thresholds(made)
    assert all(t.decide(fitted).chosen == t.targets for t in made if abs(t.sets[0][0] - known) > 0.05)
    others = {"find", "member", "exists", "count_none", "count_one"} - {name}
    assert all(getattr(fitted, other) == getattr(Thresholds(), other) for other in others)


@pytest.mark.parametrize(("lost", "says_none"), [(1, True), (4, True), (20, False)])
def test_of_thresholds_about_as_good_the_one_that_says_none_most_often_is_taken(lost, says_none):
    """Two questions are about nothing; saying so loses ``lost`` others, of 400 of which a fifth is wrong anyway."""
    right, wrong = trials("find", [[0.9]] * 300, lambda m: True), trials("find", [[0.9, 0.8]] * 80, lambda m: m < 0.85)
    doubtful, nothing = trials("find", [[0.3]] * lost, lambda m: True), trials("find", [[0.3]] * 2, lambda m: False)
    fitted = fit_thresholds([*right, *wrong, *doubtful, *nothing])
    assert (nothing[0].decide(fitted).chosen == []) == says_none


def test_many_faint_objects_are_not_counted():
    """Ten of 0.18 are none where only sure ones are meant, though they sum up to two."""
    sets = [[0.95] * n + [0.18] * (10 - n) for n in range(5)] * 5
    fitted = fit_thresholds(trials("count", sets, lambda m: m > 0.5))
    assert all(t.decide(fitted).value == len(t.targets) for t in trials("count", sets, lambda m: m > 0.5))


@pytest.mark.parametrize("real", [0.1, 0.9])
def test_counting_thresholds_stay_in_order(real):
    """Also where faint objects count, and where nothing but the surest do."""
    sets = [[m] * n for m in (0.12, 0.22, 0.5, 0.95) for n in (1, 2, 3)] * 3
    fitted = fit_thresholds(trials("count", sets, lambda m: m >= real))
    assert 0 < fitted.count_none < fitted.count_one <= 1


@pytest.mark.parametrize(("wrong", "counts"), [(1, 1), (40, 0)])
def test_of_counting_thresholds_about_as_good_the_lowest_is_taken(wrong, counts):
    """A fifth is wrong anyway; a thing that is doubted should not count by one question of 201, or by 40 of 240."""
    right, lost = (
        trials("count", [[0.95] * n for n in range(4)] * 40, bool),
        trials("count", [[0.95]] * 40, lambda m: False),
    )
    doubted = trials("count", [[0.4]] * wrong, lambda m: False)
    assert doubted[0].decide(fit_thresholds([*right, *lost, *doubted])).value == counts


def test_few_questions_change_nothing():
    assert fit_thresholds(trials("find", singles(19), lambda m: m > 0.9)) == Thresholds()


def test_questions_about_objects_that_were_not_found_teach_no_threshold():
    made = trials("find", singles(), lambda m: m > 0.1)
    for trial in made:
        trial.targets = None
    assert fit_thresholds(made) == Thresholds()
    assert fit_confidence(made, Thresholds()) == [1.0, 0.0]


def right_with(slope: float, offset: float, count: int = 4000) -> list[Trial]:
    """Answers that are right as often as a line in log-odds says."""
    rng = np.random.default_rng(0)
    m = rng.uniform(0.02, 0.98, count)
    chance = 1 / (1 + np.exp(-(slope * np.log(m / (1 - m)) + offset)))
    right = rng.random(count) < chance
    return [
        Trial("find", [np.array([v])], a_table(1), 1.0, [0] if r else [], "made") for v, r in zip(m, right, strict=True)
    ]


def test_confidence_is_how_often_answers_are_right():
    slope, offset = fit_confidence(right_with(1.5, -0.5), Thresholds(find=0.01))
    assert slope == pytest.approx(1.5, abs=0.15) and offset == pytest.approx(-0.5, abs=0.15)


def test_confidence_always_rises_with_the_score():
    slope, _ = fit_confidence(right_with(-1.0, 0.0, 500), Thresholds(find=0.01))
    assert slope > 0


@pytest.mark.parametrize("trusted", [True, False])
def test_colours_count_for_as_much_as_they_are_worth(trusted):
    """Two chairs, one likelier a chair, the other likelier red: which is meant says how much to trust colours."""
    noun = Step("noun", (), 0, 5)
    asked = Step("color:red", (noun,))
    made = []
    for i in range(40):
        table = a_table(2)
        red = np.zeros((2, 12))
        red[:, COLORS.index("red")] = (0.35, 0.75)
        table = replace(table, colors=red)
        nouns = {(0, 5): np.array([0.9, 0.55])}
        trial = Trial("find", [], table, 1.0, [1 if trusted or i % 4 == 0 else 0], "made", [asked], nouns)
        made.append(trial.under(Thresholds()))
    powers = fit_filters(made)
    assert (powers.color > 0.6) == trusted and powers.material == Thresholds().material
