"""ReferIt3D (Achlioptas et al. 2020): Nr3D's utterances by people and Sr3D's by templates, about one object each."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omd3d_ros.datasets.scannet.reading import AnnotationError, read_text

from .records import Annotations, Fields, LanguageSample, collect, whole_number

VIEW_WORDS = frozenset(
    ("front", "behind", "back", "right", "left", "facing", "leftmost", "rightmost", "looking", "across")
)
MAX_TOKENS = 24
_EASY = 2
_STIMULUS = re.compile(r"(?P<scene>.+?_\d\d)-(?P<name>.+?)-(?P<count>\d+)-(?P<target>\d+)(?P<others>(-\d+)*)")
_USES = ("uses_object_lang", "uses_spatial_lang", "uses_color_lang", "uses_shape_lang")


@dataclass(frozen=True)
class Stimulus:
    """What a ``stimulus_id`` says: the scene, the category, how many objects of it there are with the target, and the
    objectIds of the target and of the distractors."""

    scene_id: str
    category: str
    num_same_class: int
    target_id: int
    distractor_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ReferItSample(LanguageSample):
    """eval_type: ``easy_dep``, ``easy_indep``, ``hard_dep`` or ``hard_indep``, after the two properties.

    mentions_target_class, correct_guess: of the listener; None where the file has no such column.  uses: which of
    object, spatial, color, shape words occur (Nr3D).  anchor_ids, anchor_types, reference_type (Sr3D).
    """

    stimulus: Stimulus
    mentions_target_class: bool | None = None
    correct_guess: bool | None = None
    uses: tuple[str, ...] = ()
    anchor_ids: tuple[int, ...] = ()
    anchor_types: tuple[str, ...] = ()
    reference_type: str | None = None
    coarse_reference_type: str | None = None

    @property
    def easy(self) -> bool:
        """At most one distractor."""
        return self.stimulus.num_same_class <= _EASY

    @property
    def view_dependent(self) -> bool:
        return not VIEW_WORDS.isdisjoint(self.tokens)

    @property
    def usual(self) -> bool:
        """Whether published figures count it: it mentions the target's class and has at most 24 tokens."""
        return self.mentions_target_class is not False and len(self.tokens) <= MAX_TOKENS


def read_referit3d(path: Path | str, usual: bool = False, allow_empty: bool = False) -> Annotations[ReferItSample]:
    """``nr3d.csv`` or ``sr3d.csv``, told apart by the columns.  The key is Nr3D's assignmentid, Sr3D's row from 0.

    Ids are as in the file; in scene0217_00, whose objects ScanNet lists twice, Chat-Scene takes 31 from those above 30.
    usual: leave out what published figures leave out, see ReferItSample.usual.  Raises AnnotationError for a table
    without the columns or with broken quotes.
    """
    path = Path(path)
    task, rows = _rows(path)
    found = collect(task, path, rows, lambda fields, index: _sample(fields, index, task), allow_empty)
    return found.only(lambda sample: sample.usual) if usual else found


def parse_stimulus(text: str) -> Stimulus:
    """``scene-category-count-target-distractor-...``; only four parts where there is no distractor.

    Raises AnnotationError for another form, or a count that isn't that of the objects.
    """
    match = _STIMULUS.fullmatch(text)
    if match is None:
        raise AnnotationError(f"stimulus_id must be scene-category-count-target-distractors, it is {text!r:.80}")
    others = tuple(int(number) for number in match["others"].split("-") if number)
    if int(match["count"]) != 1 + len(others):
        raise AnnotationError(f"stimulus_id {text!r} counts {match['count']} objects and names {1 + len(others)}")
    name = match["name"].replace("_", " ")
    return Stimulus(match["scene"], name, int(match["count"]), int(match["target"]), others)


def _rows(path: Path) -> tuple[str, list[Any]]:
    text = read_text(path)
    if not text.strip():
        raise AnnotationError(f"{path} is empty: it must be a table with a header")
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = set(reader.fieldnames or ())
        rows = list(_without_rest(reader))
    except csv.Error as error:
        raise AnnotationError(f"{path} line {reader.line_num} is no row of a CSV table: {error}") from error
    absent = sorted({"scan_id", "target_id", "utterance", "stimulus_id"} - columns)
    if absent:
        raise AnnotationError(f"{path} is no table of ReferIt3D: it has no column {', '.join(absent)}")
    return ("sr3d" if "reference_type" in columns else "nr3d"), rows


def _without_rest(reader: Iterable[dict[Any, Any]]) -> Iterator[object]:
    """A row with more or fewer cells than the header is given as a text, which no record can be: it is skipped."""
    for row in reader:
        fits = None not in row and None not in row.values()
        yield row if fits else "a row with another number of cells than the header"


def _sample(fields: Fields, index: int, task: str) -> ReferItSample:
    fields.know("speaker_id", "listener_id", "dataset", "distractor_ids", "is_easy", "is_view_dep")
    stimulus = parse_stimulus(fields.text("stimulus_id"))
    scene, target = fields.text("scan_id"), fields.integer("target_id")
    if (scene, target) != (stimulus.scene_id, stimulus.target_id):
        raise AnnotationError(f"is about object {target} of {scene}, but its stimulus_id about another")
    ann_id = fields.label("assignmentid") if fields.has("assignmentid") else str(index)
    utterance = fields.text("utterance")
    tokens = _literals(fields, "tokens") if fields.has("tokens") else tuple(utterance.lower().split())
    ease = "easy" if stimulus.num_same_class <= _EASY else "hard"
    view = "indep" if VIEW_WORDS.isdisjoint(tokens) else "dep"
    return ReferItSample(
        scene_id=scene,
        task=task,
        key=ann_id,
        text=utterance,
        object_ids=(target,),
        object_names=(fields.text("instance_type") if fields.has("instance_type") else stimulus.category,),
        ann_id=ann_id,
        eval_type=f"{ease}_{view}",
        tokens=tokens,
        stimulus=stimulus,
        mentions_target_class=_flag(fields, "mentions_target_class"),
        correct_guess=_flag(fields, "correct_guess"),
        uses=tuple(name.split("_")[1] for name in _USES if _flag(fields, name)),
        anchor_ids=tuple(whole_number(i, "an anchor") for i in _literals(fields, "anchor_ids")),
        anchor_types=_literals(fields, "anchors_types"),
        reference_type=fields.text("reference_type") if fields.has("reference_type") else None,
        coarse_reference_type=fields.text("coarse_reference_type") if fields.has("coarse_reference_type") else None,
    )


def _flag(fields: Fields, name: str) -> bool | None:
    return fields.flag(name) if fields.has(name) and fields.value(name) != "" else None


def _literals(fields: Fields, name: str) -> tuple[Any, ...]:
    """The items of a cell that holds a list as Python writes it; () where there is no such column."""
    if not fields.has(name) or fields.value(name) == "":
        return ()
    try:
        items = ast.literal_eval(fields.value(name))
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise AnnotationError(f"field '{name}' must be a list such as ['the', 'chair'], it is "
                              f"{fields.value(name)!r:.80}") from error  # fmt: skip
    if not isinstance(items, (list, tuple)):
        raise AnnotationError(f"field '{name}' must be a list, it is {fields.value(name)!r:.80}")
    return tuple(items)
