"""Query programs as trees, as tokens and as ids: every operation there and back, and what is no program."""

from __future__ import annotations

import random

import pytest

from omd3d_ros.language.program import OPERATIONS, ProgramError, Step, Unfinished, parse, tokens
from omd3d_ros.language.program.operations import ORDINALS, RANKED, ROOTS, SETS
from omd3d_ros.language.program.spans import ProgramCodec
from omd3d_ros.language.program.tree import MAX_LENGTH

QUESTION = "the red chair near the big table"
WORDS = [(0, 3), (4, 7), (8, 13), (14, 18), (19, 22), (23, 26), (27, 32)]
PIECES = [(0, 0), *WORDS, (0, 0)]  # with an encoder's own marks before and after
CHAIR = Step("noun", (), 8, 13)
CODEC = ProgramCodec(first_operation=8, vocabulary=200)


def program_with(operation: str) -> Step:
    """The smallest program in which the operation stands."""
    if operation in ROOTS:
        return Step(operation, (CHAIR,) * ROOTS[operation])
    if operation == "noun":
        return Step("find", (CHAIR,))
    if operation in ORDINALS:
        return Step("find", (Step(operation, (Step("largest", (CHAIR,)),)),))
    return Step("find", (Step(operation, (CHAIR,) * SETS[operation]),))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_comes_back_from_tokens_and_from_ids(operation):
    program = program_with(operation)
    written = tokens(program)
    assert parse(written) == program
    ids = CODEC.encode(written, PIECES)
    state, read = Unfinished(), []
    for id in ids:
        read.append(CODEC.token(id, PIECES, start=state.next == "start"))
        state.add(read[-1])
    assert state.done and read == written


def test_operations_are_numbered_in_order_and_pointers_come_after_the_words():
    ids = CODEC.encode(["count", "noun", 4, 13], PIECES)
    assert ids == [8 + OPERATIONS.index("count"), 8 + OPERATIONS.index("noun"), 200 + 2, 200 + 3]


def test_a_span_within_pieces_becomes_the_whole_pieces():
    ids = CODEC.encode(["find", "noun", 9, 12], PIECES)
    assert [CODEC.token(i, PIECES, start) for i, start in zip(ids[2:], (True, False), strict=True)] == [8, 13]


@pytest.mark.parametrize(("start", "end"), [(40, 45), (8, 45), (3, 13)])
def test_a_span_beyond_the_pieces_is_refused(start, end):
    with pytest.raises(ProgramError, match="no piece of the question covers its character"):
        CODEC.encode(["find", "noun", start, end], PIECES)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (["noun", 0, 3], "'noun' can't stand where a root is due"),
        (["find", "count", "thing"], "'count' can't stand where a set is due"),
        (["find", "nth:2", "red"], "'red' can't stand where a ranked is due"),
        (["find", "nth:2", "noun", 0, 3], "'noun' can't stand where a ranked is due"),
        (["find", "noun", "thing"], "'thing' can't stand where a start is due"),
        (["find", 3], "a place in the question can't stand where a set is due"),
        (["find", "thing", "thing"], "'thing' can't stand where a end is due"),
        (["find", "near", "thing"], "ends before it is complete"),
        ([], "ends before it is complete"),
    ],
)
def test_what_is_no_program_is_refused(written, message):
    with pytest.raises(ProgramError, match=message):
        parse(written)


def test_every_program_that_may_be_written_ends_in_time():
    """A writer that likes what needs most ends all the same; so do many that choose at random."""
    rng = random.Random(0)
    lengths = []
    for trial in range(300):
        state = Unfinished()
        while not state.done:
            allowed = state.allowed()
            if not allowed:
                state.add(0)
            elif trial == 0:
                state.add(max(allowed, key=lambda name: SETS.get(name, 0)))
            elif trial == 1:
                state.add("nth:2" if "nth:2" in allowed else "nearest" if "nearest" in allowed else allowed[0])
            else:
                state.add(rng.choice([*allowed, *(n for n in allowed if SETS.get(n, 0) > 1)]))
        lengths.append(state.length)
    assert max(lengths) <= MAX_LENGTH and max(lengths) > MAX_LENGTH // 2


def test_an_ordinal_takes_only_what_ranks():
    state = Unfinished()
    for token in ("find", "nth:3"):
        state.add(token)
    assert state.allowed() == RANKED


def test_programs_read_well():
    near = Step("near", (Step("color:red", (CHAIR,)), Step("noun", (), 27, 32)))
    program = Step("find", (near,))
    assert program.written(QUESTION) == 'find(near(color:red("chair"), "table"))'
    assert str(program) == "find(near(color:red(noun[8:13]), noun[27:32]))"
    assert [s.operation for s in program.steps()] == ["find", "near", "color:red", "noun", "noun"]
