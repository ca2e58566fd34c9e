"""Programs for objects of which only labels and boxes are known."""

import pytest

from omd3d_ros.language.lenient import lenient
from omd3d_ros.language.program import Step

CHAIR, DOOR = Step("noun", (), 0, 5), Step("noun", (), 10, 14)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step("corner", (CHAIR,)), CHAIR),
        (Step("on_floor", (CHAIR,)), Step("on_floor", (CHAIR,))),
        (Step("my_left", (Step("material:wooden", (CHAIR,)),)), CHAIR),
        (Step("nth:2", (Step("nearest", (CHAIR, DOOR)),)), Step("nearest", (CHAIR, DOOR))),
        (Step("left", (CHAIR, Step("leftmost", (DOOR,)))), Step("near", (CHAIR, DOOR))),
        (Step("stand", (DOOR, Step("my_front", (CHAIR,)))), Step("near", (CHAIR, DOOR))),
        (Step("near", (CHAIR, Step("last"))), Step("near", (CHAIR, Step("thing")))),
        (Step("color:red", (CHAIR,)), Step("color:red", (CHAIR,))),
    ],
)
def test_what_cannot_be_told_rules_nothing_out(step: Step, expected: Step) -> None:
    assert lenient(step) == expected


FLAG = Step("noun", (), 20, 24)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step("on", (FLAG, CHAIR)), CHAIR),
        (Step("nearest", (Step("color:red", (FLAG,)), Step("near", (CHAIR, DOOR)))), Step("near", (CHAIR, DOOR))),
        (Step("between", (CHAIR, DOOR, FLAG)), CHAIR),
        (Step("largest", (FLAG,)), Step("largest", (FLAG,))),
    ],
)
def test_nouns_that_mean_no_object_are_passed_over(step: Step, expected: Step) -> None:
    assert lenient(step, [(FLAG.start, FLAG.end)]) == expected
