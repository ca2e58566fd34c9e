"""Furniture that belongs together: a laid table with its chairs, a desk, a bed corner, a seating corner."""

from __future__ import annotations

import numpy as np

from . import chairs, lamps, media, seating, smalls, storage, tables
from .layout import Layout, Placed
from .palette import pick
from .scatter import clutter, fill, small
from .variants import branch


def dining_group(layout: Layout, center=None) -> Placed | None:
    """A table with chairs of one kind pushed in to different depths, and things on it."""
    rng = layout.rng
    shape = tables.dining_table(rng)
    yaw = float(rng.choice([0, np.pi / 2])) + rng.normal(0, 0.06)
    table = None
    for _ in range(30):
        at = np.append(rng.uniform(0.3, 0.7, 2) * layout.size[:2], 0) if center is None else np.append(center, 0)
        table = layout.put(shape, at, yaw)
        if table is not None:
            break
        center = None
    if table is None:
        return None
    chairs_round(layout, table, int(rng.integers(2, 7)))
    clutter(layout, table, "dining", int(rng.integers(3, 28)), max_height=0.5)
    if rng.random() < 0.3:
        _lamp_above(layout, table)
    return table


def _lamp_above(layout: Layout, table: Placed) -> None:
    drop = layout.rng.uniform(0.35, max(0.36, layout.size[2] - 1.95))
    x, y, _ = table.position
    shape = lamps.ceiling_lamp(layout.rng, drop)
    layout.put(shape, (x, y, layout.size[2] - drop), table.yaw, mount="built-in")


