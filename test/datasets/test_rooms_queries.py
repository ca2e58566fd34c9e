"""Questions about rooms: about the right objects, unambiguous, with programs that say the same, split as promised."""

import re

import numpy as np
import pytest

from omd3d_ros.datasets.rooms import Room, make_queries, make_room
from omd3d_ros.datasets.rooms.grammar import TYPES
from omd3d_ros.datasets.rooms.lexicon import COLOR_NAMES, MATERIAL_NAMES, NAMES, WIDER, held_out, plural, singular
from omd3d_ros.language.program import Step, parse

SEEDS = range(8)
COUNT = 120  # questions a room
NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def ask(seed: int, count: int = COUNT, split: str = "train") -> tuple[Room, list[dict]]:
    room = make_room(seed)
    viewer = np.eye(4)
    viewer[:3, 3] = [room.size[0] / 2, -1.0, 0.0]
    return room, make_queries(room, np.random.default_rng(seed), count, viewer=viewer, split=split)


@pytest.fixture(scope="module")
def asked() -> list[tuple[Room, list[dict]]]:
    return [ask(seed) for seed in SEEDS]


def one_noun(query: dict, written: str) -> set[str] | None:
    """What the noun denotes of a query whose program is ``written`` with one noun as N; None for another program."""
    program = re.sub(r"noun\[\d+:\d+\]", "N", str(parse(query["program"])))
    return set(query["nouns"][0]["categories"]) if program == written else None


def test_every_query_has_its_parts_and_real_targets(asked) -> None:
    for room, queries in asked:
        assert len(queries) == COUNT
        for q in queries:
            assert {"query", "type", "target_ids", "answer", "program", "nouns"} <= set(q)
            assert q["query"].strip() and q["answer"].strip()
            assert not re.search("[{}\ue000-\uf8ff]|  ", q["query"]), q
            assert set(q["target_ids"]) <= {o.id for o in room.objects}
            assert "OBJ" not in q["answer"] and "<" not in q["answer"], q


def test_programs_are_valid_and_their_nouns_are_spans_of_the_query(asked) -> None:
    for _, queries in asked:
        for q in queries:
            spans = {(s.start, s.end) for s in parse(q["program"]).steps() if s.operation == "noun"}
            assert spans == {(n["start"], n["end"]) for n in q["nouns"]}, q
            for noun in q["nouns"]:
                assert q["query"][noun["start"] : noun["end"]] == noun["phrase"] == noun["phrase"].strip()
                assert noun["phrase"][-1] not in "?.!"
                assert q["type"] == "need" or not noun["phrase"].lower().startswith(("the ", "an "))


def test_queries_are_repeatable() -> None:
    assert ask(3)[1] == ask(3)[1]


def test_all_types_occur(asked) -> None:
    seldom = {"in", "shape", "floor"}
    assert set(TYPES) - seldom <= {q["type"] for _, queries in asked for q in queries} <= set(TYPES)


def test_only_visible_objects_are_spoken_of() -> None:
    room = make_room(1)
    visible = {o.id for o in room.objects if o.id % 2}
    for q in make_queries(room, np.random.default_rng(0), 60, visible_ids=visible):
        assert set(q["target_ids"]) <= visible


def _sees(step: Step) -> bool:
    """Whether the set depends on where the asker happens to be."""
    if step.operation in ("stand", "face"):
        return _sees(step.arguments[0])
    viewed = {
        "left",
        "right",
        "front",
        "behind",
        "left_end",
        "right_end",
        "leftmost",
        "rightmost",
        "closest",
        "remotest",
    }
    return step.operation in viewed or step.operation.startswith("my_") or any(map(_sees, step.arguments))


def test_without_a_viewer_nothing_depends_on_one() -> None:
    for seed in range(4):
        for q in make_queries(make_room(seed), np.random.default_rng(seed), 60):
            assert not _sees(parse(q["program"])), q


def test_nothing_in_sight_means_no_queries() -> None:
    assert make_queries(make_room(0), np.random.default_rng(0), 5, visible_ids=[]) == []


def test_answers_fit_their_targets(asked) -> None:
    for room, queries in asked:
        for q in queries:
            root, targets = q["program"][0], [room.object(i) for i in q["target_ids"]]
            if root == "count" and len(targets) < 13:
                assert q["answer"] == NUMBERS[len(targets)], q
            elif root == "exists":
                assert (q["answer"] == "yes") == bool(targets), q
            elif root == "color" and q["type"] == "color":
                assert [o.color for o in targets] == [q["answer"]]
                assert not str(q["program"][1]).startswith("color:"), q
            elif root in ("find", "where") and q["type"] != "zero":
                assert len(targets) == 1, q
            elif root == "unknown" or q["type"] == "zero":
                assert not targets, q


