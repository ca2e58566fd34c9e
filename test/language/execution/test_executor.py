"""Query programs give the objects that a person would point at."""

import time

import numpy as np
import pytest
from small_scenes import program_of, run, table_of_boxes

from omd3d_ros.language.execution import ObjectTable, execute, say
from omd3d_ros.language.program import MATERIALS, SHAPES, Step
from omd3d_ros.language.program.operations import DISTANCES, ORDINALS, ROOTS, SETS, SUPERLATIVES

TABLE, LOW_CHAIR, TALL_CHAIR, MUG, PLATE, SHELF, BOOK, POSTER, BIN = range(9)
ROWS = [
    ("table", "brown", (2.5, 2.0, 0.37), (1.4, 0.8, 0.74)),
    ("chair", "red", (1.3, 2.0, 0.4), (0.45, 0.45, 0.8)),
    ("chair", "white", (4.0, 2.0, 0.55), (0.45, 0.45, 1.1)),
    ("mug", "white", (2.1, 2.0, 0.79), (0.1, 0.1, 0.1)),
    ("plate", "white", (2.3, 2.0, 0.75), (0.2, 0.2, 0.03)),
    ("shelf", "brown", (0.2, 3.6, 0.9), (0.4, 0.8, 1.8)),
    ("book", "blue", (0.2, 3.6, 0.72), (0.2, 0.2, 0.04)),
    ("poster", "yellow", (2.5, 3.99, 1.5), (0.8, 0.02, 0.6)),
    ("bin", "red", (2.5, 1.9, 0.15), (0.25, 0.25, 0.3)),
]


@pytest.fixture
def scene() -> ObjectTable:
    return table_of_boxes(ROWS)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ('all("chair")', {LOW_CHAIR, TALL_CHAIR}),
        ('all(color:red("chair"))', {LOW_CHAIR}),
        ('all(except("chair",color:red(thing)))', {TALL_CHAIR}),
        ('all(or("mug","plate"))', {MUG, PLATE}),
        ('what(on(thing,"table"))', {MUG, PLATE}),
        ('what(in(thing,"shelf"))', {BOOK}),
        ('what(on(thing,"shelf"))', {BOOK}),
        ('find(under("bin","table"))', {BIN}),
        ('find(with("table","mug"))', {TABLE}),
        ('all(on_wall(thing))', {POSTER}),
        ('all(corner(thing))', {SHELF, BOOK}),
        ('all(against_wall(thing))', {SHELF, POSTER}),
        ('all(on_floor(thing))', {TABLE, LOW_CHAIR, TALL_CHAIR, SHELF, BIN}),
        ('find(left("chair","table"))', {LOW_CHAIR}),
        ('find(right("chair","table"))', {TALL_CHAIR}),
        ('find(between("table","chair","chair"))', {TABLE}),
        ('find(nearest("chair","plate"))', {LOW_CHAIR}),
        ('find(farthest("chair","plate"))', {TALL_CHAIR}),
        ('find(tallest("chair"))', {TALL_CHAIR}),
        ('find(shortest("chair"))', {LOW_CHAIR}),
        ('find(nth:2(tallest("chair")))', {LOW_CHAIR}),
        ('find(nth:3(tallest("chair")))', set()),
        ('find(leftmost("chair"))', {LOW_CHAIR}),
        ('find(size:tall("chair"))', {TALL_CHAIR}),
        ('find(highest(thing))', {POSTER}),
        ('find(my_left("chair"))', {LOW_CHAIR}),
        ('find(stand("poster",my_left("chair")))', {TALL_CHAIR}),
        ('find(stand("table",face("poster",my_left("chair"))))', {LOW_CHAIR}),
        ('find(face("shelf",stand("table",my_left("chair"))))', {LOW_CHAIR}),
        ('find(left_end(or("mug","plate"),"table"))', {MUG}),
        ('find("piano")', set()),
        ('all(near("piano","table"))', set()),
        ('find(nearest("chair","piano"))', set()),
    ],
)  # fmt: skip
def test_the_objects_meant(scene: ObjectTable, program: str, expected: set[int]) -> None:
    assert set(run(program, scene).chosen) == expected


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ('count("chair")', 2),
        ('count("piano")', 0),
        ('exists(color:blue("book"))', True),
        ('exists(color:blue("chair"))', False),
        ('more("chair","mug")', True),
        ('more("mug","chair")', False),
        ('color("mug")', "white"),
        ('color(shortest("chair"))', "red"),
    ],
)
def test_values(scene: ObjectTable, program: str, value: object) -> None:
    assert run(program, scene).value == value


def test_last_is_what_the_previous_answer_was_about(scene: ObjectTable) -> None:
    previous = run('find(color:red("chair"))', scene)
    last = np.isin(np.arange(len(scene)), previous.chosen).astype(float)
    assert run("color(last)", scene, last).value == "red"
    assert run("find(last)", scene).chosen == []


def test_known_supports_and_mounts_come_before_what_boxes_suggest() -> None:
    supports = np.zeros((len(ROWS), len(ROWS)))
    supports[PLATE, TABLE] = 1.0
    mounts = ["floor", "floor", "floor", None, "on", "floor", "on", "wall", "wall"]
    scene = table_of_boxes(ROWS, supports=supports, mounts=mounts)
    assert run('all(on(thing,"table"))', scene).chosen == [PLATE]
    assert set(run("all(on_wall(thing))", scene).chosen) == {POSTER, BIN}