def chairs_round(layout: Layout, table: Placed, count: int) -> None:
    rng = layout.rng
    w, d, _ = table.shape.footprint()
    seed = int(rng.integers(1 << 30))
    one_kind = rng.random() < 0.85
    long = max(1, int(w // 0.62))
    places = [(0, (i + 0.5) / long - 0.5) for i in range(long)] + [(2, (i + 0.5) / long - 0.5) for i in range(long)]
    places += [(1, 0.0), (3, 0.0)] if d > 0.6 else []
    order = [places[i] for i in rng.permutation(len(places))]
    for side, s in order[:count]:
        chair = chairs.chair(branch(rng, seed)) if one_kind else chairs.chair(rng)
        _, deep, _ = chair.footprint()
        # The chair's front edge slides under the table by ``inside``; a negative value pulls it out.
        inside = rng.uniform(-0.25, 0.3 * deep) if rng.random() < 0.6 else rng.uniform(0.1 * deep, 0.62 * deep)
        if side in (0, 2):
            edge, along = d / 2, s * w
            local = np.array([along, (edge - inside + deep / 2) * (1 if side == 2 else -1), 0])
        else:
            local = np.array([(w / 2 - inside + deep / 2) * (1 if side == 1 else -1), rng.normal(0, 0.03), 0])
        askew = rng.normal(0, 0.16 if rng.random() < 0.7 else 0.55)
        facing = {0: 0.0, 1: np.pi / 2, 2: np.pi, 3: -np.pi / 2}[side] + askew
        layout.put(chair, table.to_world(local), table.yaw + facing, beside=(table.id,))


def desk_group(layout: Layout) -> Placed | None:
    rng = layout.rng
    desk = layout.somewhere_along(tables.desk(rng), tries=20)
    if desk is None:
        return None
    surface = desk.shape.surfaces[0]
    back = np.asarray(surface.center) + [rng.uniform(-0.2, 0.2), -surface.depth / 2 + 0.16, 0]
    first = None
    if rng.random() < 0.75:
        first = layout.put(
            media.monitor(rng), desk.to_world(back), desk.yaw + rng.normal(0, 0.12), mount="on", on=desk.id
        )
        if rng.random() < 0.25:
            layout.put(media.monitor(rng), desk.to_world(back + [0.68, 0, 0]), desk.yaw - 0.2, mount="on", on=desk.id)
    if first is not None and rng.random() < 0.85:
        spot = np.asarray(surface.center) + [back[0], -surface.depth / 2 + 0.42, 0]
        layout.put(media.keyboard(rng), desk.to_world(spot), desk.yaw + rng.normal(0, 0.06), mount="on", on=desk.id)
    elif rng.random() < 0.8:
        layout.set_on(media.laptop(rng), desk, surface)
    clutter(layout, desk, "desk", int(rng.integers(3, 20)))
    if first is not None and rng.random() < 0.6:
        mouse = np.asarray(surface.center) + [back[0] + 0.28, -surface.depth / 2 + 0.42, 0]
        layout.put(small(rng, "mouse"), desk.to_world(mouse), desk.yaw, mount="on", on=desk.id)
    chair = chairs.office_chair(rng) if rng.random() < 0.65 else chairs.chair(rng)
    deep = chair.footprint()[1]
    for _ in range(4):
        out = desk.shape.footprint()[1] / 2 + deep / 2 - rng.uniform(-0.35, 0.25)
        local = [rng.uniform(-0.25, 0.25), out, 0]
        if (
            layout.put(chair, desk.to_world(local), desk.yaw + np.pi + rng.normal(0, 0.5), beside=(desk.id,))
            is not None
        ):
            break
    return desk


def bed_group(layout: Layout) -> Placed | None:
    rng = layout.rng
    bed = layout.somewhere_along(seating.bed(rng), tries=24)
    if bed is None:
        return None
    w, length, _ = bed.shape.footprint()
    for _ in range(int(rng.integers(1, 4))):
        layout.set_on(smalls.pillow(rng), bed, bed.shape.surfaces[0], yaw=rng.normal(0, 0.15))
    for side in (-1, 1):
        if rng.random() < 0.6:
            stand = storage.nightstand(rng)
            local = [side * (w / 2 + stand.footprint()[0] / 2 + 0.04), -length / 2 + 0.28, 0]
            new = layout.put(stand, bed.to_world(local), bed.yaw)
            if new is not None:
                clutter(layout, new, "bedside", int(rng.integers(1, 4)))
    for _ in range(int(rng.integers(0, 4))):
        name = pick(rng, ("teddy bear", "backpack", "laptop", "book", "blanket", "bag", "object", "hat", "toy", "tray"))
        layout.set_on(small(rng, name), bed, bed.shape.surfaces[1])
    return bed


def sofa_group(layout: Layout) -> Placed | None:
    rng = layout.rng
    sofa = layout.somewhere_along(seating.sofa(rng), tries=24)
    if sofa is None:
        return None
    for _ in range(int(rng.integers(0, 4))):
        layout.set_on(smalls.pillow(rng), sofa, sofa.shape.surfaces[0], yaw=rng.normal(0, 0.5))
    if rng.random() < 0.35:
        name = pick(rng, ("blanket", "book", "laptop", "bag", "object", "teddy bear", "remote control", "magazine"))
        layout.set_on(small(rng, name), sofa, sofa.shape.surfaces[0])
    deep = sofa.shape.footprint()[1]
    if rng.random() < 0.85:
        table = tables.coffee_table(rng)
        gap = rng.uniform(0.3, 0.5)
        local = [rng.uniform(-0.25, 0.25), deep / 2 + gap + table.footprint()[1] / 2, 0]
        new = layout.put(table, sofa.to_world(local), sofa.yaw + rng.normal(0, 0.05))
        if new is not None:
            clutter(layout, new, "coffee", int(rng.integers(1, 11)), max_height=0.4)
    k = [j for j in range(4) if abs(np.cos(layout.wall(j)[1] - sofa.yaw) + 1) < 0.1]
    stand = layout.somewhere_along(storage.tv_stand(rng), k, tries=8)
    if stand is not None:
        layout.set_on(media.tv(rng), stand, stand.shape.surfaces[0], yaw=0.0)
        fill(layout, stand, "top", 1.5)
    if rng.random() < 0.3:
        layout.somewhere(seating.pouf(rng))
    for _ in range(int(rng.integers(0, 3))):
        local = [rng.choice([-1, 1]) * rng.uniform(1.2, 1.9), deep / 2 + rng.uniform(0.3, 1.2), 0]
        layout.put(seating.armchair(rng), sofa.to_world(local), sofa.yaw - np.sign(local[0]) * -rng.uniform(0.9, 1.6))
    return sofa
