"""Chat-Scene, the ancestor: objects as tokens, no masks of its own."""

from __future__ import annotations

from ..mapping import Absence, Family
from .chat3d import COVERED, LANGUAGE_RULES, PROJECTOR_RULES, SHARED_ABSENCES
from .places import MASK_DECODER, OBJECT_TOKENS, TEXT_PROJECTION

FAMILY = Family(
    name="chat-scene",
    title="Chat-Scene",
    rules=(*LANGUAGE_RULES, *PROJECTOR_RULES),
    covers=COVERED,
    absences=(
        Absence(rf"{MASK_DECODER}.*", "Chat-Scene has no mask decoder: its masks are those of the proposals"),
        Absence(rf"{TEXT_PROJECTION}.*", "Chat-Scene has no [SEG] state"),
        Absence(rf"{OBJECT_TOKENS}object_loc_proj\..*", "Chat-Scene has no box tokens"),
        Absence(rf"{OBJECT_TOKENS}pos_embedding\..*", "random in the original, and not saved"),
        *SHARED_ABSENCES,
    ),
)
