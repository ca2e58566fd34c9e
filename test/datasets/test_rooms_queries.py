"""Requests about rooms: about the right objects, unambiguous, and split as promised."""

import re

import numpy as np
import pytest

from omd3d_ros.datasets.rooms import Room, make_queries, make_room
from omd3d_ros.datasets.rooms.lexicon import COLOR_NAMES, NAMES, held_out, plural, singular

SEEDS = range(9)


def ask(seed: int, count: int = 60, split: str = "train") -> tuple[Room, list[dict]]:
    room = make_room(seed)
    viewer = np.eye(4)
    viewer[:3, 3] = [room.size[0] / 2, -1.0, 0.0]
    return room, make_queries(room, np.random.default_rng(seed), count, viewer=viewer, split=split)


@pytest.fixture(scope="module")
def asked() -> list[tuple[Room, list[dict]]]:
    return [ask(seed) for seed in SEEDS]


def test_every_query_has_its_parts_and_real_targets(asked) -> None:
    for room, queries in asked:
        assert len(queries) > 30
        for q in queries:
            assert set(q) == {"query", "type", "target_ids", "answer"}
            assert q["query"].strip() and q["answer"].strip() and "{" not in q["query"]
            assert set(q["target_ids"]) <= {o.id for o in room.objects}


def test_queries_are_repeatable() -> None:
    assert ask(3)[1] == ask(3)[1]


def test_all_kinds_occur(asked) -> None:
    kinds = {q["type"] for _, queries in asked for q in queries}
    wanted = {"category", "attribute", "relation", "superlative", "several", "zero", "need", "count", "color"}
    assert wanted | {"existence", "location", "what_on", "wider", "material"} <= kinds


def test_only_visible_objects_are_spoken_of() -> None:
    room = make_room(1)
    visible = {o.id for o in room.objects if o.id % 2}
    for q in make_queries(room, np.random.default_rng(0), 60, visible_ids=visible):
        assert set(q["target_ids"]) <= visible


def test_without_a_viewer_nothing_depends_on_one() -> None:
    for seed in range(4):
        for q in make_queries(make_room(seed), np.random.default_rng(seed), 60):
            assert not re.search(
                r"\b(left|right) (of|side|from|end|edge)\b|leftmost|rightmost|from me\b", q["query"].lower()
            ), q


def test_nothing_in_sight_means_no_queries() -> None:
    assert make_queries(make_room(0), np.random.default_rng(0), 5, visible_ids=[]) == []


def test_counts_match_the_targets(asked) -> None:
    numbers = (
        "none",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    )
    for _, queries in asked:
        for q in queries:
            if q["type"] == "count" and len(q["target_ids"]) < 13:
                assert q["answer"] == numbers[len(q["target_ids"])], q


def test_colour_answers_are_the_objects_colours(asked) -> None:
    for room, queries in asked:
        for q in queries:
            if q["type"] == "color":
                (target,) = q["target_ids"]
                assert q["answer"] == room.object(target).color
                assert q["answer"] not in q["query"].lower().split()


def test_existence_is_yes_only_with_targets(asked) -> None:
    for _, queries in asked:
        for q in queries:
            if q["type"] == "existence":
                assert (q["answer"] == "yes") == bool(q["target_ids"])


def test_plain_category_requests_mean_every_object_of_that_name() -> None:
    """Independent reading: the first word list entry that stands alone in the query decides the category."""
    checked = 0
    for seed in SEEDS:
        room, queries = ask(seed, 120)
        for q in queries:
            found = re.search(
                r"\b(?:a|an|the) (stool|sofa|bed|sink|mug|plate|bottle|plant|window|door|clock|mirror|bowl)[ .?!]*$",
                q["query"].lower(),
            )
            if q["type"] == "category" and found:
                assert q["target_ids"] == [o.id for o in room.objects if o.category == found[1]], q
                checked += 1
    assert checked > 5