def test_a_built_in_lamp_of_the_ceiling_is_not_on_the_floor() -> None:
    rows = [("lamp", None, (2.5, 2.0, 2.3), (0.3, 0.3, 0.1)), ("counter", None, (2.5, 0.3, 0.86), (1.5, 0.6, 0.04))]
    scene = table_of_boxes(rows, mounts=["built-in", "built-in"])
    assert run("all(on_floor(thing))", scene).chosen == [1]


def test_front_of_a_thing_at_a_wall_is_the_rooms_side_whoever_looks() -> None:
    rows = [("shelf", "brown", (0.2, 2.0, 0.9), (0.4, 0.8, 1.8)), ("chair", "red", (1.0, 2.0, 0.4), (0.4, 0.4, 0.8))]
    for heading in ((0.0, 1.0), (1.0, 0.0), (-1.0, 0.0)):
        scene = table_of_boxes(rows, heading=np.array(heading))
        assert run('find(front("chair","shelf"))', scene).chosen == [1]
        assert run('find(behind("chair","shelf"))', scene).chosen == []


def test_without_a_viewer_the_room_is_seen_from_its_middle_along_y(scene: ObjectTable) -> None:
    nobody = table_of_boxes(ROWS, viewer=None, heading=None)
    assert run('find(my_left("chair"))', nobody).chosen == [LOW_CHAIR]
    assert run('find(my_right("chair"))', nobody).chosen == [TALL_CHAIR]


def test_what_may_not_exist_is_not_counted() -> None:
    exists = np.ones(len(ROWS))
    exists[TALL_CHAIR] = 0.1
    scene = table_of_boxes(ROWS, exists=exists)
    assert run('count("chair")', scene).value == 1
    assert run('find(tallest("chair"))', scene).chosen == [LOW_CHAIR]


def test_doubt_is_low_for_the_clear_and_high_on_the_threshold() -> None:
    sure = table_of_boxes(ROWS)
    exists = np.ones(len(ROWS))
    exists[MUG] = 0.5
    unsure = table_of_boxes(ROWS, exists=exists)
    assert run('exists("mug")', sure).doubt < 0.1
    assert run('exists("mug")', unsure).doubt > 0.9


def test_a_small_error_of_a_box_changes_a_score_a_little(scene: ObjectTable) -> None:
    before = run('find(nearest("chair","plate"))', scene).membership
    moved = [row if i != LOW_CHAIR else (*row[:2], (1.25, 2.0, 0.4), row[3]) for i, row in enumerate(ROWS)]
    after = run('find(nearest("chair","plate"))', table_of_boxes(moved)).membership
    assert np.abs(before - after).max() < 0.1


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS], ids=["nothing", "one object", "a room"])
def test_every_operation_runs_and_is_worded(rows: list[tuple]) -> None:
    scene = table_of_boxes(rows, viewer=None, heading=None)
    noun, thing = Step("noun", (), 0, 5), Step("thing")
    sets = [Step(name, (thing, noun, noun)[:takes]) for name, takes in SETS.items() if name not in ("noun", *ORDINALS)]
    ranks = [Step(name, (thing, noun)[: SETS[name]]) for name in (*SUPERLATIVES, *DISTANCES)]
    sets += [Step(ordinal, (rank,)) for ordinal in ORDINALS for rank in ranks]
    programs = [Step("all", (step,)) for step in [*sets, noun]]
    programs += [Step(root, (noun, thing)[:takes]) for root, takes in ROOTS.items()]
    for program in programs:
        result = execute(program, scene, lambda step: np.ones(len(scene)))
        assert result.membership.shape == (len(scene),)
        assert ((result.membership >= 0) & (result.membership <= 1)).all()
        assert say(program, result, scene, "table")


def test_a_membership_of_another_length_is_refused(scene: ObjectTable) -> None:
    _, program = program_of('find("chair")')
    with pytest.raises(ValueError, match="membership of 9 objects"):
        execute(program, scene, lambda step: np.ones(3))


def test_ten_thousand_objects_take_well_under_a_second() -> None:
    k, rng = 10_000, np.random.default_rng(0)
    boxes = np.concatenate([rng.uniform(0, 1, (k, 3)) * (60, 60, 1), rng.uniform(0.1, 1.0, (k, 3))], 1)
    names = rng.dirichlet(np.full(10, 0.1), k)
    scene = ObjectTable(
        boxes, np.ones(k), tuple("abcdefghij"), names, np.zeros((k, 12)), np.zeros((k, len(MATERIALS))),
        np.zeros((k, len(SHAPES))), np.array([[0.0, 0.0], [60.0, 60.0]]),
    )  # fmt: skip
    _, program = program_of('all(near(largest("a"),nearest("b","c")))')
    start = time.process_time()
    execute(program, scene, lambda step: names[:, step.start % 10])
    assert time.process_time() - start < 0.4


def test_thousands_of_faint_objects_are_not_one() -> None:
    rows = [("mug", "white", (2.0, 2.0, 0.5), (0.1, 0.1, 0.1))] * 5000
    scene = table_of_boxes(rows, names=np.full((5000, 1), 0.001))
    assert run('exists("mug")', scene).value is False
    scene.names[7] = 0.9
    assert run('exists("mug")', scene).chosen == [7]
