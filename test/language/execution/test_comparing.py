"""Among many objects only near ones are compared: what is found is what comparing all with all finds."""

import numpy as np
import pytest
from small_scenes import run, table_of_boxes

from omd3d_ros.language.execution import ObjectTable, comparing
from omd3d_ros.language.execution.comparing import nearest_anchors


@pytest.fixture
def house() -> ObjectTable:
    """Twelve tables with mugs on them, chairs beside and lamps above some; the last mug is in a bin."""
    rng = np.random.default_rng(0)
    rows: list[tuple] = []
    for n in range(12):
        x, y = 4.0 * (n % 6), 5.0 * (n // 6)
        rows.append(("table", None, (x, y, 0.4), (1.4, 0.8, 0.8)))
        rows.append(("mug", "red" if n % 3 else "white", (x + (0.4 if n % 2 else -0.4), y, 0.85), (0.1, 0.1, 0.1)))
        for side in (-1, 1):
            rows.append(("chair", "red", (x + rng.uniform(-0.3, 0.3), y + side * 0.9, 0.5), (0.5, 0.5, 1.0)))
        if n % 2:
            rows.append(("lamp", None, (x, y, 2.2), (0.3, 0.3, 0.3)))
    rows += [("bin", None, (2.0, 2.5, 0.3), (0.4, 0.4, 0.6)), ("mug", "red", (2.0, 2.5, 0.2), (0.1, 0.1, 0.1))]
    return table_of_boxes(rows, low_high=np.array([[-2.0, -2.0], [24.0, 8.0]]))


@pytest.mark.parametrize(
    "program",
    [
        'all(near("chair","table"))', 'all(on("mug","table"))', 'all(under("table","lamp"))', 'all(in("mug",thing))',
        'all(above("lamp","table"))', 'all(left("chair","table"))', 'all(right("mug",thing))',
        'all(front("chair","table"))', 'all(behind("chair","mug"))', 'all(left_end("mug","table"))',
        'all(right_end("mug","table"))', 'all(with("table","mug"))', 'all(between("table","chair","chair"))',
        'all(between(thing,"lamp","mug"))', 'find(nearest("chair","lamp"))', 'find(farthest("mug",color:white("mug")))',
        'find(nth:2(nearest(thing,"chair")))',
    ],
)  # fmt: skip
def test_as_if_all_were_compared(house: ObjectTable, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    all_compared = run(program, house)
    monkeypatch.setattr(comparing, "_EACH", 50)
    near_compared = run(program, house)
    assert np.abs(all_compared.membership - near_compared.membership).max() < 0.02
    assert near_compared.chosen == all_compared.chosen and all_compared.membership.max() > 0.1


def test_of_too_many_pairs_the_best_members_are_compared(house: ObjectTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "_EACH", 0)
    monkeypatch.setattr(comparing, "_MOST", 1)
    table, mug = run('find("table")', house).membership, run('find("mug")', house).membership
    mug *= np.linspace(1.0, 0.5, len(mug))
    some = np.flatnonzero(mug), np.flatnonzero(table)
    a, b = comparing.compared(house, mug, table, *some, 0.1)
    assert (a.tolist(), b.tolist()) == ([1], [0]), "the first mug, on the first table"


@pytest.mark.parametrize(("nearest", "left"), [(True, [1, 2]), (False, [7, 8])])
def test_of_too_many_things_the_extreme_ones_are_compared(
    nearest: bool, left: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = table_of_boxes([("chair", None, (float(x), 1.0, 0.5), (0.4, 0.4, 1.0)) for x in range(9)])
    monkeypatch.setattr(comparing, "_EACH", 2)
    monkeypatch.setattr(comparing, "_LEFT", 2)
    some, anchors = nearest_anchors(row, np.arange(1, 9), np.array([0]), nearest)
    assert some.tolist() == left and (anchors == 0).all()
