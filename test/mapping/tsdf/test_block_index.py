"""The two-level block grid against a plain dict."""

import numpy as np

from omd3d_ros.mapping.tsdf.block_index import (
    ABSENT,
    FULL,
    add_all,
    empty_index,
    find,
    find_or_add,
    remove,
    with_neighbours,
)


def test_random_insertions_and_removals_as_in_a_dict():
    rng = np.random.default_rng(0)
    index, known = empty_index(40_000), {}  # 2,500 cells: these blocks lie far apart
    for _ in range(20_000):
        where = tuple(int(i) for i in rng.integers(-20, 20, 3) * rng.integers(1, 6))
        if where in known and rng.random() < 0.7:
            remove(index, known.pop(where))
        elif len(known) < 1500:
            known[where] = find_or_add(index, *where)
        assert find(index, *where) == known.get(where, ABSENT)
    assert index.num_blocks == len(known)
    for where, number in known.items():
        assert find(index, *where) == number
        assert tuple(index.coords[number]) == where and index.alive[number]
    for number in list(known.values()):
        remove(index, number)
    assert index.num_blocks == 0 and (index.keys == -1).all() and (index.cells == 0).all()


def test_a_full_index_says_so_and_keeps_working():
    index = empty_index(3)
    assert [find_or_add(index, i, 0, 0) for i in range(3)] == [0, 1, 2]
    assert find_or_add(index, 9, 9, 9) == FULL and find(index, 9, 9, 9) == ABSENT
    assert find_or_add(index, 1, 0, 0) == 1
    remove(index, 1)
    assert find_or_add(index, 9, 9, 9) == 1


def test_far_and_negative_coordinates_are_told_apart():
    index = empty_index(100)
    coords = np.array([[0, 0, 0], [-1, 0, 0], [0, -8, 0], [7, 7, 7], [8, 7, 7], [-500_000, 3, 900_000]], np.int32)
    numbers = add_all(index, coords)
    assert len(set(numbers)) == len(coords)
    assert [find(index, *(int(i) for i in c)) for c in coords] == list(numbers)


def test_neighbours_share_a_face():
    index = empty_index(100)
    a, b, _, d = add_all(index, np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, -1]], np.int32))
    assert set(with_neighbours(index, np.array([a], np.int32))) == {a, b, d}
