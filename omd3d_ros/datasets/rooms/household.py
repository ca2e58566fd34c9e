"""What stands about in a home: luggage, instruments, vehicles, clothes."""

from __future__ import annotations

import numpy as np

from .cleaning import CLEANING
from .palette import ALL_COLORS, BRIGHT, fabric, paint, pick, plain, wood
from .shapes import Shape, rotation

Rng = np.random.Generator
LYING = rotation(pitch=np.pi / 2)


def fan(rng: Rng) -> Shape:
    """A standing or a table fan: a caged rotor on a column."""
    color = pick(rng, ("white", "white", "black", "grey", "blue"))
    body, cage = plain(rng, color), plain(rng, "grey", gloss=0.1)
    shape = Shape("fan", color, "plastic")
    h, r = rng.choice([rng.uniform(1.0, 1.3), rng.uniform(0.25, 0.4)]), rng.uniform(0.16, 0.23)
    facing = rotation(roll=np.pi / 2 - rng.uniform(0, 0.2))
    shape.cylinder((0, 0, 0.015), r * 0.9, 0.03, body)
    shape.cylinder((0, 0, h / 2), 0.018, h, body)
    shape.cylinder((0, 0, h + 0.03), 0.06, 0.14, body, facing)
    for y in (0.05, 0.12):
        ring = [(r * np.cos(a), y, h + 0.03 + r * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 11)]
        shape.path(ring, 0.01, cage)
    for a in np.linspace(0, 2 * np.pi, 5)[:-1]:
        at = np.array([np.cos(a) * r * 0.5, 0.085, h + 0.03 + np.sin(a) * r * 0.5])
        shape.box(at, (r * 0.8, 0.008, r * 0.45), body, rotation(roll=0.4) @ rotation(pitch=-a))
    return shape


def suitcase(rng: Rng) -> Shape:
    color = pick(rng, ALL_COLORS)
    body = plain(rng, color, gloss=0.05) if rng.random() < 0.6 else fabric(rng, color)
    shape = Shape("suitcase", color, pick(rng, ("plastic", "fabric")))
    w, d, h = rng.uniform(0.36, 0.5), rng.uniform(0.2, 0.3), rng.uniform(0.5, 0.75)
    shape.box((0, 0, 0.05 + h / 2), (w, d, h), body)
    for z in (0.3, 0.55, 0.8):
        shape.box((0, 0, 0.05 + z * h), (w + 0.01, d + 0.01, 0.02), body.darker(0.8))
    dark = plain(rng, "black")
    for x in (-1, 1):
        shape.ellipsoid((x * w * 0.4, 0, 0.025), (0.05, d * 0.9, 0.05), dark)
    top = h + 0.05 + (rng.uniform(0.25, 0.4) if rng.random() < 0.5 else 0.03)
    shape.path(((-0.1, -d / 3, h), (-0.1, -d / 3, top), (0.1, -d / 3, top), (0.1, -d / 3, h)), 0.02, dark)
    return shape.turned(rotation(roll=np.pi / 2)) if rng.random() < 0.2 else shape


def stroller(rng: Rng) -> Shape:
    color = pick(rng, ("black", "grey", "blue", "red", "green"))
    cloth, metal, dark = fabric(rng, color), plain(rng, "grey", gloss=0.15), plain(rng, "black")
    shape = Shape("stroller", color, "fabric")
    for x in (-0.25, 0.25):
        shape.bar((x, 0.35, 0.1), (x, -0.35, 0.95), 0.028, metal, round=True)
        shape.bar((x, -0.35, 0.1), (x, 0.2, 0.6), 0.028, metal, round=True)
        for y in (-0.35, 0.35):
            shape.cylinder((x, y, 0.1), 0.1, 0.04, dark, LYING)
    shape.bar((-0.25, -0.35, 0.95), (0.25, -0.35, 0.95), 0.03, dark, round=True)
    shape.box((0, 0.05, 0.45), (0.42, 0.4, 0.06), cloth)
    shape.box((0, -0.18, 0.65), (0.42, 0.05, 0.45), cloth, rotation(roll=0.4))
    shape.ellipsoid((0, -0.12, 0.85), (0.46, 0.5, 0.35), cloth.darker(0.85))
    return shape


