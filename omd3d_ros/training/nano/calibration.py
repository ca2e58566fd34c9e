"""Stage ``calibration``: where the fuzzy sets of programs become answers, and what a score is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial

import numpy as np
import torch
from tqdm import tqdm

from ...datasets.room_samples import RoomSample
from ...language.execution import ObjectTable, Result, Thresholds, members
from ...language.execution.deciding import decide
from ...language.program import Step
from ...language.program_answering import Span, noun_meanings, noun_memberships
from ...language.program_writing import write_program
from ...language.scene_reading import readings_of
from ...models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from ...perception.scene import build_scene
from .encoded_rooms import match_proposals

_GRIDS = {
    "find": np.round(np.geomspace(0.001, 3, 32), 4),
    "member": np.round(np.geomspace(0.05, 0.7, 14), 3),
    "exists": np.round(np.linspace(0.1, 0.95, 18), 3),
    "count_none": np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.25]),
    "count_one": np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.75]),
}

_AS_GOOD = 0.5  # standard errors below the best mean score
_POWERS = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0)  # of colours and materials


@dataclass
class Trial:
    """A question as the model understood it: root, the memberships of the root's sets, the probability of its program;
    targets: objects that are true, None for a target that no object covers; kind: the question's type; arguments: the
    root's, with the memberships of the nouns in them."""

    root: str
    sets: list[np.ndarray]
    table: ObjectTable
    probability: float
    targets: list[int] | None
    kind: str
    arguments: Sequence[Step] = ()
    nouns: dict[Span, np.ndarray] = field(default_factory=dict)

    def filters_by(self, kind: str) -> bool:
        """Whether its program asks for a colour or a material (``kind``)."""
        return any(s.operation.startswith(f"{kind}:") for a in self.arguments for s in a.steps())

    def under(self, thresholds: Thresholds) -> Trial:
        """The same with sets as other powers of colours and materials make them."""
        meaning = partial(_meaning, self.nouns)
        sets = [members(argument, self.table, meaning, thresholds=thresholds) for argument in self.arguments]
        return replace(self, sets=sets)

    def decide(self, thresholds: Thresholds) -> Result:
        return decide(self.root, self.sets, self.table, thresholds)


def calibrate(
    model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, rooms: Sequence[RoomSample], quiet: bool = False
) -> None:
    """Fit ``config.execution`` on the questions of some rooms."""
    trials = [t for room in tqdm(rooms, desc="calibration", disable=quiet) for t in room_trials(room, model, processor)]
    powers = fit_filters(trials)
    thresholds = fit_thresholds([t.under(powers) for t in trials], powers)
    model.config.execution = processor.config.execution = {
        **asdict(thresholds), "confidence": fit_confidence(trials, thresholds),
    }  # fmt: skip


@torch.inference_mode()
def room_trials(sample: RoomSample, model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor) -> list[Trial]:
    """All questions of a room in the training wording."""
    model.eval()
    cloud, prepared = sample.prepared()
    scene = build_scene(cloud, prepared, model)
    if not scene.instances:
        return []
    match = match_proposals(scene, sample)
    reading = readings_of(model).of(scene, processor)
    assert reading.table is not None
    ids = {instance.id: k for k, instance in enumerate(scene.instances)}
    out = []
    for query in sample.queries.get("train", []):
        if query.get("last_ids"):
            continue
        question = processor.read([query["query"]])[0]
        written = write_program(reading.prefix, question, model, processor)
        meanings = noun_meanings(written.program, question.text, model, processor)
        nouns = noun_memberships(meanings, question.text, reading.table, ids)
        sets = [members(argument, reading.table, partial(_meaning, nouns)) for argument in written.program.arguments]
        targets = [match.get(int(t), -1) for t in query["target_ids"]]
        known = None if -1 in targets else targets
        out.append(
            Trial(
                written.program.operation,
                sets,
                reading.table,
                written.probability,
                known,
                query["type"],
                written.program.arguments,
                nouns,
            )  # fmt: skip
        )
    return out


def _meaning(nouns: dict[tuple[int, int], np.ndarray], step: Step) -> np.ndarray:
    return nouns[step.start, step.end]


