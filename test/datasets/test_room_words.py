"""The word lists agree with one another: every word means known categories, and held-out words stay apart."""

import re
from collections import Counter

from omd3d_ros.datasets.rooms.lexicon import NAMES, SHARED, WIDER, held_out, plural, singular, usable
from omd3d_ros.datasets.rooms.needs import NEEDS
from omd3d_ros.datasets.rooms.words_kinds import KINDS
from omd3d_ros.datasets.rooms.words_other import OTHER

# Held-out words of one sense within training words of another: "oven" in "microwave oven".
PARTS = {"rack", "oven", "controller"}


def test_all_words_mean_known_categories() -> None:
    meant = [c for _, means, maybe in SHARED for c in (*means, *maybe)]
    meant += [c for means in WIDER.values() for c in means]
    meant += [c for means, maybe in KINDS.values() for c in (*means, *maybe)]
    meant += [c for _, means in NEEDS for c in means]
    assert set(meant) <= set(NAMES)


def test_a_name_of_two_categories_says_so() -> None:
    shared = {name: {*means, *maybe} for name, means, maybe in SHARED}
    owners: dict[str, set[str]] = {}
    for category, names in NAMES.items():
        for name in names:
            owners.setdefault(name, set()).add(category)
    assert {n: c for n, c in owners.items() if len(c) > 1 and not c <= shared.get(n, set())} == {}
    assert not [name for name, means, maybe in SHARED if set(means) & set(maybe)]


def test_no_word_is_both_a_name_and_something_else() -> None:
    names = {form for words in NAMES.values() for w in words for form in (singular(w), plural(w))}
    assert not names & {singular(w) for w in KINDS}
    assert not (names | set(KINDS)) & {singular(w) for w in OTHER}


def test_every_category_has_other_names_that_training_may_use() -> None:
    assert [c for c, names in NAMES.items() if len(usable(names, "train")) < 3] == []
    assert usable(NAMES["stove"], "words") == ["oven", "cooktop"]


def test_no_held_out_name_is_part_of_a_training_name() -> None:
    rare = {singular(w) for words in NAMES.values() for w in words[1:] if held_out(w)} - PARTS
    common = [w for words in NAMES.values() for w in usable(words, "train")] + list(WIDER)
    assert [(r, w) for r in rare for w in common if re.search(rf"\b{re.escape(r)}\b", singular(w))] == []


def test_wishes_cover_every_category_in_several_wordings() -> None:
    assert set(NAMES) - {c for _, means in NEEDS for c in means} == {"object"}
    assert all(len(wishes) >= 5 for wishes, _ in NEEDS)
    assert [w for w, n in Counter(w for wishes, _ in NEEDS for w in wishes).items() if n > 1] == []


def test_plurals() -> None:
    assert [plural(w) for w in ("couch/couches", "tea tray", "teddy/teddies", "pastry", "mouse/mice")] == [
        "couches", "tea trays", "teddies", "pastries", "mice",
    ]  # fmt: skip
    wrong = [w for words in NAMES.values() for w in words if "/" not in w and re.search(r"(s|x|ch|sh|shelf)$", w)]
    assert wrong == []
