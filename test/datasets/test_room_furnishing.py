"""How rooms are furnished: what may stand where, disorder, and how much there is."""

import numpy as np
import pytest

from omd3d_ros.datasets.rooms import chairs, disorder, scatter, tables
from omd3d_ros.datasets.rooms.layout import Layout
from omd3d_ros.datasets.rooms.lexicon import NAMES
from omd3d_ros.datasets.rooms.media import magazine
from omd3d_ros.datasets.rooms.palette import plain
from omd3d_ros.datasets.rooms.plans import ROOM_TYPES, SHARES, furnish
from omd3d_ros.datasets.rooms.room import make_room
from omd3d_ros.datasets.rooms.shapes import Shape, bounds
from omd3d_ros.datasets.rooms.variants import HELD_OUT_SEEDS, RoomRng


def empty_room(seed: int = 0) -> Layout:
    return Layout(RoomRng(seed), (5.0, 4.0, 2.5))


def block(width: float, depth: float, height: float) -> Shape:
    paint = plain(np.random.default_rng(0), "red")
    return Shape("object", "red", "wooden").box((0, 0, height / 2), (width, depth, height), paint)


def test_nothing_may_stand_where_something_stands() -> None:
    layout = empty_room()
    assert layout.put(block(1, 1, 1), (2, 2, 0)) is not None
    assert layout.put(block(1, 1, 1), (2.9, 2, 0)) is None
    assert layout.put(block(1, 1, 1), (3.1, 2, 0)) is not None
    assert layout.put(block(1, 1, 1), (2, 2, 1.0)) is not None, "on top is free"


def test_turned_things_meet_at_their_corners_only_when_they_do() -> None:
    layout = empty_room()
    layout.put(block(1, 1, 1), (2, 2, 0))
    # A square turned by 45 degrees reaches 0.707 from its middle along x, and 0.5 along its own axes.
    assert layout.put(block(1, 1, 1), (3.15, 2, 0), np.pi / 4) is None
    assert layout.put(block(1, 1, 1), (2.9, 2.9, 0), np.pi / 4) is not None


def test_nothing_may_leave_the_room() -> None:
    layout = empty_room()
    assert layout.put(block(1, 1, 1), (0.4, 2, 0)) is None
    assert layout.put(block(1, 1, 1), (0.55, 2, 0), np.pi / 4) is None
    assert layout.put(block(1, 1, 2.6), (2, 2, 0)) is None


def test_fanned_sheets_overlap_on_the_table_that_carries_them() -> None:
    found = 0
    for seed in range(12):
        layout = empty_room(seed)
        table = layout.put(tables.dining_table(layout.rng), (2.5, 2, 0))
        assert table is not None
        surface = table.shape.surfaces[0]
        low = layout.set_on(magazine(layout.rng), table, surface)
        if low is None or low.shape.footprint()[2] > 0.012:
            continue
        for sheet in scatter.fan(layout, table, surface, low, 3):
            assert sheet.on == table.id
            assert 0.002 < sheet.position[2] - low.position[2] < 0.012
            found += np.linalg.norm(sheet.position[:2] - low.position[:2]) < 0.2
    assert found > 5


def test_clothes_hang_from_the_upper_edge_of_a_chair() -> None:
    layout = empty_room(3)
    chair = layout.put(chairs.wooden_chair(layout.rng), (2, 2, 0), 1.0)
    assert chair is not None
    cloth = disorder.hang_over(layout, chair)
    assert cloth is not None and cloth.on == chair.id and cloth.mount == "on"
    top = chair.shape.footprint()[2]
    low, high = cloth.shape.bounds()
    assert cloth.position[2] + high[2] == pytest.approx(top, abs=0.06)
    assert low[2] < -0.12, "it reaches down"


def test_a_cloth_over_an_edge_lies_on_the_top_and_hangs_outside_it() -> None:
    layout = empty_room()
    table = layout.put(block(1.2, 0.8, 0.75).surface((0, 0, 0.75), 1.2, 0.8), (2, 2, 0))
    assert table is not None
    cloth = disorder.hang_over_edge(layout, table)
    assert cloth is not None
    low, high = bounds(cloth.primitives)
    assert low[2] < 0.68 and high[2] == pytest.approx(0.76, abs=0.012)
    assert low[1] < 1.6 < high[1] or low[1] < 2.4 < high[1], "across one of the long edges"


def test_what_leans_on_a_wall_has_its_upper_end_nearer_to_it() -> None:
    for seed in range(6):
        board = disorder.leaning_board(np.random.default_rng(seed))
        (_, _, turn, *_) = board.parts[0]
        assert turn[1, 2] < -0.05, "up on the board is back towards -y, where the wall is"
        assert board.bounds()[0][2] == pytest.approx(0.0, abs=1e-6)


def test_some_things_are_pushed_under_tables() -> None:
    layout = empty_room(1)
    table = layout.put(tables.dining_table(layout.rng), (2.5, 2, 0))
    assert table is not None
    disorder.push_under(layout, table, 6)
    w, d, _ = table.shape.footprint()
    under = [p for p in layout.placed[1:] if (np.abs(p.position - table.position)[:2] < [w / 2, d / 2]).all()]
    assert under and all(p.mount == "floor" for p in under)


def test_room_types_add_up() -> None:
    assert len(ROOM_TYPES) == len(SHARES) and sum(SHARES) == pytest.approx(1.0)


def test_only_rooms_of_held_out_seeds_may_hold_rare_shapes() -> None:
    for seed, rare in ((0, False), (HELD_OUT_SEEDS - 1, False), (HELD_OUT_SEEDS, True)):
        rng = furnish(seed)[0].rng
        assert isinstance(rng, RoomRng) and rng.held_out is rare


def test_rooms_are_full_but_not_too_dear_to_render() -> None:
    rooms = [make_room(seed) for seed in range(40, 64)]
    assert np.median([len(r.objects) for r in rooms]) > 35
    assert max(len(r.primitives) for r in rooms) < 800
    nameless = sum(o.category == "object" for r in rooms for o in r.objects)
    assert nameless > 3 * len(rooms)
    categories = {o.category for r in rooms for o in r.objects}
    assert len(categories) > 90 and categories <= set(NAMES)
    for room in rooms:
        for thing in room.objects:
            assert (thing.low > -0.06).all() and (thing.high < room.size + 0.06).all(), (room.seed, thing)
            if thing.mount == "floor":
                assert abs(thing.low[2]) < 0.02, (room.seed, thing)
