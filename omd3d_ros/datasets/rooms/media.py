"""Printed things and electronics."""

from __future__ import annotations

import numpy as np

from .palette import ALL_COLORS, BRIGHT, linear, paint, pick, plain, printed, screen
from .shapes import Shape, rotation

Rng = np.random.Generator


def book(rng: Rng, standing: bool | None = None) -> Shape:
    """Lying, or standing half open, or leaning back as on a display."""
    color = pick(rng, ALL_COLORS + BRIGHT)
    cover = printed(rng, color)
    shape = Shape("book", color, "paper")
    w, h, t = rng.uniform(0.12, 0.2), rng.uniform(0.18, 0.28), rng.uniform(0.012, 0.045)
    standing = rng.random() < 0.35 if standing is None else standing
    if not standing and rng.random() < 0.12:
        for side in (-1, 1):
            at, turn = (side * w / 2, 0, t / 4 + 0.008), rotation(pitch=side * 0.12)
            shape.box(at, (w, h, t / 2), printed(rng, "white"), turn)
        return shape.turned(np.eye(3))
    if standing:
        lean = rng.uniform(0.0, 0.3)
        turn = rotation(roll=lean)
        z = (h * np.cos(lean) + t * np.sin(lean)) / 2
        shape.box((0, 0, z), (w, t, h), cover, turn)
        shape.tags.add("standing")
        return shape
    pages = plain(rng, "white").with_(rgb=linear((225, 218, 200)))
    shape.box((0, 0, t / 2), (w - 0.004, h - 0.004, t - 0.004), pages)
    shape.box((0, 0, t - 0.0015), (w, h, 0.003), cover)
    shape.box((0, 0, 0.0015), (w, h, 0.003), cover)
    shape.box((-w / 2 + 0.002, 0, t / 2), (0.004, h, t), cover)
    return shape


def book_row(rng: Rng, width: float, headroom: float) -> Shape:
    """Several upright books as one group."""
    shape = Shape("books", "colourful", "paper", tags={"row"})
    x, end = -width / 2, width / 2
    alike = printed(rng, pick(rng, ALL_COLORS)) if rng.random() < 0.15 else None
    while True:
        t, h, d = rng.uniform(0.015, 0.05), min(rng.uniform(0.17, 0.3), headroom - 0.02), rng.uniform(0.12, 0.18)
        if x + t > end or h < 0.08:
            break
        cover = alike or printed(rng, pick(rng, ALL_COLORS))
        shape.box((x + t / 2, rng.uniform(-0.01, 0.01), h / 2), (t - 0.001, d, h), cover)
        x += t
    if shape.parts and end - x > 0.12 and rng.random() < 0.6:
        lean, h = rng.uniform(0.2, 0.45), min(0.24, headroom - 0.04)
        tip = x + np.sin(lean) * h / 2 + 0.015
        shape.box(
            (tip, 0, np.cos(lean) * h / 2), (0.025, 0.15, h), printed(rng, pick(rng, ALL_COLORS)), rotation(pitch=-lean)
        )
    return shape


def book_pile(rng: Rng) -> Shape:
    """Lying books on top of each other, as one group."""
    shape = Shape("books", "colourful", "paper", tags={"pile"})
    z = 0.0
    for _ in range(int(rng.integers(3, 7))):
        w, d, t = rng.uniform(0.12, 0.2), rng.uniform(0.18, 0.27), rng.uniform(0.015, 0.045)
        cover = printed(rng, pick(rng, ALL_COLORS))
        shape.box((*rng.normal(0, 0.012, 2), z + t / 2), (w, d, t - 0.001), cover, rotation(yaw=rng.normal(0, 0.15)))
        z += t
    return shape


def magazine(rng: Rng) -> Shape:
    """A magazine, a newspaper or a sheet: lying, lying open, or leaning back on its edge as on display."""
    color = pick(rng, ("white", "black", "red", "blue", "purple", "yellow", "green", "grey"))
    shape = Shape(pick(rng, ("magazine", "magazine", "newspaper", "paper")), color, "paper")
    if shape.category != "magazine":
        shape.color = color = "white"
    w = rng.uniform(0.19, 0.23) if shape.category != "newspaper" else rng.uniform(0.28, 0.4)
    if shape.category != "newspaper" and rng.random() < 0.2:
        w *= rng.uniform(0.55, 0.75)
    t, h = rng.uniform(0.003, 0.008), w * 1.35
    roll = rng.random()
    if roll < 0.22 and shape.category != "newspaper":
        lean = rng.uniform(0.12, 0.4)
        shape.tags.add("standing")
        shape.box((0, 0, (h * np.cos(lean) + t) / 2), (w, t, h), printed(rng, color), rotation(roll=lean))
        if rng.random() < 0.4:
            shape.box((0, -0.02, h * 0.2), (w * 0.8, 0.05, h * 0.4), plain(rng, pick(rng, ("white", "grey", "black"))))
        return shape.turned(np.eye(3))
    if roll < 0.4:
        for s in (-1, 1):
            page = printed(rng, pick(rng, ("white", color)))
            shape.box((s * w / 2, 0, t / 2 + 0.005), (w, h, t), page, rotation(pitch=s * 0.05))
        return shape.turned(np.eye(3))
    shape.box((0, 0, t / 2), (w, h, t), printed(rng, color))
    return shape


