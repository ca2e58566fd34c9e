"""A kitchen run: cabinets, appliances, counter, sink, what stands on it and what hangs above; stocked wall shelves."""

from __future__ import annotations

import numpy as np

from . import fixtures, kitchen, wallware
from .clutter import hanging_cable
from .layout import Layout, Placed
from .palette import TILES, linear, paint, pick, plain
from .scatter import clutter, display_row
from .shapes import rotation


def clear_wall(layout: Layout) -> int | None:
    """A wall free of doors and windows that a counter would cut."""
    busy = {round(p.yaw, 3) for p in layout.placed if p.shape.category in ("door", "radiator", "curtain")}
    free = [k for k in range(4) if round(layout.wall(k)[1], 3) not in busy]
    return int(layout.rng.choice(free)) if free else None


def kitchen_runs(layout: Layout, k: int, face, top, depth: float, height: float) -> None:
    """A run along wall k beside a refrigerator, and by chance a second one round the corner."""
    rng = layout.rng
    reach = layout.wall(k)[2] / 2
    start, end = -reach + 0.005, reach - 0.005
    if rng.random() < 0.6:
        fridge = kitchen.refrigerator(rng)
        fw = fridge.footprint()[0] + 0.03
        if rng.random() < 0.5:
            if layout.against(fridge, k, start + fw / 2, gap=0.02) is not None:
                start += fw
        elif layout.against(fridge, k, end - fw / 2, gap=0.02) is not None:
            end -= fw
    if rng.random() < 0.35:
        end = max(start + 1.2, end - rng.uniform(0.3, 1.6))
    kitchen_run(layout, k, start, end, face, top, depth, height, main=True)
    # The neighbour wall whose corner the run reaches gets a second run now and then.
    if end > reach - 0.05 and rng.random() < 0.5:
        side = (k + 1) % 4
        busy = {round(p.yaw, 3) for p in layout.placed if p.shape.category in ("door", "radiator", "curtain")}
        if round(layout.wall(side)[1], 3) not in busy:
            half = layout.wall(side)[2] / 2
            first = -half + depth + 0.035
            kitchen_run(
                layout,
                side,
                first,
                min(half - 0.01, first + rng.uniform(0.8, 2.5)),
                face,
                top,
                depth,
                height,
                main=False,
            )


def kitchen_run(
    layout: Layout, k: int, start: float, end: float, face, top, depth: float, height: float, main: bool
) -> None:
    """Cabinets, appliances, counter, sink and clutter along wall k from s = start to end (from the wall's middle)."""
    rng = layout.rng
    mid, yaw, _ = layout.wall(k)
    turn = rotation(yaw=yaw)

    def at(s: float, z: float = 0.0) -> np.ndarray:
        return mid + turn @ np.array([s, depth / 2 + 0.003, 0]) + [0, 0, z]

    s, segments = start, []
    cooker = main and rng.random() < 0.6 and end - start > 1.8
    washer = main and rng.random() < 0.45 and end - start > 2.4
    cook_at = rng.uniform(start + 0.5, end - 1.2) if cooker else None
    while end - s > 0.25:
        if cook_at is not None and s >= cook_at:
            layout.put(kitchen.stove(rng, height, depth, 0.03), at(s + 0.3), yaw, mount="built-in", check=False)
            segments.append((s, s + 0.6, "stove"))
            s, cook_at = s + 0.6, None
            continue
        stop = min(end, cook_at + 0.001) if cook_at is not None else end
        if washer and stop - s > 1.3:
            layout.put(
                kitchen.under_counter(rng, height - 0.04, depth), at(s + 0.3), yaw, mount="built-in", check=False
            )
            segments.append((s, s + 0.6, "washer"))
            s, washer = s + 0.6, False
            continue
        width = stop - s
        if width > 0.2:
            run = kitchen.cabinet_run(rng, width, face, depth, height - 0.04)
            layout.put(run, at(s + width / 2), yaw, mount="built-in", check=False)
            segments.append((s, stop, "cabinet"))
        s = stop
    stretches: list[list[float]] = []
    for a, b, kind in segments:
        if kind == "stove":
            continue
        if stretches and abs(stretches[-1][1] - a) < 0.02:
            stretches[-1][1] = b
        else:
            stretches.append([a, b])
    longest = max(stretches, key=lambda p: p[1] - p[0], default=None)
    for a, b in stretches:
        wide, basin = rng.uniform(0.4, 0.6), None
        if main and [a, b] == longest and b - a > 1.0 and rng.random() < 0.85:
            basin = (rng.uniform(-(b - a) / 2 + 0.45, (b - a) / 2 - 0.45), wide)
        slab = kitchen.counter_top(rng, b - a, depth, height, top, basin)
        counter = layout.put(slab, at((a + b) / 2), yaw, mount="built-in", check=False)
        assert counter is not None
        if basin is not None:
            layout.put(
                kitchen.sink(rng, wide), at((a + b) / 2 + basin[0], height), yaw, mount="on", on=counter.id, check=False
            )
        for name in kitchen.ON_COUNTER:
            if rng.random() < 0.4 and counter.shape.surfaces:
                layout.set_on(
                    kitchen.ON_COUNTER[name](rng), counter, pick(rng, counter.shape.surfaces), yaw=rng.normal(0, 0.1)
                )
        for surface in counter.shape.surfaces:
            if rng.random() < 0.35:
                display_row(layout, counter, surface, int(rng.integers(2, 3 + round(3 * surface.width))))
        clutter(layout, counter, "counter", int(rng.uniform(1.5, 14) * (b - a)))
    _above_counter(layout, k, start, end, segments, face, height)


