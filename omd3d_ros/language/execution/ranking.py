"""The one that has most of something, or the k-th: graded, so that a small error of a box does not turn it over."""

from __future__ import annotations

import numpy as np

from .grading import rise
from .table import ObjectTable, View

_MOST = 300  # members compared with one another
_FAINT = 0.02  # share of the best membership below which no other counts
_DOUBTED = 0.7  # power of that share: what is doubtful counts a little more than its share
_NEAREST_SLACK = 0.5  # metres added to a distance before the logarithm


def measure(table: ObjectTable, superlative: str, view: View) -> tuple[np.ndarray, float]:
    """(K,) what is compared, more is more so; and the difference that is clear."""
    size = np.log(np.maximum(table.size, 1e-3))
    if superlative in ("leftmost", "rightmost"):
        sign = -1.0 if superlative == "leftmost" else 1.0
        return sign * view.offsets(table)[:, 0], 0.15
    if superlative in ("closest", "remotest"):
        sign = -1.0 if superlative == "closest" else 1.0
        return sign * np.linalg.norm(view.offsets(table), axis=1), 0.25
    if superlative in ("highest", "lowest"):
        return (1.0 if superlative == "highest" else -1.0) * table.center[:, 2], 0.08
    if superlative in ("tallest", "shortest"):
        return (1.0 if superlative == "tallest" else -1.0) * size[:, 2], 0.1
    if superlative == "longest":
        return size[:, :2].max(1), 0.12
    return (1.0 if superlative == "largest" else -1.0) * bulk(table.size), 0.25


def bulk(size: np.ndarray) -> np.ndarray:
    """(K,) how large things of ``size`` (K, 3) are, in logarithms: volume, but the least side, which is often seen in
    part only, counts half."""
    least, middle, most = np.log(np.sort(np.maximum(size, 0.02), axis=1)).T
    return most + middle + 0.5 * least


def closeness(apart: np.ndarray) -> tuple[np.ndarray, float]:
    """What nearest compares for distances ``apart`` in metres, and the difference that is clear."""
    return -np.log(apart + _NEAREST_SLACK), 0.25


def ranked(membership: np.ndarray, value: np.ndarray, clear: float, place: int = 1, lone: float = 1.0) -> np.ndarray:
    """(K,) how far each is the member with the ``place``-th most ``value``; the best keeps its membership.

    Each other member counts as far as it is plausible beside the best one, and as being ahead as far as ``value``
    says: a difference of ``clear`` is four to one.  lone 0..1: how far the first may be the only member.
    """
    out = np.zeros(len(membership))
    best = membership.max(initial=0.0)
    if best <= 0:
        return out
    some = np.flatnonzero(membership >= _FAINT * best)
    if len(some) > _MOST:
        plausible = membership[some] >= 0.5 * best
        some = some[np.argsort(-value[some] - 1e3 * plausible, kind="stable")[:_MOST]]
    counting = (membership[some] / best) ** _DOUBTED
    before = rise(value[some] - value[some, None], -clear, clear)
    ahead, behind = counting * before, counting * (1 - before)
    np.fill_diagonal(ahead, 0.0)
    np.fill_diagonal(behind, 0.0)
    chance = np.zeros((len(some), place))  # of 0, 1, ... place - 1 members ahead
    chance[:, 0] = 1.0
    for one in ahead.T:
        passed = chance * one[:, None]
        chance -= passed
        chance[:, 1:] += passed[:, :-1]
    joint = chance[:, -1] * membership[some]
    if place == 1:
        joint *= 1 - (1 - lone) * np.prod(1 - behind, axis=1)
    first = int(joint.argmax())
    if joint[first] > 1e-12:
        out[some] = joint / joint[first] * membership[some[first]]
    return out
