"""SampleCollector: records of language about one scene become samples, or are dropped and counted.

The rules are the published ones (docs/prepared_data.md has them in a table): training takes only records whose objects
have a proposal with a large enough box IoU; validation takes all, with the best proposal whatever its IoU.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from . import wording
from .matching import MIN_IOU, Match, Matches
from .nouns import PreparedSample, PreparedScene

UNKNOWN, UNMATCHED, SHARED, SILENT = "unknown object", "IoU below threshold", "shared proposal", "no answer"


class SampleCollector:
    """samples: (task, split) -> samples of ``scene``; dropped: (task, split, reason) -> how many records.

    min_iou: from which on a proposal stands for an object.  Splits that begin with ``train`` are for training.
    """

    def __init__(self, scene: PreparedScene, min_iou: float = MIN_IOU) -> None:
        self.scene = scene
        self.matches = Matches(scene)
        self.min_iou = min_iou
        self.samples: dict[tuple[str, str], list[PreparedSample]] = defaultdict(list)
        self.dropped: Counter[tuple[str, str, str]] = Counter()

    def grounding(self, task: str, split: str, prompt: str, object_id: int, extra: dict[str, Any]) -> None:
        """One object from a description; the answer is its proposal's identifier."""
        match = self._match(task, split, object_id)
        if match is not None:
            answers = [wording.grounding_answer(match.proposal)] if match.proposal >= 0 else []
            self._add(task, split, prompt, answers, [object_id], [match], True, extra)

    def several(self, task: str, split: str, prompt: str, object_ids: Sequence[int], extra: dict[str, Any]) -> None:
        """Any number of objects; each needs a proposal of its own in training."""
        matches = [self._match(task, split, g, count=False) for g in object_ids]
        known = [m for m in matches if m is not None]
        if len(known) < len(matches):
            return self._drop(task, split, UNMATCHED if all(g in self.matches for g in object_ids) else UNKNOWN)
        proposals = {m.proposal for m in known if m.proposal >= 0}
        if _trains(split) and len(proposals) < len(known):
            return self._drop(task, split, SHARED)
        answers = [wording.several_answer(proposals)] if proposals or not object_ids else []
        return self._add(task, split, prompt, answers, list(object_ids), known, bool(object_ids), extra)

    def question(
        self,
        task: str,
        split: str,
        question: str,
        answers: Sequence[str],
        object_ids: Sequence[int],
        extra: dict[str, Any],
        masked: bool = False,
    ) -> None:
        """A question that words answer, so that no proposal is needed; validation keeps the answers as they are."""
        spoken = [a for a in answers if a.strip()]
        if not spoken:
            return self._drop(task, split, SILENT)
        if _trains(split):
            spoken = list(dict.fromkeys(map(wording.short_answer, spoken)))
        known = [g for g in object_ids if g in self.matches]
        matches = [self.matches.best(g) for g in known]
        prompt = wording.question_prompt(question)
        return self._add(task, split, prompt, spoken, known, matches, masked and bool(known), extra)

    def caption(self, task: str, split: str, object_id: int, captions: Sequence[str], extra: dict[str, Any]) -> None:
        """A description of the object's proposal, which must overlap no other object more."""
        if object_id not in self.matches:
            return self._drop(task, split, UNKNOWN)
        match = self.matches.spoken_for(object_id)
        if match.proposal < 0 or (_trains(split) and match.iou < self.min_iou):
            return self._drop(task, split, UNMATCHED)
        token = wording.object_token(match.proposal)
        prompt = wording.worded(wording.CAPTION, token, self.scene.scene_id, object_id)
        return self._add(task, split, prompt, list(captions), [object_id], [match], True, extra)

    def align(self, split: str, task: str = "obj_align") -> None:
        """What each matched object is called."""
        for object_id, label in zip(self.scene.object_ids.tolist(), self.scene.object_labels, strict=True):
            match = self.matches.best(object_id)
            if match.proposal < 0 or match.iou < self.min_iou:
                self._drop(task, split, UNMATCHED)
                continue
            prompt, answer = wording.align_prompt(match.proposal), wording.align_answer(match.proposal, label)
            self._add(task, split, prompt, [answer], [object_id], [match], True, {})

    def given(self, split: str, sample: PreparedSample) -> None:
        """A sample that is finished already."""
        self.samples[sample.task, split].append(sample)

    def drop(self, task: str, split: str, reason: str) -> None:
        self._drop(task, split, reason)

    def _match(self, task: str, split: str, object_id: int, count: bool = True) -> Match | None:
        known = object_id in self.matches
        match = self.matches.best(object_id) if known else None
        if match is not None and not (_trains(split) and match.iou < self.min_iou):
            return match
        if count:
            self._drop(task, split, UNMATCHED if known else UNKNOWN)
        return None

    def _drop(self, task: str, split: str, reason: str) -> None:
        self.dropped[task, split, reason] += 1

    def _add(
        self,
        task: str,
        split: str,
        prompt: str,
        answers: list[str],
        object_ids: list[int],
        matches: Sequence[Match],
        masked: bool,
        extra: dict[str, Any],
    ) -> None:
        """extra gets what the published records have: obj_id, pred_id and iou of the first object."""
        proposals = [m.proposal if m.iou >= self.min_iou else -1 for m in matches]
        first = {}
        if object_ids:
            first = {"obj_id": object_ids[0], "pred_id": matches[0].proposal, "iou": round(matches[0].iou, 6)}
        scene_id = self.scene.scene_id
        sample = PreparedSample(scene_id, task, prompt, answers, object_ids, proposals, masked, {**first, **extra})
        self.samples[task, split].append(sample)


def _trains(split: str) -> bool:
    return split.startswith("train")