def _above_counter(layout: Layout, k: int, start: float, end: float, segments, face, height: float) -> None:
    rng = layout.rng
    mid, yaw, _ = layout.wall(k)
    if rng.random() < 0.65:
        tiles = plain(
            rng, pick(rng, ("white", "grey", "beige", "blue", "green")), texture=TILES, scale=rng.uniform(7, 14)
        )
        tiles = tiles.with_(accent=linear((205, 205, 200)))
        center = mid + rotation(yaw=yaw) @ np.array([(start + end) / 2, 0.001, 0]) + [0, 0, height + 0.28]
        size = (end - start, 0.002) if k % 2 == 0 else (0.002, end - start)
        layout.build(center, (*size, 0.56), tiles)
    for a, b, kind in segments:
        if kind == "stove" and rng.random() < 0.6:
            layout.against(kitchen.range_hood(rng), k, (a + b) / 2, 1.55, mount="wall")
    roll = rng.random()
    if roll < 0.5:
        wall_face = (
            face if rng.random() < 0.6 else paint(rng, pick(rng, ("white", "brown", "grey", "red", "beige")), "wooden")
        )
        s, z = start, rng.uniform(1.38, 1.52)
        while end - s > 0.5:
            width = min(end - s, rng.uniform(0.6, 1.8))
            if rng.random() < 0.8:
                layout.against(kitchen.wall_cupboard(rng, width, wall_face), k, s + width / 2, z, mount="wall")
            s += width + 0.01
    elif roll < 0.75:
        board = fixtures.wall_shelf(rng, rng.uniform(0.6, max(0.7, end - start)))
        shelf = layout.somewhere_along(board, (k,), z=rng.uniform(1.35, 1.6), mount="wall")
        if shelf is not None:
            _stock(layout, shelf)
    for _ in range(int(rng.integers(0, 4)) if rng.random() < 0.7 else int(rng.integers(4, 9))):
        layout.somewhere_along(fixtures.poster(rng), (k,), z=height + rng.uniform(0.05, 0.3), mount="wall")
    for _ in range(int(rng.integers(0, 3))):
        piece = wallware.WALLWARE[pick(rng, ("hanging pan", "hanging pan", "light switch", "hanging cable"))](rng)
        layout.somewhere_along(piece, (k,), 4, z=height + rng.uniform(0.12, 0.35), mount="wall")


def stocked_wall_shelf(layout: Layout, walls=(0, 1, 2, 3)) -> None:
    """A long board with things on it, often a screen above."""
    rng = layout.rng
    board = fixtures.wall_shelf(rng)
    shelf = layout.somewhere_along(board, walls, z=board.aside["z"], mount="wall")
    if shelf is None:
        return
    _stock(layout, shelf)
    if rng.random() < 0.35:
        cord = hanging_cable(rng)
        z = shelf.position[2] - cord.footprint()[2] - rng.uniform(0.02, 0.1)
        along = rng.uniform(-0.4, 0.4) * board.footprint()[0]
        if z > 0:
            at = shelf.to_world((along, board.bounds()[0][1] - cord.bounds()[0][1], 0))
            at[2] = z
            layout.put(cord, at, shelf.yaw, mount="wall", beside=(shelf.id,))
    if rng.random() < 0.45:
        z = shelf.position[2] + rng.uniform(0.4, 0.5)
        above = kitchen.wall_screen(rng, pick(rng, ("tv", "monitor")))
        local = np.array([rng.uniform(-0.2, 0.2), -shelf.shape.footprint()[1] / 2 + 0.035, 0])
        at = shelf.to_world(local)
        at[2] = z
        layout.put(above, at, shelf.yaw, mount="wall")


def _stock(layout: Layout, shelf: Placed) -> None:
    rng = layout.rng
    surface = shelf.shape.surfaces[0]
    if rng.random() < 0.4:
        display_row(layout, shelf, surface, int(rng.integers(2, 3 + round(4 * surface.width))))
    clutter(layout, shelf, "shelf", int(rng.integers(2, 14)))
