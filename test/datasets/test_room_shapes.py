"""The shapes that rooms are furnished with: well formed, named, and some of them held out."""

from collections.abc import Callable

import numpy as np
import pytest

from omd3d_ros.datasets.rooms import bathroom, chairs, containers, lamps, plants, seating, shelves, storage, tables
from omd3d_ros.datasets.rooms.clutter import thing
from omd3d_ros.datasets.rooms.fixtures import WALL_PIECES
from omd3d_ros.datasets.rooms.lexicon import NAMES
from omd3d_ros.datasets.rooms.palette import COLORS, plain
from omd3d_ros.datasets.rooms.scatter import CLUTTER
from omd3d_ros.datasets.rooms.shapes import Shape, rotation
from omd3d_ros.datasets.rooms.smalls import SMALLS
from omd3d_ros.datasets.rooms.variants import RoomRng, branch, variant
from omd3d_ros.datasets.rooms.wallware import WALLWARE

STANDING = {
    **SMALLS, "chair": chairs.chair, "stool": seating.stool, "sofa": seating.sofa, "armchair": seating.armchair,
    "bed": seating.bed, "bench": seating.bench, "pouf": seating.pouf, "dining table": tables.dining_table,
    "desk": tables.desk, "coffee table": tables.coffee_table, "cabinet": storage.cabinet, "shelf": shelves.shelf,
    "bookcase": shelves.bookcase, "wardrobe": storage.wardrobe, "toilet": bathroom.toilet, "shower": bathroom.shower,
    "bathtub": bathroom.bathtub, "vanity": bathroom.vanity,
}  # fmt: skip
HELD_OUT: dict[str, Callable[[np.random.Generator], Shape]] = {
    "chair": chairs.chair, "stool": seating.stool, "sofa": seating.sofa, "bed": seating.bed,
    "dining table": tables.dining_table, "cabinet": storage.cabinet, "shelf": shelves.shelf, "lamp": lamps.lamp,
    "plant": plants.plant, "box": containers.box, "trash can": containers.trash_can, "mug": SMALLS["mug"],
    "bottle": SMALLS["bottle"],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(STANDING))
def test_what_stands_rests_on_the_floor_and_is_of_human_size(name: str) -> None:
    for seed in range(6):
        shape = STANDING[name](RoomRng(seed, held_out=seed % 2 == 0))
        low, high = shape.bounds()
        assert -0.025 < low[2] < 0.02, (seed, low)
        assert (high - low).max() < 3.2 and (high - low).min() > 0.002


@pytest.mark.parametrize("name", sorted({**STANDING, **WALL_PIECES, **WALLWARE}))
def test_every_category_and_colour_has_a_name(name: str) -> None:
    make = {**STANDING, **WALL_PIECES, **WALLWARE}[name]
    for seed in range(4):
        shape = make(np.random.default_rng(seed))
        assert shape.category in NAMES
        assert shape.color in COLORS or shape.category == "books"


def test_clutter_lists_name_things_that_can_be_made() -> None:
    assert {name for names in CLUTTER.values() for name in names} <= set(SMALLS)


def test_rare_constructions_are_drawn_in_held_out_rooms_only() -> None:
    usual, plain_rng, held_out = RoomRng(0), np.random.default_rng(0), RoomRng(0, held_out=True)
    assert {variant(usual, ("a", "b"), "rare") for _ in range(50)} == {"a", "b"}
    assert {variant(plain_rng, ("a", "b"), "rare") for _ in range(50)} == {"a", "b"}
    share = np.mean([variant(held_out, ("a", "b"), "rare") == "rare" for _ in range(400)])
    assert 0.4 < share < 0.6


def test_a_branch_may_draw_what_its_parent_may() -> None:
    assert branch(RoomRng(1, held_out=True), 5).held_out
    assert not branch(RoomRng(1), 5).held_out


@pytest.mark.parametrize("name", sorted(HELD_OUT))
def test_common_categories_have_a_construction_that_training_never_sees(name: str) -> None:
    """The two streams of random numbers are one and the same until a rare construction is drawn."""
    common = {len(HELD_OUT[name](RoomRng(seed)).parts) for seed in range(20)}
    rare = [HELD_OUT[name](RoomRng(seed, held_out=True)) for seed in range(20)]
    again = [HELD_OUT[name](RoomRng(seed)) for seed in range(20)]
    changed = sum(
        a.parts[0][0] != b.parts[0][0] or len(a.parts) != len(b.parts) for a, b in zip(rare, again, strict=True)
    )
    assert common and changed >= 3


def test_nameless_things_differ_in_form() -> None:
    sizes = {(len(s.parts), s.parts[0][0]) for s in (thing(np.random.default_rng(k)) for k in range(60))}
    assert len(sizes) > 12


def test_a_turned_shape_is_set_down_and_centred() -> None:
    paint = plain(np.random.default_rng(0), "red")
    board = Shape("object", "red", "wooden").box((0.3, 0, 0.5), (0.4, 0.02, 1.0), paint)
    leaning = board.turned(rotation(roll=np.pi / 6))
    low, high = leaning.bounds()
    assert low[2] == pytest.approx(0.0, abs=1e-6)
    assert (low + high)[:2] == pytest.approx(np.zeros(2), abs=1e-6)
    assert high[2] == pytest.approx(np.cos(np.pi / 6) * 1.0 + np.sin(np.pi / 6) * 0.02, abs=1e-6)
    assert board.bounds()[1][2] == pytest.approx(1.0), "the original stays as it was"


def test_bounds_follow_when_parts_are_added() -> None:
    paint = plain(np.random.default_rng(0), "red")
    shape = Shape("object", "red", "wooden").box((0, 0, 0.1), (0.2, 0.2, 0.2), paint)
    assert shape.footprint()[2] == pytest.approx(0.2)
    shape.bar((0, 0, 0.2), (0, 0, 0.7), 0.01, paint)
    assert shape.footprint()[2] == pytest.approx(0.7)
    with pytest.raises(ValueError, match="without parts"):
        Shape("object", "red", "wooden").bounds()


@pytest.mark.parametrize(
    "end", [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.3, -0.95, 0.2), (0.5, 0.5, -0.7)]
)
def test_a_bar_runs_from_its_start_to_its_end(end: tuple[float, float, float]) -> None:
    bar = Shape("object", "red", "metal").bar((0, 0, 0), end, 0.02, plain(np.random.default_rng(0), "red"))
    (_, center, turn, half, _, _) = bar.parts[0]
    assert np.linalg.det(turn) == pytest.approx(1.0)
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-9)
    assert center + turn[:, 2] * half[2] == pytest.approx(np.array(end))
