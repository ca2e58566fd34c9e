"""What a kitchen, living room, bedroom, office or corridor holds, and in which order it is furnished."""

from __future__ import annotations

import numpy as np

from . import chairs, containers, fixtures, groups, kitchen, lamps, plants, seating, shelves, storage, tables
from .layout import Layout
from .palette import CHECKER, COLORS, FABRIC, PLANKS, SPECKLE, STRIPES, TILES, jitter, linear, paint, pick, plain, wood
from .shapes import rotation
from .variants import HELD_OUT_SEEDS, RoomRng

ROOM_TYPES = ("kitchen", "living room", "bedroom", "office", "corridor")
SHARES = (0.44, 0.18, 0.13, 0.17, 0.08)


def furnish(seed: int) -> tuple[Layout, str]:
    """A furnished room of a random type, the same for the same seed."""
    rng = RoomRng([seed, 0x3D], held_out=seed >= HELD_OUT_SEEDS)
    kind = str(rng.choice(ROOM_TYPES, p=SHARES))
    if kind == "corridor":
        size = (rng.uniform(3.5, 6.5), rng.uniform(1.5, 2.4), rng.uniform(2.4, 2.8))
    else:
        size = (rng.uniform(3.0, 5.6), rng.uniform(2.8, 4.8), rng.uniform(2.4, 2.9))
    layout = Layout(rng, size)
    _shell(layout)
    _openings(layout)
    PLANS[kind](layout)
    _walls(layout)
    _floor(layout)
    return layout, kind


def _shell(layout: Layout) -> None:
    rng = layout.rng
    w, d, h = layout.size
    wall = plain(rng, pick(rng, ("white", "white", "white", "beige", "grey", *COLORS)), gloss=0.01)
    if wall.color not in ("white", "beige", "grey"):
        wall = wall.with_(rgb=tuple(0.55 * c + 0.4 for c in wall.rgb))
    t = 0.1
    layout.build((w / 2, d / 2, -t / 2), (w + 2 * t, d + 2 * t, t), _floor_paint(rng))
    layout.build((w / 2, d / 2, h + t / 2), (w + 2 * t, d + 2 * t, t), plain(rng, "white", gloss=0.0))
    odd = plain(rng, pick(rng, tuple(COLORS)), gloss=0.01) if rng.random() < 0.2 else wall
    skirting = plain(rng, pick(rng, ("white", "grey", "brown"))) if rng.random() < 0.6 else None
    for k, (center, size) in enumerate(
        (((w / 2, -t / 2, h / 2), (w, t, h)), ((w + t / 2, d / 2, h / 2), (t, d, h)),
         ((w / 2, d + t / 2, h / 2), (w, t, h)), ((-t / 2, d / 2, h / 2), (t, d, h)))
    ):  # fmt: skip
        layout.build(center, size, odd if k == 2 else wall)
        if skirting is not None:
            mid, yaw, length = layout.wall(k)
            at = mid + rotation(yaw=yaw) @ np.array([0, 0.006, 0.04])
            layout.build(at, (length, 0.012, 0.08) if k % 2 == 0 else (0.012, length, 0.08), skirting)
    if rng.random() < 0.15:
        s = rng.uniform(0.2, 0.45)
        corner = np.array([rng.choice([s / 2, w - s / 2]), rng.choice([s / 2, d - s / 2])])
        layout.build((*corner, h / 2), (s, s, h), wall)
        layout.keep_free(corner, (s / 2, s / 2), height=h)


def _floor_paint(rng: np.random.Generator):
    roll = rng.random()
    if roll < 0.33:
        return wood(rng).with_(texture=PLANKS, scale=rng.uniform(5, 12))
    color = pick(rng, ("grey", "grey", "white", "beige", "brown", "black", "blue", "green"))
    if roll < 0.55:
        grout = linear(jitter(rng, pick(rng, COLORS["grey"])))
        return plain(rng, color, texture=TILES, scale=rng.uniform(1.8, 5), accent=grout, gloss=0.04)
    if roll < 0.75:
        return plain(rng, color, texture=STRIPES, scale=rng.uniform(12, 30), gloss=0.0).with_(
            accent=linear(jitter(rng, pick(rng, COLORS[pick(rng, ("grey", "black", color))])))
        )
    if roll < 0.8:
        return plain(rng, color, texture=CHECKER, scale=rng.uniform(2, 4), accent=linear((40, 40, 42)))
    return plain(rng, color, texture=pick(rng, (FABRIC, SPECKLE)), scale=40.0, gloss=0.0)


def _openings(layout: Layout) -> None:
    rng = layout.rng
    for _ in range(1 if rng.random() < 0.75 else 2):
        if rng.random() < 0.12:
            continue
        new = layout.somewhere_along(fixtures.door(rng), tries=6, mount="wall")
        if new is not None:
            layout.keep_free(new.to_world((0, 0.4, 0))[:2], (0.42, 0.36), new.yaw)
    for _ in range(int(rng.integers(0, 3))):
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
        if rng.random() < 0.4:
            shape = fixtures.radiator(rng)
            layout.put(shape, new.to_world((0, 0.06, shape.aside["z"] - new.position[2])), new.yaw, mount="wall")


