"""Doors and windows, with curtains, blinds, radiators and what stands on the sill."""

from __future__ import annotations

from . import fixtures, wallware
from .layout import Layout, Placed
from .palette import pick
from .scatter import small
from .shapes import Surface


def cut_openings(layout: Layout) -> None:
    """Doors, windows and what hangs at them."""
    rng = layout.rng
    for _ in range(1 if rng.random() < 0.75 else 2):
        if rng.random() < 0.12:
            continue
        new = layout.somewhere_along(fixtures.door(rng), tries=6, mount="wall")
        if new is not None:
            layout.keep_free(new.to_world((0, 0.4, 0))[:2], (0.42, 0.36), new.yaw)
    for _ in range(int(rng.integers(0, 4))):
        shape = fixtures.window(rng)
        new = layout.somewhere_along(shape, tries=5, z=shape.aside["z"], mount="wall")
        if new is None:
            continue
        width = shape.footprint()[0]
        if rng.random() < 0.35:
            for side in (-1, 1):
                cloth = fixtures.curtain(rng)
                at = new.to_world((side * (width / 2 + 0.2), 0.07, 0))
                at[2] = layout.size[2] - 0.05 - cloth.footprint()[2]
                if at[2] > 0:
                    layout.put(cloth, at, new.yaw, mount="wall", beside=(new.id,))
        elif rng.random() < 0.25:
            shade = wallware.blinds(rng, width)
            at = new.to_world((0, 0.06, shape.footprint()[2] - shade.footprint()[2]))
            layout.put(shade, at, new.yaw, mount="wall", beside=(new.id,))
        if rng.random() < 0.3:
            _stock_sill(layout, new)
        if rng.random() < 0.4:
            shape = fixtures.radiator(rng)
            layout.put(shape, new.to_world((0, 0.06, shape.aside["z"] - new.position[2])), new.yaw, mount="wall")


def _stock_sill(layout: Layout, window: Placed) -> None:
    """Plants and the like on the board under a window."""
    rng = layout.rng
    width = window.shape.footprint()[0]
    sill = Surface((0.0, 0.08, -0.0375), width, 0.13, 0.5, "sill")
    for _ in range(int(rng.integers(1, 4))):
        name = pick(rng, ("plant", "plant", "object", "vase", "candle", "bottle", "jar", "mug"))
        layout.set_on(small(rng, name), window, sill, 3, beside=(window.id,))
