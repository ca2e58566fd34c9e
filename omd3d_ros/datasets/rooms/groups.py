"""Furniture that belongs together: a laid table with its chairs, a desk, a kitchen run, a bed corner, clutter."""

from __future__ import annotations

import numpy as np

from . import chairs, fixtures, kitchen, media, seating, smalls, storage, tables
from .layout import Layout, Placed
from .palette import TILES, linear, paint, pick, plain
from .shapes import Shape, rotation
from .variants import branch

CLUTTER = {
    "dining": ("mug", "mug", "mug", "bowl", "plate", "glass", "bottle", "magazine", "magazine", "magazine", "book",
      "book",
               "vase", "plant", "storage box", "laptop", "box", "remote control", "phone", "jar", "object",
               "tissue box",
               "basket", "magazine"),
    "counter": ("mug", "mug", "bowl", "plate", "glass", "bottle", "bottle", "jar", "jar", "pot", "box", "box",
      "storage box",
                "plant", "picture frame", "picture frame", "book", "magazine", "dish rack", "cutting board", "basket",
                "object", "object", "vase"),
    "desk": ("mug", "mug", "book", "book", "magazine", "magazine", "bottle", "phone", "lamp", "plant",
      "picture frame",
             "box", "object", "glass", "tissue box", "paper"),
    "coffee": ("magazine", "magazine", "book", "mug", "remote control", "remote control", "vase", "bowl", "plant",
      "glass", "toy"),
    "shelf": ("book", "book", "box", "box", "storage box", "vase", "plant", "picture frame", "jar", "basket",
      "object",
              "object", "teddy bear", "toy", "pot", "bottle", "bowl", "mug"),
    "top": ("plant", "lamp", "box", "vase", "picture frame", "book", "object", "basket", "bottle", "tissue box",
      "magazine"),
    "floor": ("box", "box", "trash can", "backpack", "backpack", "shoes", "basket", "toy", "object", "object",
      "storage box",
              "teddy bear", "plant"),
    "bedside": ("lamp", "book", "phone", "glass", "mug", "bottle", "magazine"),
}  # fmt: skip


def small(rng: np.random.Generator, name: str) -> Shape:
    return smalls.SMALLS[name if name in smalls.SMALLS else "magazine"](rng)


def clutter(layout: Layout, support: Placed, kind: str, count: int, max_height: float = 9.0) -> list[Placed]:
    """Scatter small things over the surfaces of a placed object; a few stand on others."""
    rng = layout.rng
    out: list[Placed] = []
    surfaces = support.shape.surfaces
    if not surfaces:
        return out
    area = np.array([s.width * s.depth for s in surfaces])
    for _ in range(count):
        surface = surfaces[int(rng.choice(len(surfaces), p=area / area.sum()))]
        use = "shelf" if surface.use == "shelf" and kind != "counter" else kind
        if surface.use == "shelf" and rng.random() < 0.3 and surface.depth > 0.12 and surface.headroom > 0.15:
            shape = media.book_row(rng, rng.uniform(0.15, min(0.6, surface.width)), min(surface.headroom, 0.32))
            if not shape.parts:
                continue
        else:
            shape = small(rng, pick(rng, CLUTTER[use]))
        if shape.footprint()[2] > max_height:
            continue
        new = layout.set_on(shape, support, surface)
        if new is None:
            continue
        out.append(new)
        flat = shape.category in ("magazine", "book", "newspaper", "box") and "standing" not in shape.tags
        if flat and rng.random() < 0.2:
            w, d, h = shape.footprint()
            top = small(rng, pick(rng, ("book", "magazine", "mug", "remote control", "phone", "object")))
            shape.surface((0, 0, h), w, d, 0.5)
            stacked = layout.set_on(top, new, shape.surfaces[-1], tries=4)
            if stacked is not None:
                out.append(stacked)
    return out


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
    clutter(layout, table, "dining", int(rng.integers(2, 13)), max_height=0.5)
    return table


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
        facing = {0: 0.0, 1: np.pi / 2, 2: np.pi, 3: -np.pi / 2}[side] + rng.normal(0, 0.16)
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
    clutter(layout, desk, "desk", int(rng.integers(2, 8)))
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
        clutter(layout, counter, "counter", int(rng.integers(1, 8) * (b - a)))
    _above_counter(layout, k, start, end, segments, face, height)


