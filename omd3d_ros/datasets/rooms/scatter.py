"""Small things spread over what carries them: on tops, on shelves, in trays, in heaps and rows."""

from __future__ import annotations

import numpy as np

from . import media, smalls
from .layout import Layout, Placed
from .palette import pick
from .shapes import Shape, Surface, rotation

CLUTTER = {
    "dining": (
        "mug", "mug", "mug", "mug", "bowl", "plate", "glass", "bottle", "magazine", "magazine", "magazine", "magazine",
        "book", "book", "vase", "plant", "storage box", "laptop", "box", "remote control", "phone", "jar", "object",
        "object", "object", "object", "tissue box", "basket", "fruit", "tray", "candle", "pen", "pen", "bread",
        "headphones", "book pile", "hat", "bag", "cable", "toy", "remote control", "remote control",
        "magazine", "magazine", "magazine",
    ),
    "counter": (
        "mug", "mug", "bowl", "plate", "glass", "bottle", "bottle", "jar", "jar", "pot", "pan", "box", "box",
        "box", "storage box", "plant", "picture frame", "picture frame", "book", "magazine", "magazine", "dish rack",
        "cutting board", "basket", "object", "object", "object", "object", "vase", "cutlery jar", "paper towel roll",
        "soap dispenser", "fruit", "bread", "tray", "tray", "scale", "cable", "book pile", "speaker", "keyboard",
        "laptop", "printer", "magazine", "magazine",
    ),
    "desk": (
        "mug", "mug", "book", "book", "book pile", "magazine", "magazine", "bottle", "phone", "lamp", "plant", "pen",
        "picture frame", "box", "object", "object", "object", "glass", "tissue box", "mouse", "headphones", "pen",
        "calculator", "speaker", "printer", "dish rack", "globe", "cable", "computer tower", "cutlery jar",
    ),
    "coffee": (
        "magazine", "magazine", "magazine", "book", "book pile", "mug", "mug", "remote control", "remote control",
        "vase", "bowl", "plant", "glass", "toy", "object", "object", "candle", "tray", "fruit", "headphones",
    ),
    "shelf": (
        "book", "book", "book pile", "box", "box", "box", "storage box", "vase", "plant", "picture frame", "jar",
        "basket", "object", "object", "object", "object", "teddy bear", "toy", "pot", "bottle", "bottle", "bowl", "mug",
        "magazine", "speaker", "globe", "candle", "helmet", "hat", "blanket", "game console", "plate", "glass", "pan",
    ),
    "top": (
        "plant", "lamp", "lamp", "box", "box", "vase", "picture frame", "book", "book pile", "object", "object",
        "object", "basket", "bottle", "tissue box", "magazine", "candle", "globe", "hat", "suitcase", "speaker",
        "printer", "tray", "helmet", "blanket", "toy", "storage box", "bag",
    ),
    "floor": (
        "box", "box", "trash can", "trash can", "backpack", "backpack", "shoes", "shoes", "basket", "toy", "object",
        "object", "object", "object", "storage box", "teddy bear", "plant", "bag", "bag", "crate", "suitcase",
        "fire extinguisher", "bucket", "fan", "umbrella", "broom", "vacuum cleaner", "computer tower", "speaker",
        "watering can", "book pile", "helmet", "cable", "power strip", "big toy", "pillow", "blanket",
    ),
    "bedside": ("lamp", "lamp", "book", "phone", "glass", "mug", "bottle", "magazine", "candle", "object", "plant"),
    "wash": (
        "soap dispenser", "soap dispenser", "bottle", "bottle", "glass", "toilet paper", "object", "tissue box",
        "plant", "candle", "box", "basket", "jar", "paper towel roll",
    ),
    "tray": ("mug", "mug", "glass", "bowl", "plate", "bottle", "jar", "fruit", "candle", "object", "box", "plant"),
    "crate": ("bottle", "bottle", "object", "object", "box", "book", "toy", "toy", "fruit", "jar"),
    "store": (
        "box", "box", "box", "storage box", "storage box", "crate", "object", "object", "object", "bottle", "pot",
        "bucket", "basket", "jar", "suitcase", "paper towel roll", "helmet", "speaker", "printer", "book pile",
    ),
}  # fmt: skip
FLAT = ("magazine", "book", "newspaper", "paper", "box", "storage box", "books")
TIPS_OVER = ("bottle", "mug", "box", "jar", "toy", "glass", "vase", "trash can", "bucket")


