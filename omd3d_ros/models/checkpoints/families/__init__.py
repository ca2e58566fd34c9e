"""The kinds of checkpoint that can be converted, one module each."""

from __future__ import annotations

from ..mapping import Family
from . import chat_scene, dinov2, openmaskdino3d, spformer, uni3d

FAMILIES: dict[str, Family] = {
    module.FAMILY.name: module.FAMILY for module in (openmaskdino3d, chat_scene, spformer, uni3d, dinov2)
}
