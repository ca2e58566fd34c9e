"""Requests about a room: what is asked, which objects it is about, and a short answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from . import asking, finding
from .phrasing import finish
from .room import Room
from .wording import Speaker

# kind -> (maker, how often)
KINDS: dict[str, tuple[Callable[[Speaker], finding.Asked], float]] = {
    "category": (finding.category, 1.6),
    "attribute": (finding.attribute, 1.6),
    "relation": (finding.relation, 2.6),
    "superlative": (finding.superlative, 1.0),
    "several": (finding.several, 0.7),
    "wider": (finding.wider, 0.6),
    "zero": (finding.zero, 0.9),
    "need": (finding.need, 1.1),
    "count": (asking.count, 0.7),
    "color": (asking.color, 0.6),
    "material": (asking.material, 0.3),
    "existence": (asking.existence, 0.7),
    "location": (asking.location, 0.7),
    "what_on": (asking.what_on, 0.4),
}
SPLITS = ("train", "phrasing", "words")


def make_queries(
    room: Room, rng: np.random.Generator, count: int, visible_ids: Iterable[int] | None = None,
    viewer: np.ndarray | None = None, split: str = "train",
) -> list[dict]:  # fmt: skip
    """Up to ``count`` different {"query", "type", "target_ids", "answer"}.

    Speaks only of ``visible_ids`` (all objects by default).  ``viewer`` (T_world_viewer 4x4: x right, y forward, z up)
    allows left, right, in front, behind, nearest to me.  ``split``: "train", or only held-out wordings ("phrasing"),
    or only requests with a held-out word ("words").  Raises ValueError for another split.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    wanted = None if visible_ids is None else {int(i) for i in visible_ids}
    visible = [o for o in room.objects if wanted is None or o.id in wanted]
    if not visible:
        return []
    kinds = list(KINDS)
    odds = np.array([KINDS[k][1] for k in kinds])
    odds /= odds.sum()
    speaker = Speaker(room, rng, visible, viewer, split)
    out: dict[str, dict] = {}
    for _ in range(count * (60 if split == "words" else 20)):
        if len(out) >= count:
            break
        kind = kinds[int(rng.choice(len(kinds), p=odds))]
        # A kind that the scene seldom offers gets a few chances, or common kinds would crowd it out.
        for _ in range(6):
            speaker.rare_word = speaker.rare_wording = False
            asked = KINDS[kind][0](speaker)
            if asked is not None:
                break
        if (
            asked is None
            or (split == "words" and not speaker.rare_word)
            or (split == "phrasing" and not speaker.rare_wording)
        ):
            continue
        text, targets, answer = asked
        query = finish(rng, text)
        ids = sorted(o.id for o in targets)
        out.setdefault(query.lower().strip(" .?!"), {"query": query, "type": kind, "target_ids": ids, "answer": answer})
    return list(out.values())