def _kitchen(layout: Layout) -> None:
    rng = layout.rng
    depth, height = rng.uniform(0.54, 0.64), rng.uniform(0.86, 0.94)
    color = pick(
        rng, ("white", "white", "red", "red", "brown", "brown", "grey", "blue", "green", "black", "beige", "yellow")
    )
    face, top = paint(rng, color, "wooden"), kitchen.counter_paint(rng)
    clear = _clear_wall(layout)
    if clear is not None and rng.random() < 0.93:
        _runs(layout, clear, face, top, depth, height)
    if rng.random() < 0.92:
        groups.dining_group(layout)
    for _ in range(int(rng.integers(0, 3))):
        groups.stocked_wall_shelf(layout)
    if rng.random() < 0.3:
        new = layout.somewhere_along(storage.cabinet(rng))
        if new is not None:
            groups.clutter(layout, new, "top", int(rng.integers(0, 4)))
    if rng.random() < 0.3:
        new = layout.somewhere_along(shelves.shelf(rng))
        if new is not None:
            groups.clutter(layout, new, "shelf", int(rng.integers(3, 12)))
    if rng.random() < 0.25:
        for _ in range(int(rng.integers(1, 4))):
            layout.somewhere(seating.stool(rng))


def _clear_wall(layout: Layout) -> int | None:
    """A wall free of doors and windows that a counter would cut."""
    busy = {round(p.yaw, 3) for p in layout.placed if p.shape.category in ("door", "radiator", "curtain")}
    free = [k for k in range(4) if round(layout.wall(k)[1], 3) not in busy]
    return int(layout.rng.choice(free)) if free else None


def _runs(layout: Layout, k: int, face, top, depth: float, height: float) -> None:
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
    groups.kitchen_run(layout, k, start, end, face, top, depth, height, main=True)
    # The neighbour wall whose corner the run reaches gets a second run now and then.
    if end > reach - 0.05 and rng.random() < 0.5:
        side = (k + 1) % 4
        busy = {round(p.yaw, 3) for p in layout.placed if p.shape.category in ("door", "radiator", "curtain")}
        if round(layout.wall(side)[1], 3) not in busy:
            half = layout.wall(side)[2] / 2
            first = -half + depth + 0.035
            groups.kitchen_run(
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


def _living(layout: Layout) -> None:
    rng = layout.rng
    groups.sofa_group(layout)
    if rng.random() < 0.35 and layout.size[0] > 4:
        groups.dining_group(layout)
    for make, odds in ((shelves.bookcase, 0.6), (storage.cabinet, 0.5), (shelves.shelf, 0.4), (tables.side_table, 0.4)):
        if rng.random() < odds:
            new = layout.somewhere_along(make(rng))
            if new is not None:
                groups.clutter(
                    layout, new, "top" if make is not shelves.bookcase else "shelf", int(rng.integers(1, 12))
                )
    if rng.random() < 0.5:
        layout.somewhere_along(lamps.floor_lamp(rng))
    if rng.random() < 0.5:
        layout.somewhere_along(plants.plant(rng, big=True))


def _bedroom(layout: Layout) -> None:
    rng = layout.rng
    groups.bed_group(layout)
    for make, odds in ((storage.wardrobe, 0.75), (storage.dresser, 0.5), (shelves.shelf, 0.4), (storage.cabinet, 0.2)):
        if rng.random() < odds:
            new = layout.somewhere_along(make(rng))
            if new is not None:
                groups.clutter(layout, new, "shelf" if make is shelves.shelf else "top", int(rng.integers(1, 8)))
    if rng.random() < 0.4:
        groups.desk_group(layout)
    if rng.random() < 0.4:
        layout.somewhere(chairs.chair(rng))


def _office(layout: Layout) -> None:
    rng = layout.rng
    for _ in range(int(rng.integers(1, 4))):
        groups.desk_group(layout)
    if rng.random() < 0.35:
        groups.dining_group(layout)
    for make, odds in ((shelves.bookcase, 0.5), (storage.cabinet, 0.6), (shelves.shelf, 0.5)):
        if rng.random() < odds:
            new = layout.somewhere_along(make(rng))
            if new is not None:
                groups.clutter(layout, new, "top" if make is storage.cabinet else "shelf", int(rng.integers(1, 14)))
    if rng.random() < 0.6:
        shape = fixtures.whiteboard(rng)
        layout.somewhere_along(shape, z=shape.aside["z"], mount="wall")


def _corridor(layout: Layout) -> None:
    rng = layout.rng
    for make in (storage.cabinet, shelves.shelf, seating.bench, tables.side_table, chairs.chair, shelves.bookcase):
        if rng.random() < 0.4:
            new = layout.somewhere_along(make(rng))
            if new is not None:
                groups.clutter(layout, new, "top", int(rng.integers(0, 5)))


def _walls(layout: Layout) -> None:
    rng = layout.rng
    for _ in range(int(rng.integers(1, 8))):
        shape = fixtures.WALL_PIECES[pick(rng, tuple(fixtures.WALL_PIECES))](rng)
        new = layout.somewhere_along(shape, tries=6, z=shape.aside["z"], mount="wall")
        if new is not None and shape.surfaces:
            groups.clutter(layout, new, "shelf", int(rng.integers(1, 7)))
    if rng.random() < 0.15:
        layout.somewhere_along(kitchen.wall_screen(rng), z=rng.uniform(1.1, 1.5), mount="wall")


def _floor(layout: Layout) -> None:
    rng = layout.rng
    for _ in range(int(rng.integers(1, 6))):
        shape = groups.small(rng, pick(rng, groups.CLUTTER["floor"]))
        if rng.random() < 0.6:
            layout.somewhere_along(shape, tries=6)
        else:
            layout.somewhere(shape, tries=6)
    if rng.random() < 0.3:
        layout.somewhere_along(containers.box(rng, big=True))
    if rng.random() < 0.35:
        shape = fixtures.rug(rng)
        standing = tuple(p.id for p in layout.placed)
        layout.somewhere(shape, yaw=float(rng.choice([0, np.pi / 2])), beside=standing, solid=False)


PLANS = {
    "kitchen": _kitchen, "living room": _living, "bedroom": _bedroom, "office": _office, "corridor": _corridor,
}  # fmt: skip
