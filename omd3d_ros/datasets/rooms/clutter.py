"""Things without a name: whatever stands, lies and hangs about and belongs to no category.

An instance is not a word from a list; these make a model find things by their form.
"""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, Paint, fabric, linear, paint, pick, plain, printed
from .shapes import Shape, rotation

Rng = np.random.Generator


def thing(rng: Rng, scale: float | None = None) -> Shape:
    """An "object" of about ``scale`` metres (drawn when None), of a random construction."""
    scale = scale or float(rng.choice([rng.uniform(0.06, 0.15), rng.uniform(0.12, 0.32)]))
    make = pick(rng, (composed, composed, composed, stack, heap, turned_profile, tool, device, framework, folded_sheet))
    shape = make(rng, scale)
    if rng.random() < 0.12:
        shape = shape.turned(rotation(roll=np.pi / 2 if rng.random() < 0.7 else rng.uniform(0.2, 0.6)))
    return shape


def _ground(rng: Rng) -> tuple[Shape, Paint]:
    color = pick(rng, ALL_COLORS)
    material = pick(rng, ("plastic", "plastic", "metal", "wooden", "fabric", "ceramic"))
    return Shape("object", color, material), paint(rng, color, material)


def composed(rng: Rng, k: float) -> Shape:
    """Two to six solids put together."""
    shape, body = _ground(rng)
    z = 0.0
    for i in range(int(rng.integers(2, 7))):
        w, d, h = rng.uniform(0.25, 1.0, 3) * k
        layer = body if i == 0 or rng.random() < 0.6 else paint(rng, pick(rng, ALL_COLORS), shape.material)
        x, y = (0, 0) if i == 0 else rng.uniform(-0.3, 0.3, 2) * k
        style = rng.integers(5)
        if style == 0:
            shape.box((x, y, z + h / 2), (w, d, h), layer, rotation(yaw=rng.uniform(0, np.pi)))
        elif style == 1:
            shape.frustum((x, y, z + h / 2), w / 2, w / 2 * rng.uniform(0.3, 1), h, layer)
        elif style == 2:
            shape.ellipsoid((x, y, z + h / 2), (w, d, h), layer)
        elif style == 3:
            shape.tube((x, y, z + h / 2), w / 2 * rng.uniform(0.6, 1), w / 2, h, layer)
        else:
            shape.bar(
                (x, y, z + 0.05 * k), (x + w / 2, y + d / 2, z + h), k * rng.uniform(0.06, 0.2), layer, round=True
            )
        z += h * (0.9 if style == 2 else 1.0) if rng.random() < 0.6 else 0.0
    return shape


def stack(rng: Rng, k: float) -> Shape:
    """Flat things of one kind on top of each other, not quite square."""
    shape, body = _ground(rng)
    w, d, each = rng.uniform(0.5, 1.0) * k, rng.uniform(0.5, 1.0) * k, k * rng.uniform(0.05, 0.2)
    disc, loose = rng.random() < 0.3, rng.uniform(0.0, 0.12)
    for i in range(int(rng.integers(3, 8))):
        layer = body if rng.random() < 0.5 else printed(rng, pick(rng, ALL_COLORS))
        x, y = rng.normal(0, loose * k * 0.3, 2)
        if disc:
            shape.cylinder((x, y, (i + 0.5) * each), w / 2, each * 0.95, layer)
        else:
            shape.box((x, y, (i + 0.5) * each), (w, d, each * 0.95), layer, rotation(yaw=rng.normal(0, loose * 2)))
    return shape


def heap(rng: Rng, k: float) -> Shape:
    """Crumpled cloth or a slumped bag."""
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color)
    shape = Shape("object", color, "fabric")
    for _ in range(int(rng.integers(3, 7))):
        w, d, h = rng.uniform(0.4, 1.0) * k, rng.uniform(0.3, 0.8) * k, rng.uniform(0.15, 0.5) * k
        x, y = rng.uniform(-0.3, 0.3, 2) * k
        turn = rotation(rng.normal(0, 0.3), rng.normal(0, 0.3), rng.uniform(0, np.pi))
        shape.ellipsoid((x, y, h * 0.45), (w, d, h), cloth.darker(rng.uniform(0.8, 1.0)), turn)
    return shape.turned(np.eye(3))


def turned_profile(rng: Rng, k: float) -> Shape:
    """As from a lathe: cones and drums of changing width."""
    shape, body = _ground(rng)
    z, r = 0.0, rng.uniform(0.15, 0.4) * k
    for _ in range(int(rng.integers(2, 6))):
        h, after = rng.uniform(0.1, 0.5) * k, rng.uniform(0.08, 0.4) * k
        shape.frustum(
            (0, 0, z + h / 2), r, after, h, body if rng.random() < 0.7 else body.darker(rng.uniform(0.4, 1.3))
        )
        z, r = z + h, after
    return shape


