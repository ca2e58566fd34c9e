"""What a score is worth: how often instances of a score are right, and what each ``min_score`` keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10
MIN_SCORES = tuple(round(0.1 * step, 1) for step in range(10))


@dataclass(frozen=True)
class Claim:
    """One answered instance: its score in 0..1, and whether it is one of the objects meant, at mask IoU 0.5."""

    score: float
    hit: bool


@dataclass(frozen=True)
class Bin:
    """Claims with scores of low (with it) to high: how many, their mean score, and the share of hits."""

    low: float
    high: float
    count: int
    score: float
    hits: float


def reliability_bins(claims: Sequence[Claim]) -> list[Bin]:
    """Ten bins of equal width, empty ones left out."""
    scores = np.array([claim.score for claim in claims])
    hits = np.array([claim.hit for claim in claims], float)
    place = np.clip((scores * BINS).astype(int), 0, BINS - 1)
    bins = []
    for k in range(BINS):
        inside = place == k
        if inside.any():
            mean, share = float(scores[inside].mean()), float(hits[inside].mean())
            bins.append(Bin(k / BINS, (k + 1) / BINS, int(inside.sum()), mean, share))
    return bins


def calibration_error(claims: Sequence[Claim]) -> float:
    """The expected calibration error (Naeini et al. 2015): mean gap of score and share of hits; NaN for none."""
    bins = reliability_bins(claims)
    total = sum(b.count for b in bins)
    return sum(b.count * abs(b.score - b.hits) for b in bins) / total if total else float("nan")


def kept(claims: Sequence[Claim], min_score: float) -> dict[str, float]:
    """Shares of all claims and of all hits that ``min_score`` keeps, and of hits among what it keeps; NaN of none."""
    left = [claim for claim in claims if claim.score >= min_score]
    hits, all_hits = sum(claim.hit for claim in left), sum(claim.hit for claim in claims)
    return {
        "kept": _share(len(left), len(claims)),
        "hits_kept": _share(hits, all_hits),
        "precision": _share(hits, len(left)),
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