def guitar(rng: Rng) -> Shape:
    """Leaning back, its neck up."""
    color = pick(rng, ("brown", "brown", "brown", "red", "black"))
    body = paint(rng, color, "wooden")
    shape = Shape("guitar", color, "wooden", tags={"leans"})
    thick = rng.uniform(0.05, 0.1)
    front = rotation(roll=np.pi / 2)
    shape.cylinder((0, 0, 0.19), 0.19, thick, body, front)
    shape.cylinder((0, 0, 0.42), 0.14, thick, body, front)
    shape.cylinder((0, thick / 2, 0.33), 0.05, 0.006, plain(rng, "black"), front)
    shape.box((0, thick / 2, 0.75), (0.055, 0.03, 0.62), body.darker(0.4))
    shape.box((0, thick / 2, 1.06), (0.08, 0.02, 0.16), body.darker(0.6))
    return shape.turned(rotation(roll=rng.uniform(0.12, 0.3)))


def bicycle(rng: Rng) -> Shape:
    """Parked along a wall."""
    color = pick(rng, ("black", "red", "blue", "green", "grey", "white", "orange"))
    frame, dark = plain(rng, color, gloss=0.1), plain(rng, "black")
    shape = Shape("bicycle", color, "metal")
    r, base, seat = 0.33, 1.02, 0.88
    for x in (-base / 2, base / 2):
        ring = [(x + r * np.cos(a), 0, r + 0.02 + r * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 13)]
        shape.path(ring, 0.032, dark)
        for a in (0.3, 1.35, 2.4):
            c, s = 0.95 * r * np.cos(a), 0.95 * r * np.sin(a)
            shape.bar((x - c, 0, r - s), (x + c, 0, r + s), 0.006, plain(rng, "grey"))
    crank, head, post = np.array([-0.08, 0, 0.3]), np.array([0.36, 0, 0.82]), np.array([-0.22, 0, 0.8])
    rear, fore = np.array([-base / 2, 0, r]), np.array([base / 2, 0, r])
    for start, end in ((crank, head), (crank, post), (post, head), (crank, rear), (post, rear), (head, fore)):
        shape.bar(start, end, 0.034, frame, round=True)
    for start, end in ((head, head + [-0.03, 0, 0.14]), (post, post + [-0.03, 0, 0.1])):
        shape.bar(start, end, 0.034, frame, round=True)
    shape.box((-0.26, 0, seat + 0.03), (0.26, 0.14, 0.05), dark)
    shape.bar((0.33, -0.28, 0.97), (0.33, 0.28, 0.97), 0.028, dark, round=True)
    if rng.random() < 0.4:
        shape.box((0.55, 0, 0.82), (0.26, 0.34, 0.22), plain(rng, "brown"))
    return shape


def umbrella(rng: Rng) -> Shape:
    """Closed and leaning, or open on the floor to dry."""
    color = pick(rng, ALL_COLORS)
    cloth = fabric(rng, color)
    shape = Shape("umbrella", color, "fabric")
    handle = wood(rng) if rng.random() < 0.5 else plain(rng, "black")
    if rng.random() < 0.3:
        shape.tags.add("open")
        shape.tube((0, 0, 0.17), 0.08, 0.48, 0.26, cloth)
        shape.bar((0, 0, 0.05), (0, 0, 0.75), 0.02, handle, round=True)
        return shape.turned(rotation(roll=np.pi - 0.5))
    shape.tags.add("leans")
    shape.frustum((0, 0, 0.4), 0.015, 0.045, 0.62, cloth)
    shape.bar((0, 0, 0), (0, 0, 0.85), 0.014, handle, round=True)
    shape.path(((0, 0, 0.85), (0.05, 0, 0.9), (0.09, 0, 0.84)), 0.022, handle)
    return shape.turned(rotation(roll=rng.uniform(0.1, 0.3)))


def coat_rack(rng: Rng) -> Shape:
    """A post with arms and a few clothes on it."""
    color = pick(rng, ("brown", "black", "white", "grey"))
    body = paint(rng, color, "wooden" if color == "brown" else "metal")
    shape = Shape("coat rack", color, "wooden" if color == "brown" else "metal")
    h = rng.uniform(1.6, 1.85)
    shape.bar((0, 0, 0), (0, 0, h), 0.04, body, round=True)
    for k in range(4):
        c, s = np.cos(k * np.pi / 2 + 0.4), np.sin(k * np.pi / 2 + 0.4)
        shape.bar((0, 0, 0.15), (0.28 * c, 0.28 * s, 0.02), 0.035, body)
        shape.bar((0, 0, h - 0.15), (0.16 * c, 0.16 * s, h - 0.04), 0.022, body, round=True)
        if rng.random() < 0.5:
            cloth = fabric(rng, pick(rng, ALL_COLORS))
            drop = rng.uniform(0.5, 0.9)
            shape.ellipsoid((0.15 * c, 0.15 * s, h - 0.05 - drop / 2), (0.28, 0.28, drop), cloth)
    return shape