def tool(rng: Rng, k: float) -> Shape:
    """A handle with a head, lying: hammers, brushes, ladles, remote things."""
    shape, body = _ground(rng)
    long, thick = rng.uniform(0.8, 1.6) * k, rng.uniform(0.06, 0.16) * k
    shape.bar((0, -long / 2, thick / 2), (0, long / 2, thick / 2), thick, body, round=rng.random() < 0.5)
    head = paint(rng, pick(rng, ALL_COLORS), "metal")
    w, d, h = rng.uniform(0.15, 0.6) * k, rng.uniform(0.1, 0.5) * k, rng.uniform(1.0, 2.0) * thick
    if rng.random() < 0.5:
        shape.box((0, long / 2, h / 2), (w, d, h), head)
    else:
        shape.ellipsoid((0, long / 2, h / 2), (w, d, h), head)
    return shape


def device(rng: Rng, k: float) -> Shape:
    """A case with a face of buttons, a screen or a grille, on feet."""
    shape, body = _ground(rng)
    shape.material = "plastic"
    w, d, h = rng.uniform(0.5, 1.0) * k, rng.uniform(0.3, 0.8) * k, rng.uniform(0.2, 0.9) * k
    shape.box((0, 0, h / 2 + 0.005), (w, d, h - 0.01), body)
    dark = plain(rng, "black", gloss=0.4)
    if rng.random() < 0.5:
        shape.box((rng.uniform(-0.15, 0.15) * w, d / 2, h * 0.6), (w * 0.5, 0.006, h * 0.5), dark)
    for x in np.linspace(-0.35, 0.35, int(rng.integers(1, 4))):
        shape.cylinder((x * w, d / 2, h * 0.2), 0.06 * k, 0.03 * k, plain(rng, pick(rng, ALL_COLORS)),
                       rotation(roll=np.pi / 2))  # fmt: skip
    if rng.random() < 0.3:
        shape.bar((w * 0.3, -d * 0.3, h), (w * 0.5, -d * 0.4, h + k), 0.012, dark, round=True)
    return shape


def framework(rng: Rng, k: float) -> Shape:
    """A cage or holder of thin bars."""
    shape, _ = _ground(rng)
    shape.material = "metal"
    metal = paint(rng, shape.color, "metal")
    w, d, h, thick = rng.uniform(0.5, 1.0) * k, rng.uniform(0.4, 0.9) * k, rng.uniform(0.4, 1.0) * k, 0.008 + 0.02 * k
    corners = ((-w / 2, -d / 2), (w / 2, -d / 2), (w / 2, d / 2), (-w / 2, d / 2), (-w / 2, -d / 2))
    for (x, y), (to_x, to_y) in zip(corners[:-1], corners[1:], strict=True):
        shape.bar((x, y, 0), (x, y, h), thick, metal, round=True)
        shape.bar((x, y, h), (to_x, to_y, h), thick, metal, round=True)
    if rng.random() < 0.6:
        shape.box((0, 0, h * rng.uniform(0.1, 0.6)), (w, d, 0.01), metal.darker(0.9))
    return shape


def folded_sheet(rng: Rng, k: float) -> Shape:
    """A card or board bent once or twice, standing like a tent or a leaflet stand."""
    color = pick(rng, ALL_COLORS)
    shape = Shape("object", color, pick(rng, ("cardboard", "plastic", "metal")))
    sheet = printed(rng, color) if rng.random() < 0.6 else plain(rng, color)
    w, h, open_by = rng.uniform(0.4, 1.0) * k, rng.uniform(0.5, 1.2) * k, rng.uniform(0.2, 0.6)
    for side in (-1, 1):
        turn = rotation(roll=-side * open_by)
        shape.box((0, side * np.sin(open_by) * h / 2, np.cos(open_by) * h / 2), (w, 0.004, h), sheet, turn)
    return shape.turned(rotation(yaw=np.pi / 2)) if rng.random() < 0.2 else shape


