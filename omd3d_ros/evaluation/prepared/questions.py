"""Which samples of prepared data are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...datasets.prepared import PreparedDataError, PreparedDataset, PreparedSample


@dataclass(frozen=True)
class Question:
    """index: of the sample among all of its task in the split."""

    task: str
    index: int
    sample: PreparedSample

    @property
    def key(self) -> tuple[str, int]:
        return self.task, self.index


def choose_questions(
    data: PreparedDataset, tags: Sequence[str] | None, split: str, limit: int | None = None
) -> dict[str, list[Question]]:
    """Task -> questions, in the data's order; tags: None for all that have the split.

    limit: that many of each task, evenly over its samples.  Raises PreparedDataError for a tag that is not there and
    for a split without samples.
    """
    names = [tag for tag in data.tags if data.manifest.samples[tag].get(split)] if tags is None else tags
    if not names:
        known = sorted({name for splits in data.manifest.samples.values() for name, count in splits.items() if count})
        raise PreparedDataError(f"{data.folder} has no sample in split {split!r}; there are: {', '.join(known)}")
    return {tag: _evenly(tag, data.samples([tag], split), limit) for tag in dict.fromkeys(names)}


def _evenly(task: str, samples: Sequence[PreparedSample], limit: int | None) -> list[Question]:
    count = len(samples) if limit is None else min(limit, len(samples))
    chosen = (i * len(samples) // count for i in range(count))
    return [Question(task, i, samples[i]) for i in chosen]