def room_divider(rng: Rng) -> Shape:
    """Hinged leaves standing in a zigzag."""
    color = pick(rng, ("brown", "white", "black", "beige", "grey"))
    shape = Shape("room divider", color, pick(rng, ("wooden", "fabric")))
    leaf, h, each = paint(rng, color, shape.material), rng.uniform(1.5, 1.8), rng.uniform(0.4, 0.5)
    n, a = int(rng.integers(3, 5)), rng.uniform(0.25, 0.5)
    for i in range(n):
        turn = rotation(yaw=a if i % 2 else -a)
        shape.box(((i - (n - 1) / 2) * each * np.cos(a), 0, h / 2), (each, 0.025, h), leaf, turn)
    return shape


def piano(rng: Rng) -> Shape:
    """An upright piano; its keys look into the room."""
    color = pick(rng, ("black", "black", "brown", "white"))
    body = paint(rng, color, "wooden").with_(gloss=0.3)
    shape = Shape("piano", color, "wooden")
    w, h = rng.uniform(1.4, 1.52), rng.uniform(1.05, 1.3)
    shape.box((0, -0.12, h / 2), (w, 0.36, h), body)
    shape.box((0, 0.16, 0.66), (w, 0.28, 0.1), body)
    shape.box((0, 0.19, 0.72), (w - 0.14, 0.16, 0.02), plain(rng, "white"))
    shape.box((0, 0.15, 0.735), (w - 0.16, 0.09, 0.012), plain(rng, "black", texture=2, scale=40.0))
    for x in (-1, 1):
        shape.box((x * (w / 2 - 0.04), 0.26, 0.31), (0.06, 0.06, 0.62), body)
    return shape.surface((0, -0.12, h), w, 0.34, 0.8)


def crate(rng: Rng) -> Shape:
    """Slats round a bottom; open at the top."""
    color = pick(rng, ("brown", "brown", "green", "blue", "grey", "red"))
    material = "wooden" if color == "brown" else "plastic"
    body = paint(rng, color, material)
    shape = Shape("crate", color, material)
    w, d, h = rng.uniform(0.3, 0.5), rng.uniform(0.24, 0.36), rng.uniform(0.18, 0.32)
    shape.box((0, 0, 0.01), (w, d, 0.02), body)
    rows = int(rng.integers(2, 4))
    for k in range(rows):
        z = (k + 0.5) * h / rows
        for s in (-1, 1):
            shape.box((0, s * d / 2, z), (w, 0.012, h / rows * 0.75), body)
            shape.box((s * w / 2, 0, z), (0.012, d, h / rows * 0.75), body)
    return shape.surface((0, 0, 0.02), w - 0.04, d - 0.04, 0.5, "crate")


def toy_block(rng: Rng) -> Shape:
    """A large toy: a play house, a rocking animal."""
    color = pick(rng, BRIGHT)
    body = plain(rng, color)
    shape = Shape("toy", color, pick(rng, ("plastic", "wooden")))
    if rng.random() < 0.5:
        w, d, h = rng.uniform(0.3, 0.6), rng.uniform(0.2, 0.35), rng.uniform(0.25, 0.5)
        shape.box((0, 0, h / 2), (w, d, h), body)
        for s in (-1, 1):
            shape.box(
                (s * w * 0.24, 0, h + 0.1),
                (w * 0.6, d + 0.04, 0.02),
                plain(rng, pick(rng, BRIGHT)),
                rotation(pitch=s * 0.55),
            )
        return shape
    for x in (-0.12, 0.12):
        shape.path([(x, y, 0.018 + 0.5 * y * y) for y in np.linspace(-0.4, 0.4, 5)], 0.035, body)
        for y in (-0.18, 0.18):
            shape.bar((x, y, 0.05), (x * 0.6, y * 0.8, 0.35), 0.04, body)
    shape.ellipsoid((0, 0, 0.4), (0.22, 0.5, 0.2), body.darker(0.9))
    shape.ellipsoid((0, 0.28, 0.58), (0.14, 0.22, 0.16), body)
    return shape


HOUSEHOLD = {
    **CLEANING, "fan": fan, "suitcase": suitcase, "stroller": stroller, "guitar": guitar, "bicycle": bicycle,
    "umbrella": umbrella, "coat rack": coat_rack, "room divider": room_divider, "piano": piano, "crate": crate,
    "big toy": toy_block,
}  # fmt: skip
