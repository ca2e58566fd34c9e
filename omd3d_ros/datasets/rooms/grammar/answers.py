"""Short answers in words that never vary: first names, plain colours, no identifiers."""

from __future__ import annotations

from collections import Counter

from ....language.execution import Result
from ....language.program import Step
from ..lexicon import COLOR_NAMES, MADE_OF, NAMES, plural, singular
from ..relations import Space
from ..room import RoomObject
from .nouns import Noun
from .scene import SceneInSight

_SPOKEN = {"dining table": "table", "refrigerator": "fridge"}
_NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_AT_TABLE = ("dining table", "desk", "coffee table")


def answer_text(program: Step, result: Result, nouns: list[Noun], scene: SceneInSight) -> str:
    """What a person would say: "the red chair", "three", "yes", "brown", "on the table", "two mugs and a bowl"."""
    root = program.operation
    things = [scene.objects[i] for i in result.chosen]
    if root == "unknown":
        return "that cannot be told from the map"
    if root == "count":
        return number(len(things))
    if root in ("exists", "more"):
        return "yes" if result.value else "no"
    if root in ("color", "material"):
        return MADE_OF.get(str(result.value), str(result.value))
    if not things:
        return _nothing(program, nouns)
    if root == "where":
        return place(things[0], scene)
    return summary(things)


def number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def plain_name(category: str) -> str:
    return _SPOKEN.get(category, singular(NAMES[category][0]) if category in NAMES else category)


def short(thing: RoomObject) -> str:
    name = plain_name(thing.category)
    return f"the {thing.color} {name}" if thing.color in COLOR_NAMES else f"the {name}"


def summary(things: list[RoomObject]) -> str:
    """One: the red chair; several: three chairs; of several kinds: two mugs and a bowl."""
    if len(things) == 1:
        return short(things[0])
    groups = Counter(o.category for o in things).most_common()
    words = []
    for category, count in groups[:3]:
        one = plain_name(category)
        many = plural(_SPOKEN.get(category) or NAMES.get(category, (category,))[0])
        if count > 1:
            words.append(f"{number(count)} {many}")
        else:
            words.append(one if one == many else ("an " if one[0] in "aeiou" else "a ") + one)
    if len(groups) > 3:
        words.append("more")
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def place(thing: RoomObject, scene: SceneInSight) -> str:
    """Where it is, in a few words."""
    space, room = Space(scene.room), scene.room
    if thing.on is not None:
        return f"on the {plain_name(room.object(thing.on).category)}"
    if thing.mount == "wall":
        return "on the wall"
    alone = {c for c, n in Counter(o.category for o in scene.objects).items() if n == 1}
    for other in scene.objects:
        at = other.category in _AT_TABLE and other.category in alone and thing.category in ("chair", "stool")
        if at and space.gap(thing, other) < 0.15:
            return f"at the {plain_name(other.category)}"
    gaps = space.corner_distance(thing)
    if max(gaps) < 0.35:
        return "in the corner"
    anchors = [
        o for o in scene.objects
        if o.id != thing.id and o.on is None and "flat" not in o.tags and o.size.max() > 0.5
        and o.mount in ("floor", "built-in") and o.category in alone and space.gap(thing, o) < 0.4
    ]  # fmt: skip
    if anchors:
        return f"next to the {plain_name(min(anchors, key=lambda o: space.gap(thing, o)).category)}"
    return "against the wall" if min(gaps) < 0.15 else "in the room"


def _nothing(program: Step, nouns: list[Noun]) -> str:
    """What is not there, in plain words where they are few."""
    words: list[str] = []
    step = program.arguments[0]
    while ":" in step.operation and not step.operation.startswith("nth"):
        words.append(step.operation.partition(":")[2])
        step = step.arguments[0]
    if step.operation != "noun" or nouns[step.start].kind == "need":
        return "nothing like that here"
    return " ".join(["no", *words, nouns[step.start].one, "here"])