def small(rng: np.random.Generator, name: str) -> Shape:
    """The small thing of this name, now and then lying on its side; an unknown name raises KeyError."""
    shape = smalls.SMALLS[name](rng)
    if shape.category in TIPS_OVER and rng.random() < 0.06:
        return shape.turned(rotation(roll=np.pi / 2))
    return shape


def clutter(layout: Layout, support: Placed, kind: str, count: int, max_height: float = 0.7) -> list[Placed]:
    """Scatter small things over the surfaces of a placed object; some stand on others or lie over each other."""
    rng = layout.rng
    out: list[Placed] = []
    surfaces = support.shape.surfaces
    if not surfaces:
        return out
    area = np.array([s.width * s.depth for s in surfaces])
    for _ in range(count):
        surface = surfaces[int(rng.choice(len(surfaces), p=area / area.sum()))]
        shape = _something_for(rng, surface, kind)
        if shape is None or shape.footprint()[2] > max_height:
            continue
        new = layout.set_on(shape, support, surface)
        if new is None:
            continue
        out.append(new)
        if shape.surfaces:
            out += clutter(layout, new, shape.surfaces[0].use, int(rng.integers(1, 5)))
        elif shape.category in FLAT and not shape.tags & {"standing", "row"}:
            out += _on_top(layout, support, surface, new)
    return out


def _something_for(rng: np.random.Generator, surface: Surface, kind: str) -> Shape | None:
    use = "shelf" if surface.use == "shelf" and kind not in ("counter", "store") else kind
    if surface.use == "shelf" and rng.random() < 0.25 and surface.depth > 0.12 and surface.headroom > 0.15:
        row = media.book_row(rng, rng.uniform(0.15, min(0.6, surface.width)), min(surface.headroom, 0.32))
        return row if row.parts else None
    return small(rng, "object" if rng.random() < 0.1 else pick(rng, CLUTTER[use]))


def _on_top(layout: Layout, support: Placed, surface: Surface, low: Placed) -> list[Placed]:
    """What lies on a flat thing: something small, or more sheets fanned out over it."""
    rng = layout.rng
    w, d, h = low.shape.footprint()
    roll = rng.random()
    if roll < 0.25 and h < 0.012:
        return fan(layout, support, surface, low, int(rng.integers(1, 4)))
    if roll > 0.5:
        return []
    top = small(rng, pick(rng, ("book", "magazine", "mug", "remote control", "phone", "object", "pen", "box", "glass")))
    low.shape.surface((0, 0, h), w, d, 0.5)
    stacked = layout.set_on(top, low, low.shape.surfaces[-1], tries=4)
    return [] if stacked is None else [stacked]


def fan(layout: Layout, support: Placed, surface: Surface, low: Placed, count: int) -> list[Placed]:
    """More sheets partly over a lying one, each on the same support and a little higher."""
    rng = layout.rng
    out, beside = [], [low.id]
    middle = rotation(yaw=-support.yaw) @ (low.position - support.position)
    for k in range(count):
        sheet = media.magazine(rng)
        if sheet.footprint()[2] > 0.012:
            continue
        at = middle[:2] - np.asarray(surface.center)[:2] + rng.normal(0, 0.08, 2)
        turn = rng.normal(0, 0.5)
        new = layout.set_on(sheet, support, surface, 2, turn, at=at, beside=tuple(beside), lift=0.003 * (k + 1))
        if new is not None:
            out.append(new)
            beside.append(new.id)
    return out


def display_row(layout: Layout, support: Placed, surface: Surface, count: int) -> None:
    """Books, leaflets and cards standing in a row along the back of a surface."""
    rng = layout.rng
    for s in np.linspace(-0.45, 0.45, count):
        name = pick(rng, ("book", "magazine", "picture frame", "picture frame", "box", "object", "plant"))
        shape = media.book(rng, standing=True) if name == "book" else small(rng, name)
        at = (s * surface.width + rng.normal(0, 0.03), -surface.depth / 2 + shape.footprint()[1] / 2 + 0.02)
        layout.set_on(shape, support, surface, 3, float(rng.normal(0, 0.2)), at=at)


def fill(layout: Layout, support: Placed, kind: str, per_metre: float) -> list[Placed]:
    """Clutter whose amount follows the total width of the surfaces."""
    total = sum(s.width for s in support.shape.surfaces)
    if len(support.shape.surfaces) > 2 and layout.rng.random() < 0.4:
        per_metre *= 2.0
    return clutter(layout, support, kind, int(round(total * per_metre * layout.rng.uniform(0.5, 1.7))))