def test_colour_requests_leave_no_other_candidate(asked) -> None:
    plain = {singular(words[0]): c for c, words in NAMES.items()}
    checked = 0
    for room, queries in asked:
        for q in queries:
            found = re.search(
                r"\b(white|black|red|green|blue|yellow|purple|pink) ([a-z ]+?)[ .?!]*$", q["query"].lower()
            )
            if q["type"] != "attribute" or not found or found[2] not in plain or found[2] in ("table", "object"):
                continue
            category = plain[found[2]]
            if {room.object(i).category for i in q["target_ids"]} != {category}:
                continue
            expected = [o.id for o in room.objects if o.category == category and o.color == found[1]]
            assert q["target_ids"] == expected, q
            checked += 1
    assert checked > 5


def test_nearest_is_nearest_by_plain_centre_distance_or_gap(asked) -> None:
    for room, queries in asked:
        for q in queries:
            found = re.search(r"(?:nearest|closest) to the ([a-z]+)[ .?!]*$", q["query"].lower())
            if q["type"] != "relation" or not found:
                continue
            anchors = [o for o in room.objects if found[1] in {singular(w) for w in NAMES.get(o.category, ())}]
            if len(anchors) != 1:
                continue
            (target,) = (room.object(i) for i in q["target_ids"])
            for other in room.objects:
                if other.category == target.category and other.id not in (target.id, anchors[0].id):
                    gap = np.maximum(0, np.abs(other.center - anchors[0].center) - (other.size + anchors[0].size) / 2)
                    own = np.maximum(0, np.abs(target.center - anchors[0].center) - (target.size + anchors[0].size) / 2)
                    nearer = np.linalg.norm(own) <= np.linalg.norm(gap) + 1e-6
                    centred = np.linalg.norm(target.center - anchors[0].center) <= np.linalg.norm(
                        other.center - anchors[0].center
                    )
                    assert nearer or centred, (q, target, other)


def test_zero_requests_name_nothing_in_the_room(asked) -> None:
    for room, queries in asked:
        present = {(o.category, o.color) for o in room.objects}
        for q in queries:
            if q["type"] == "zero":
                words = q["answer"].removeprefix("no ").removesuffix(" here")
                for category, color in present:
                    assert words != singular(NAMES[category][0]) if category in NAMES else True, q
                    assert words != f"{color} {category}", q


def test_held_out_words_stay_out_of_training() -> None:
    rare = {f for words in NAMES.values() for w in words[1:] if held_out(w) for f in (singular(w), plural(w))}
    rare |= {w for words in COLOR_NAMES.values() for w in words[1:] if held_out(w)}
    # A rare word may be part of a common one ("rack" in "dish rack").
    rare -= {"rack", "racks", "controller", "controllers", "oven", "ovens"}
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, sorted(rare, key=len, reverse=True))) + r")\b")
    for seed in SEEDS:
        for q in ask(seed)[1]:
            if q["type"] != "need":
                assert not pattern.search(q["query"].lower()), q


def test_the_words_split_uses_a_held_out_word_in_every_query() -> None:
    rare = {f for words in NAMES.values() for w in words[1:] if held_out(w) for f in (singular(w), plural(w))}
    rare |= {w for words in COLOR_NAMES.values() for w in words[1:] if held_out(w)} | {"timber", "porcelain"}
    for seed in range(4):
        queries = ask(seed, 20, "words")[1]
        assert queries
        for q in queries:
            assert any(w in q["query"].lower() for w in rare), q


def test_the_phrasing_split_shares_no_wording_with_training() -> None:
    train = {q["query"].lower() for seed in range(6) for q in ask(seed)[1]}
    held = {q["query"].lower() for seed in range(6) for q in ask(seed, 30, "phrasing")[1]}
    assert len(held) > 60 and not train & held


def test_an_unknown_split_is_an_error() -> None:
    with pytest.raises(ValueError, match="train, phrasing, words"):
        make_queries(make_room(0), np.random.default_rng(0), 1, split="test")
