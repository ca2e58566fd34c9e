"""Questions about a scene."""

from __future__ import annotations

from functools import partial
from itertools import cycle, islice

import numpy as np

from ...language.answering import answer_query
from ...language.scene_reading import readings_of
from ...perception.scene import build_scene, prepare_cloud
from ...types import Scene
from ..figures import Figure
from ..inputs import Inputs
from ..measuring import Samples, figure_of
from ..prefix_cost import TOKENS, prefix_cost

OBJECTS = 100
SIZES = ((128, 4), (512, 8))  # width and layers: openmaskdino3d_tiny's, and a middling one
SHARE = 0.2  # what a second question may cost of one for which the scene is read
QUESTIONS = (
    "where is a chair?",
    "the table",
    "I am tired, where can I rest?",
    "how many chairs are there?",
    "is there a plant?",
    "what is on the table?",
    "which chair is nearest the door?",
    "the largest object on the floor",
)


def measure(inputs: Inputs) -> list[Figure]:
    """From a new cloud to its first answer; later answers, with what is kept of the scene and without; the same of
    language models of the published layout, for which the scene is hundreds of tokens."""
    return [*_preset(inputs), *(figure for size in SIZES for figure in _published_layout(inputs, *size))]


def _preset(inputs: Inputs) -> list[Figure]:
    model, processor = inputs.loaded
    readings = readings_of(model)

    def encoded() -> Scene:
        return build_scene(inputs.cloud, prepare_cloud(inputs.cloud, inputs.views), model)

    def answer(scene: Scene, query: str) -> None:
        answer_query(scene, query, model, processor)

    def first(query: str) -> None:
        answer(encoded(), query)

    scene = encoded()
    first(QUESTIONS[0])  # not counted: it compiles and fills caches
    firsts, kept, anew = Samples(), Samples(), Samples()
    for query in islice(cycle(QUESTIONS), inputs.repeats(3, 9)):
        firsts.time(partial(first, query))
    for query in islice(cycle(QUESTIONS), inputs.repeats(8, 40)):
        readings.clear()
        anew.time(partial(answer, scene, query))
        kept.time(partial(answer, scene, query))
    note = f"{len(scene.instances)} objects; {len(QUESTIONS)} questions in turn"
    return [
        firsts.figure("first answer about a new cloud", f"{len(inputs.cloud):,} points encoded first"),
        kept.figure("later answers", note),
        kept.late("later answers, 95th percentile", note),
        anew.figure("answers without the kept prefix", "the scene is read for each question"),
        anew.late("without it, 95th percentile"),
        figure_of("with it over without it", np.array(kept.cpu) / np.array(anew.cpu), "x", note="CPU time, in turns"),
    ]


def _published_layout(inputs: Inputs, width: int, layers: int) -> list[Figure]:
    cost = prefix_cost(width, layers, OBJECTS, inputs.repeats(2, 5))
    of = f"LLaMA {width}x{layers}"
    note = f"{OBJECTS} objects, {cost.prefix_tokens} tokens before the question, random weights; CPU time"
    return [
        Figure(f"{of}: first token", cost.first_token_kept_ms, "ms", note=note, group=of),
        Figure(f"{of}: first token, scene read anew", cost.first_token_anew_ms, "ms", note=note, group=of),
        Figure(f"{of}: share of that", cost.first_token_share, "x", bar=SHARE, note="up to the first token, in turns"),
        Figure(f"{of}: share, whole answer", cost.answer_share, "x", note=f"{TOKENS} tokens, in turns"),
    ]
