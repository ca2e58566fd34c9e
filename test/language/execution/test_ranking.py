"""Superlatives grade the members by how clearly they come first."""

import numpy as np

from omd3d_ros.language.execution.ranking import ranked


def test_the_best_keeps_its_membership_and_the_others_fall_with_the_difference() -> None:
    grades = ranked(np.array([0.8, 0.8, 0.8]), np.array([3.0, 2.9, 1.0]), clear=0.2)
    assert grades[0] == 0.8
    assert 0.3 < grades[1] < 0.8
    assert grades[2] < 0.01


def test_equals_share_the_first_place() -> None:
    assert np.allclose(ranked(np.ones(4), np.zeros(4), clear=0.1), 1.0)


def test_places_count_from_the_first() -> None:
    value = np.array([1.0, 5.0, 3.0, 4.0, 2.0])
    order = [int(ranked(np.ones(5), value, 0.1, place).argmax()) for place in (1, 2, 3, 4, 5)]
    assert order == [1, 3, 2, 4, 0]


def test_no_such_place_is_nobody() -> None:
    assert ranked(np.array([1.0, 0.0, 0.9]), np.array([1.0, 2.0, 3.0]), 0.1, place=3).max() < 0.01
    assert ranked(np.zeros(3), np.arange(3.0), 0.1).max() == 0


def test_an_implausible_member_does_not_come_before_a_plausible_one() -> None:
    for lone in (1.0, 0.15):
        grades = ranked(np.array([0.9, 0.1]), np.array([1.0, 9.0]), 0.2, lone=lone)
        assert grades.argmax() == 0 and grades[0] == 0.9


def test_of_many_members_the_one_with_most_comes_first() -> None:
    value = np.random.default_rng(0).permutation(5000).astype(float)
    assert ranked(np.ones(5000), value, 0.2).argmax() == value.argmax()
    assert ranked(np.ones(5000), value, 0.2, place=3).argmax() == np.argsort(-value)[2]


def test_who_ranks_takes_it_that_there_are_several() -> None:
    membership, value = np.array([0.9, 0.3]), np.array([1.0, 2.0])
    assert ranked(membership, value, 0.2).argmax() == 0
    assert ranked(membership, value, 0.2, lone=0.15).argmax() == 1, "of two the second is ahead"
    assert ranked(membership, -value, 0.2, lone=0.15).argmax() == 0
    alone = ranked(np.array([0.9, 0.0]), value, 0.2, lone=0.15)
    assert alone.tolist() == [0.9, 0.0], "one alone is the first all the same"
