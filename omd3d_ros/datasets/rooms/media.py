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
    while True:
        t, h, d = rng.uniform(0.015, 0.05), min(rng.uniform(0.17, 0.3), headroom - 0.02), rng.uniform(0.12, 0.18)
        if x + t > end or h < 0.08:
            break
        shape.box((x + t / 2, rng.uniform(-0.01, 0.01), h / 2), (t - 0.001, d, h), printed(rng, pick(rng, ALL_COLORS)))
        x += t
    return shape


def magazine(rng: Rng) -> Shape:
    color = pick(rng, ("white", "black", "red", "blue", "purple", "yellow", "green", "grey"))
    shape = Shape(pick(rng, ("magazine", "magazine", "newspaper", "paper")), color, "paper")
    if shape.category != "magazine":
        shape.color = color = "white"
    w = rng.uniform(0.19, 0.23) if shape.category != "newspaper" else rng.uniform(0.28, 0.4)
    t = rng.uniform(0.003, 0.008)
    shape.box((0, 0, t / 2), (w, w * 1.35, t), printed(rng, color))
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
    color = pick(rng, ("black", "black", "white", "grey"))
    body = plain(rng, color, gloss=0.1)
    if rng.random() < 0.5:
        shape = Shape("remote control", color, "plastic")
        shape.box((0, 0, 0.01), (0.045, rng.uniform(0.14, 0.2), 0.02), body)
        return shape
    shape = Shape("game controller", color, "plastic")
    shape.box((0, 0, 0.025), (0.1, 0.06, 0.035), body)
    for x in (-1, 1):
        shape.ellipsoid((x * 0.06, -0.03, 0.025), (0.05, 0.1, 0.05), body, rotation(yaw=x * 0.3))
    return shape


def phone(rng: Rng) -> Shape:
    shape = Shape("phone", "black", "plastic")
    shape.box((0, 0, 0.005), (0.075, 0.15, 0.01), plain(rng, "black", gloss=0.5))
    return shape


MEDIA = {
    "book": book, "magazine": magazine, "picture frame": picture_stand, "laptop": laptop, "monitor": monitor, "tv": tv,
    "keyboard": keyboard, "remote control": controller, "phone": phone,
}  # fmt: skip