def fit_filters(trials: Sequence[Trial]) -> Thresholds:
    """The powers of colours and materials under which the best object is most often a true one; of those that are about
    as good the lowest, since a real camera's colours are less certain than those of synthetic rooms."""
    powers = Thresholds()
    for kind in ("color", "material"):
        concerned = [t for t in trials if t.targets and t.root in ("find", "where") and t.filters_by(kind)]
        if len(concerned) >= 20:
            tried = [replace(powers, **{kind: float(value)}) for value in _POWERS]
            right = np.array([[_best_is_true(t.under(some)) for t in concerned] for some in tried], float)
            powers = tried[_lowest(right)]
    return powers


def _about_as_good(scores: np.ndarray) -> np.ndarray:
    """Of choices with ``scores`` (choices, questions), the indices of the best one and of those little below it."""
    means = scores.mean(1)
    best = int(means.argmax())
    return np.flatnonzero(means >= means[best] - _AS_GOOD * scores[best].std() / np.sqrt(scores.shape[1]))


def _best(scores: np.ndarray) -> int:
    return int(scores.mean(1).argmax())


def _highest(scores: np.ndarray) -> int:
    return int(_about_as_good(scores).max())


def _lowest(scores: np.ndarray) -> int:
    return int(_about_as_good(scores).min())


_CHOICES = {"find": _highest, "count_one": _lowest, "count_none": _lowest}


def _best_is_true(trial: Trial) -> bool:
    return int(trial.sets[0].argmax()) in (trial.targets or ())


def fit_thresholds(trials: Sequence[Trial], start: Thresholds | None = None) -> Thresholds:
    """Each threshold in turn, on the questions that it decides, to the best mean score.

    Of those for an answer that are about as good the one that says "there is none" most often, since few questions are
    about nothing; of those for counting the lowest, since names are surer in the wording of training than in others.

    An object counts as nothing at less than where it counts as one.
    """
    thresholds = start or Thresholds()
    for name, roots, score in _DECISIONS:
        concerned = [t for t in trials if t.root in roots and t.targets is not None]
        if len(concerned) >= 20:
            tried = [replace(thresholds, **{name: float(value)}) for value in _GRIDS[name]]
            possible = [t for t in tried if t.count_none < t.count_one]
            scores = np.array([[score(t, t.decide(some)) for t in concerned] for some in possible])
            thresholds = possible[_CHOICES.get(name, _best)(scores)]
    return thresholds


def fit_confidence(trials: Sequence[Trial], thresholds: Thresholds) -> list[float]:
    """Slope and offset of the log-odds (Platt 1999) that a chosen object is right, from its score."""
    scores, right = [], []
    for t in trials:
        if t.root not in ("find", "all", "what") or t.targets is None:
            continue
        result = t.decide(thresholds)
        scores += [result.scores[k] * t.probability for k in result.chosen]
        right += [k in t.targets for k in result.chosen]
    if len(set(right)) < 2:
        return [1.0, 0.0]
    p = torch.tensor(np.clip(scores, 1e-4, 1 - 1e-4))
    x, y = torch.log(p / (1 - p)), torch.tensor(right, dtype=p.dtype)
    fitted = torch.tensor([1.0, 0.0], dtype=p.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS([fitted], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(fitted[0] * x + fitted[1], y)
        value.backward()
        return value

    optimizer.step(loss)
    slope, offset = fitted.tolist()
    return [max(slope, 0.05), offset]


def _pointed(trial: Trial, result: Result) -> float:
    """One for the right object, or for none where there is none."""
    assert trial.targets is not None
    return float(
        result.chosen[0] in trial.targets if result.chosen and trial.targets else not (result.chosen or trial.targets)
    )


def _listed(trial: Trial, result: Result) -> float:
    """Intersection over union of the chosen and the true objects; one where both are none."""
    chosen, true = set(result.chosen), set(trial.targets or [])
    return len(chosen & true) / len(chosen | true) if chosen | true else 1.0


def _yes(trial: Trial, result: Result) -> float:
    return float(bool(result.chosen) == bool(trial.targets))


def _number(trial: Trial, result: Result) -> float:
    return float(len(result.chosen) == len(set(trial.targets or [])))


_Score = Callable[[Trial, Result], float]
_DECISIONS: tuple[tuple[str, tuple[str, ...], _Score], ...] = (
    ("find", ("find", "where"), _pointed),
    ("member", ("all", "what"), _listed),
    ("exists", ("exists",), _yes),
    ("count_one", ("count",), _number),
    ("count_none", ("count",), _number),
)