def picture_stand(rng: Rng) -> Shape:
    """A small framed card or leaflet holder that leans back."""
    color = pick(rng, ALL_COLORS)
    shape = Shape("picture frame", color, "paper", tags={"standing"})
    w, h = rng.uniform(0.1, 0.22), rng.uniform(0.13, 0.3)
    turn = rotation(roll=rng.uniform(0.12, 0.35))
    shape.box((0, 0, h / 2), (w, 0.012, h), paint(rng, pick(rng, ("brown", "white", "black")), "wooden"), turn)
    shape.box(
        np.array([0, 0, h / 2]) + turn @ np.array([0, 0.007, 0]), (w * 0.84, 0.003, h * 0.86), printed(rng, color), turn
    )
    return shape


def laptop(rng: Rng) -> Shape:
    color = pick(rng, ("grey", "grey", "black", "white"))
    body = paint(rng, color, "metal")
    shape = Shape("laptop", color, "metal", tags={"screen"})
    w, d = rng.uniform(0.3, 0.38), rng.uniform(0.21, 0.26)
    shape.box((0, 0, 0.009), (w, d, 0.018), body)
    shape.box((0, -0.02, 0.0185), (w * 0.86, d * 0.45, 0.002), plain(rng, "black"))
    tilt = rng.uniform(0.1, 0.5)
    up = rotation(roll=tilt)
    lid = np.array([0, -d / 2 - np.sin(tilt) * d / 2, 0.018 + np.cos(tilt) * d / 2])
    shape.box(lid, (w, 0.008, d), body, up)
    shape.box(
        lid + up @ np.array([0, 0.005, 0]), (w * 0.94, 0.003, d * 0.9), screen(rng, on=bool(rng.random() < 0.6)), up
    )
    return shape


def monitor(rng: Rng) -> Shape:
    shape = Shape("monitor", "black", "plastic", tags={"screen"})
    color = pick(rng, ("black", "black", "black", "grey", "white"))
    shape.color = color
    body = plain(rng, color)
    w = rng.uniform(0.42, 0.68)
    h, lift = w * 0.6, rng.uniform(0.08, 0.16)
    shape.box((0, 0, 0.008), (w * 0.4, 0.18, 0.016), body)
    shape.box((0, -0.03, lift / 2 + 0.06), (0.06, 0.03, lift + 0.12), body)
    shape.box((0, 0, lift + h / 2), (w, 0.035, h), body)
    shape.box((0, 0.018, lift + h / 2), (w - 0.03, 0.003, h - 0.03), screen(rng, on=bool(rng.random() < 0.5)))
    return shape


def tv(rng: Rng) -> Shape:
    shape = monitor(rng)
    shape.category, shape.color = "tv", "black"
    grow = np.array([2.0, 1.2, 1.6])
    shape.parts = [(k, c * grow, t, h * grow, e, p) for k, c, t, h, e, p in shape.parts]
    return shape


def keyboard(rng: Rng) -> Shape:
    color = pick(rng, ("black", "black", "white", "grey"))
    shape = Shape("keyboard", color, "plastic")
    w = rng.uniform(0.32, 0.45)
    shape.box((0, 0, 0.009), (w, 0.14, 0.018), plain(rng, color))
    keys = plain(rng, color, texture=3, scale=50.0)
    shape.box((0, 0, 0.02), (w - 0.02, 0.12, 0.006), keys)
    return shape


def controller(rng: Rng) -> Shape:
    color = pick(rng, ("black", "black", "white", "grey", "red"))
    body = plain(rng, color, gloss=0.1)
    if rng.random() < 0.5:
        shape = Shape("remote control", color, "plastic")
        shape.box((0, 0, 0.01), (0.045, rng.uniform(0.14, 0.2), 0.02), body)
        return shape
    shape = Shape("game controller", color, "plastic")
    shape.box((0, 0, 0.025), (0.1, 0.06, 0.035), body)
    for x in (-1, 1):
        shape.ellipsoid((x * 0.06, -0.03, 0.025), (0.05, 0.1, 0.05), body, rotation(yaw=x * 0.3))
        shape.cylinder((x * 0.025, 0.01, 0.05), 0.01, 0.016, plain(rng, pick(rng, ("black", "grey"))))
    return shape


def phone(rng: Rng) -> Shape:
    shape = Shape("phone", "black", "plastic")
    shape.box((0, 0, 0.005), (0.075, 0.15, 0.01), plain(rng, "black", gloss=0.5))
    return shape


MEDIA = {
    "book": book, "magazine": magazine, "picture frame": picture_stand, "laptop": laptop, "monitor": monitor, "tv": tv,
    "keyboard": keyboard, "book pile": book_pile, "remote control": controller, "phone": phone,
}  # fmt: skip
