"""Objects that come, go, move and change places in the list, and the slots that they keep."""

import numpy as np
import pytest

from omd3d_ros.perception.identity import ObjectIdentities, cell_keys


def block(x, seed=0, size=0.4):
    """The cells of a cube of points with a corner at (x, 0, 0)."""
    return np.unique(cell_keys(np.random.default_rng(seed).uniform(0, size, (4000, 3)) + [x, 0.0, 0.0]))


def features(*kinds):
    return np.eye(8)[list(kinds)]


def test_the_first_objects_are_numbered_in_order():
    assert ObjectIdentities().update([block(0), block(1)], features(0, 1)).tolist() == [0, 1]


def test_an_object_keeps_its_slot_over_ten_updates():
    identities = ObjectIdentities()
    identities.update([block(0), block(1), block(2)], features(0, 1, 2))
    for seed in range(10):
        slots = identities.update([block(0, seed), block(1, seed), block(2, seed)], features(0, 1, 2))
        assert slots.tolist() == [0, 1, 2]


def test_the_order_of_the_list_means_nothing():
    identities = ObjectIdentities()
    identities.update([block(0), block(1), block(2)], features(0, 1, 2))
    assert identities.update([block(2), block(0), block(1)], features(2, 0, 1)).tolist() == [2, 0, 1]


def test_an_object_that_moves_a_little_keeps_its_slot_step_by_step():
    identities = ObjectIdentities()
    identities.update([block(5), block(0)], features(0, 1))
    for x in (0.15, 0.3, 0.45, 0.6):
        assert identities.update([block(x), block(5)], features(1, 0)).tolist() == [1, 0]


def test_what_appears_elsewhere_is_another_object():
    identities = ObjectIdentities()
    identities.update([block(0)], features(0))
    assert identities.update([block(3)], features(0)).tolist() == [1]


def test_features_decide_between_objects_that_overlap_alike():
    identities = ObjectIdentities()
    identities.update([block(0), block(0.4)], features(0, 1))
    assert identities.update([block(0.2, 1), block(0.2, 2)], features(1, 0)).tolist() == [1, 0]


def test_a_vanished_object_that_returns_in_time_gets_its_slot_back():
    identities = ObjectIdentities(grace=3)
    identities.update([block(0), block(1)], features(0, 1))
    for _ in range(3):
        assert identities.update([block(1)], features(1)).tolist() == [1]
    assert identities.update([block(1), block(0)], features(1, 0)).tolist() == [1, 0]


def test_a_slot_is_not_used_again_until_the_grace_is_over():
    identities = ObjectIdentities(grace=2)
    identities.update([block(0), block(1)], features(0, 1))
    assert identities.update([block(1), block(3)], features(1, 2)).tolist() == [1, 2]
    identities.update([block(1), block(3)], features(1, 2))
    assert identities.update([block(1), block(3), block(5)], features(1, 2, 3)).tolist() == [1, 2, 0]


def test_a_full_list_takes_the_slot_that_was_vacant_longest():
    identities = ObjectIdentities(slots=3, grace=9)
    identities.update([block(0), block(1), block(2)], features(0, 1, 2))
    identities.update([block(0), block(2)], features(0, 2))
    identities.update([block(2)], features(2))
    assert identities.update([block(2), block(5)], features(2, 3)).tolist() == [2, 1]
    assert sorted(identities.update([block(2), block(5), block(7)], features(2, 3, 4)).tolist()) == [0, 1, 2]


def test_no_objects_and_too_many():
    identities = ObjectIdentities(slots=1)
    assert identities.update([], np.zeros((0, 8))).tolist() == []
    with pytest.raises(ValueError, match="2 objects do not fit 1 slots"):
        identities.update([block(0), block(1)], features(0, 1))


def test_features_of_another_model_do_not_matter():
    identities = ObjectIdentities()
    identities.update([block(0), block(1)], features(0, 1))
    assert identities.update([block(1), block(0)], np.ones((2, 3))).tolist() == [1, 0]


def test_all_is_forgotten():
    identities = ObjectIdentities()
    identities.update([block(0), block(1)], features(0, 1))
    identities.reset()
    assert identities.update([block(1)], features(1)).tolist() == [0]