def drape(rng: Rng, category: str, width: float, over: float = 0.06) -> Shape:
    """Cloth hung over an edge ``over`` metres deep: a sheet on top and one down each side, in loose folds.

    The origin is on the upper edge; the cloth reaches below it.
    """
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color)
    shape = Shape(category, color, "fabric", tags={"drape"})
    thick = rng.uniform(0.008, 0.02)
    shape.box((0, 0, thick / 2), (width, over + 2 * thick, thick), cloth)
    strips = max(2, round(width / 0.16))
    for side in (-1, 1):
        drop = rng.uniform(0.15, 0.45)
        for i in range(strips):
            x = -width / 2 + (i + 0.5) * width / strips
            length = drop * rng.uniform(0.88, 1.08)
            turn = rotation(roll=side * rng.uniform(0.0, 0.12), yaw=rng.normal(0, 0.15))
            at = (x, side * (over / 2 + thick / 2 + 0.06 * length), thick - length / 2)
            shape.box(at, (width / strips * 1.08, thick, length), cloth.darker(rng.uniform(0.85, 1.0)), turn)
    return shape


def edge_cloth(rng: Rng, category: str) -> Shape:
    """Cloth that lies on a top and hangs over its edge; the origin is on the edge, the outside towards +y."""
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color)
    shape = Shape(category, color, "fabric", tags={"drape"})
    w, lying, drop, thick = (
        rng.uniform(0.25, 0.5),
        rng.uniform(0.08, 0.3),
        rng.uniform(0.1, 0.35),
        rng.uniform(0.006, 0.02),
    )
    shape.box((0, -lying / 2, thick / 2), (w, lying, thick), cloth, rotation(yaw=rng.normal(0, 0.06)))
    for x in (-0.25, 0.25):
        length = drop * rng.uniform(0.85, 1.1)
        turn = rotation(roll=rng.uniform(0.0, 0.15), yaw=rng.normal(0, 0.12))
        shape.box(
            (x * w, thick / 2 + 0.07 * length, thick - length / 2), (w * 0.52, thick, length), cloth.darker(0.93), turn
        )
    return shape


def cable(rng: Rng, reach: float) -> Shape:
    """A cord lying loosely along about ``reach`` metres, with a plug or an adapter at its end."""
    color = pick(rng, ("black", "black", "white", "grey", "orange"))
    cord = plain(rng, color)
    shape = Shape("cable", color, "plastic")
    points = np.zeros((int(rng.integers(5, 9)), 3))
    points[:, 0] = np.linspace(-reach / 2, reach / 2, len(points))
    points[:, 1] = np.cumsum(rng.normal(0, reach * 0.12, len(points)))
    points[:, 2] = thick = rng.uniform(0.007, 0.014)
    shape.path(points, thick, cord)
    shape.box(points[-1] + [0, 0, 0.01], (0.05, 0.04, 0.03) if rng.random() < 0.6 else (0.12, 0.06, 0.04), cord)
    return shape.turned(np.eye(3))


def hanging_cable(rng: Rng) -> Shape:
    """A cord that hangs down a wall in a loop; its back is at -y, its origin at the lowest point."""
    color = pick(rng, ("black", "black", "white", "grey"))
    shape = Shape("cable", color, "plastic", tags={"wall"}, aside={"z": rng.uniform(0.3, 1.1)})
    h, sway = rng.uniform(0.35, 0.9), rng.uniform(0.03, 0.15)
    heights = np.array([1.0, 0.7, 0.4, 0.12, 0.0, 0.1, 0.35])
    points = np.stack([sway * np.array([0, 0.1, -0.2, 0, 0.5, 1.0, 1.1]), np.full(7, 0.01), heights * h], axis=1)
    shape.path(points, rng.uniform(0.008, 0.014), plain(rng, color))
    shape.box(points[-1] + [0, 0.01, 0.02], (0.05, 0.035, 0.05), plain(rng, color))
    return shape


def pinned_papers(rng: Rng) -> Shape:
    """A notice board with sheets on it; its back is at -y."""
    color = pick(rng, ("brown", "brown", "blue", "green", "grey", "red"))
    shape = Shape(
        "notice board", color, pick(rng, ("wooden", "fabric")), tags={"wall"}, aside={"z": rng.uniform(1.0, 1.3)}
    )
    w, h = rng.uniform(0.5, 1.3), rng.uniform(0.4, 0.9)
    ground = plain(rng, color, texture=5, scale=80.0)
    if color == "brown":
        ground = ground.with_(rgb=linear((190, 150, 105)))
    shape.box((0, 0, h / 2), (w, 0.02, h), ground)
    for _ in range(int(rng.integers(3, 9))):
        pw = pick(rng, (0.1, 0.15, 0.21))
        ph = pw * pick(rng, (0.7, 1.0, 1.4))
        if pw < w and ph < h:
            at = (rng.uniform(-1, 1) * (w - pw) / 2, 0.012, ph / 2 + rng.uniform(0, 1) * (h - ph))
            shape.box(at, (pw, 0.003, ph), printed(rng, pick(rng, ("white", "white", *ALL_COLORS))))
    return shape