def _above_counter(layout: Layout, k: int, start: float, end: float, segments, face, height: float) -> None:
    rng = layout.rng
    mid, yaw, _ = layout.wall(k)
    if rng.random() < 0.65:
        tiles = plain(
            rng, pick(rng, ("white", "grey", "beige", "blue", "green")), texture=TILES, scale=rng.uniform(7, 14)
        )
        tiles = tiles.with_(accent=linear((205, 205, 200)))
        center = mid + rotation(yaw=yaw) @ np.array([(start + end) / 2, 0.003, 0]) + [0, 0, height + 0.28]
        size = (end - start, 0.006) if k % 2 == 0 else (0.006, end - start)
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
            clutter(layout, shelf, "shelf", int(rng.integers(2, 7)))
    for _ in range(int(rng.integers(0, 4))):
        layout.somewhere_along(fixtures.poster(rng), (k,), z=height + rng.uniform(0.05, 0.3), mount="wall")


def stocked_wall_shelf(layout: Layout, walls=(0, 1, 2, 3)) -> None:
    """A long board with things on it, often a screen above."""
    rng = layout.rng
    board = fixtures.wall_shelf(rng)
    shelf = layout.somewhere_along(board, walls, z=board.aside["z"], mount="wall")
    if shelf is None:
        return
    clutter(layout, shelf, "shelf", int(rng.integers(2, 8)))
    if rng.random() < 0.45:
        z = shelf.position[2] + rng.uniform(0.4, 0.5)
        above = kitchen.wall_screen(rng, pick(rng, ("tv", "monitor")))
        local = np.array([rng.uniform(-0.2, 0.2), -shelf.shape.footprint()[1] / 2 + 0.035, 0])
        at = shelf.to_world(local)
        at[2] = z
        layout.put(above, at, shelf.yaw, mount="wall")


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
    if rng.random() < 0.3:
        layout.set_on(small(rng, pick(rng, ("teddy bear", "backpack", "laptop", "book"))), bed, bed.shape.surfaces[1])
    return bed


def sofa_group(layout: Layout) -> Placed | None:
    rng = layout.rng
    sofa = layout.somewhere_along(seating.sofa(rng), tries=24)
    if sofa is None:
        return None
    for _ in range(int(rng.integers(0, 4))):
        layout.set_on(smalls.pillow(rng), sofa, sofa.shape.surfaces[0], yaw=rng.normal(0, 0.5))
    deep = sofa.shape.footprint()[1]
    if rng.random() < 0.85:
        table = tables.coffee_table(rng)
        gap = rng.uniform(0.3, 0.5)
        local = [rng.uniform(-0.25, 0.25), deep / 2 + gap + table.footprint()[1] / 2, 0]
        new = layout.put(table, sofa.to_world(local), sofa.yaw + rng.normal(0, 0.05))
        if new is not None:
            clutter(layout, new, "coffee", int(rng.integers(1, 7)), max_height=0.4)
    k = [j for j in range(4) if abs(np.cos(layout.wall(j)[1] - sofa.yaw) + 1) < 0.1]
    stand = layout.somewhere_along(storage.tv_stand(rng), k, tries=8)
    if stand is not None:
        layout.set_on(media.tv(rng), stand, stand.shape.surfaces[0], yaw=0.0)
        clutter(layout, stand, "top", int(rng.integers(0, 3)), max_height=0.3)
    for _ in range(int(rng.integers(0, 3))):
        local = [rng.choice([-1, 1]) * rng.uniform(1.2, 1.9), deep / 2 + rng.uniform(0.3, 1.2), 0]
        layout.put(seating.armchair(rng), sofa.to_world(local), sofa.yaw - np.sign(local[0]) * -rng.uniform(0.9, 1.6))
    return sofa