def test_all_means_every_object_that_the_noun_denotes(asked) -> None:
    checked = 0
    for room, queries in asked:
        for q in queries:
            means = one_noun(q, "all(N)") or one_noun(q, "count(N)")
            if means:
                assert q["target_ids"] == [o.id for o in room.objects if o.category in means], q
                checked += 1
    assert checked > 30


def test_colour_requests_leave_no_other_candidate(asked) -> None:
    checked = 0
    for room, queries in asked:
        for q in queries:
            for color in COLOR_NAMES:
                for root in ("find", "all", "count", "exists"):
                    means = one_noun(q, f"{root}(color:{color}(N))")
                    if means is not None:
                        expected = [o.id for o in room.objects if o.category in means and o.color == color]
                        assert q["target_ids"] == expected, q
                        checked += 1
    assert checked > 30


def test_on_means_what_the_room_says(asked) -> None:
    checked = 0
    for room, queries in asked:
        for q in queries:
            program = parse(q["program"])
            if re.fullmatch(r"(find|all)\(on\(noun\S+, noun\S+\)\)", str(program)):
                a, b = (
                    next(n["categories"] for n in q["nouns"] if n["start"] == s.start)
                    for s in program.steps()
                    if s.operation == "noun"
                )
                on = [o for o in room.objects if o.category in a and o.on is not None]
                assert q["target_ids"] == [o.id for o in on if room.object(o.on).category in b] or q["type"] == "zero"
                checked += 1
    assert checked > 3


def test_nearest_is_nearest_by_plain_centre_distance_or_gap(asked) -> None:
    checked = 0
    for room, queries in asked:
        for q in queries:
            program = parse(q["program"])
            if not re.fullmatch(r"find\(nearest\(noun\S+, noun\S+\)\)", str(program)):
                continue
            spans = [s.start for s in program.steps() if s.operation == "noun"]
            means = [next(n["categories"] for n in q["nouns"] if n["start"] == start) for start in spans]
            anchors = [o for o in room.objects if o.category in means[1]]
            (target,) = (room.object(i) for i in q["target_ids"])
            others = [o for o in room.objects if o.category in means[0] and o.id != target.id]
            for other in others:
                gaps, centres = [], []
                for o in (target, other):
                    apart = [np.abs(o.center - a.center) for a in anchors if a.id != o.id]
                    sizes = [(o.size + a.size) / 2 for a in anchors if a.id != o.id]
                    centres.append(min(np.linalg.norm(d) for d in apart))
                    gaps.append(min(np.linalg.norm(np.maximum(0, d - s)) for d, s in zip(apart, sizes, strict=True)))
                assert gaps[0] <= gaps[1] + 1e-6 or centres[0] <= centres[1], (q, target, other)
                checked += 1
    assert checked > 5


def test_follow_ups_follow_a_question_that_was_asked(asked) -> None:
    for _, queries in asked:
        before = {q["query"]: q["target_ids"] for q in queries}
        for q in queries:
            uses_last = "last" in q["program"]
            assert uses_last == (q["type"] == "follow_up") == ("previous" in q) == ("last_ids" in q)
            if uses_last:
                assert before[q["previous"]] == q["last_ids"] != []


def _rare_words() -> set[str]:
    lists = [*NAMES.values(), *COLOR_NAMES.values(), *MATERIAL_NAMES.values()]
    rare = [w for words in lists for w in words[1:] if held_out(w)] + [w for w in WIDER if held_out(w)]
    return {form for w in rare for form in (singular(w), plural(w))}


def test_held_out_words_stay_out_of_training(asked) -> None:
    rare = _rare_words()
    for _, queries in asked:
        for q in queries:
            if q["type"] != "need":
                assert not rare & {n["phrase"].lower() for n in q["nouns"]}, q


def test_the_words_split_uses_a_held_out_word_in_every_query() -> None:
    rare = _rare_words()
    for seed in range(4):
        queries = ask(seed, 20, "words")[1]
        assert len(queries) == 20
        for q in queries:
            assert any(w in q["query"].lower() for w in rare), q


def test_the_phrasing_split_shares_no_wording_with_training() -> None:
    train = {q["query"].lower() for seed in range(3) for q in ask(seed)[1]}
    held = {q["query"].lower() for seed in range(3) for q in ask(seed, 40, "phrasing")[1]}
    assert len(held) > 100 and not train & held


def test_an_unknown_split_is_an_error() -> None:
    with pytest.raises(ValueError, match="train, phrasing, words"):
        make_queries(make_room(0), np.random.default_rng(0), 1, split="test")
