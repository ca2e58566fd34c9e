"""Colours by name, and the paint of one surface: what colour it has, which pattern, how well a depth camera sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

PLAIN, WOOD, STRIPES, TILES, SPECKLE, FABRIC, PRINT, SCREEN, CHECKER, PLANKS = range(10)

# sRGB anchors; a surface takes one and is jittered around it.
COLORS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "white": ((240, 239, 235), (228, 226, 218), (248, 248, 248)),
    "black": ((26, 26, 28), (40, 38, 38), (18, 18, 22)),
    "grey": ((128, 128, 130), (160, 161, 163), (95, 96, 100)),
    "red": ((165, 22, 30), (200, 40, 36), (135, 16, 28)),
    "green": ((50, 120, 60), (95, 150, 80), (35, 85, 55)),
    "blue": ((40, 72, 150), (60, 110, 185), (28, 45, 95)),
    "yellow": ((228, 195, 60), (240, 215, 100)),
    "orange": ((222, 118, 38), (235, 140, 70)),
    "purple": ((100, 48, 130), (135, 90, 155)),
    "pink": ((228, 142, 168), (215, 105, 140)),
    "brown": ((128, 84, 48), (96, 60, 36), (150, 105, 65)),
    "beige": ((214, 195, 160), (200, 184, 150)),
}
WOODS = ((178, 132, 82), (196, 156, 106), (146, 98, 56), (110, 70, 42), (205, 172, 124), (160, 112, 66), (84, 54, 36))
BRIGHT = ("red", "green", "blue", "yellow", "orange", "purple", "pink")
NEUTRAL = ("white", "black", "grey", "beige", "brown")
ALL_COLORS = tuple(COLORS)


@dataclass(frozen=True)
class Paint:
    """rgb and accent in linear 0..1; ``scale`` in pattern periods per metre; gloss 0..1 is how much depth drops out."""

    color: str
    rgb: tuple[float, float, float]
    accent: tuple[float, float, float]
    texture: int = PLAIN
    scale: float = 8.0
    seed: int = 0
    gloss: float = 0.0
    emission: float = 0.0

    def with_(self, **changes) -> Paint:
        return replace(self, **changes)

    def darker(self, factor: float = 0.7) -> Paint:
        """The same surface, ``factor`` times as bright."""
        (r, g, b), (x, y, z) = self.rgb, self.accent
        return replace(self, rgb=(r * factor, g * factor, b * factor), accent=(x * factor, y * factor, z * factor))


def linear(srgb: np.ndarray | tuple) -> tuple[float, float, float]:
    """sRGB 0..255 to linear 0..1 (gamma 2.2)."""
    r, g, b = (np.clip(np.asarray(srgb, float), 0, 255) / 255.0) ** 2.2
    return float(r), float(g), float(b)


def jitter(rng: np.random.Generator, srgb: tuple[int, int, int], amount: float = 9.0) -> np.ndarray:
    value = np.asarray(srgb, float)
    return np.clip(value + rng.normal(0, amount * 0.5) + rng.normal(0, amount * 0.4, 3), 6, 252)


def pick(rng: np.random.Generator, options: tuple | list):
    return options[int(rng.integers(len(options)))]


def plain(rng: np.random.Generator, color: str, **changes) -> Paint:
    """An even surface of the named colour."""
    srgb = jitter(rng, pick(rng, COLORS[color]))
    return Paint(color, linear(srgb), linear(srgb * 0.8), PLAIN, 8.0, int(rng.integers(1 << 20)), _gloss(color)).with_(
        **changes
    )


def wood(rng: np.random.Generator, dark: bool | None = None) -> Paint:
    """Natural wood, always called brown."""
    tones = WOODS if dark is None else ((WOODS[3], WOODS[6]) if dark else WOODS[:3] + WOODS[4:6])
    srgb = jitter(rng, pick(rng, tones), 12)
    accent = linear(srgb * rng.uniform(0.62, 0.85))
    return Paint("brown", linear(srgb), accent, WOOD, rng.uniform(0.7, 1.6), int(rng.integers(1 << 20)))


def fabric(rng: np.random.Generator, color: str) -> Paint:
    """Cloth: mostly even, sometimes striped or checked in a second shade."""
    paint = plain(rng, color, texture=FABRIC, scale=60.0, gloss=0.0)
    roll = rng.random()
    if roll < 0.16:
        return paint.with_(
            texture=STRIPES, scale=rng.uniform(4, 20), accent=linear(jitter(rng, pick(rng, COLORS["white"])))
        )
    if roll < 0.26:
        return paint.with_(
            texture=CHECKER, scale=rng.uniform(3, 12), accent=tuple(c * rng.uniform(0.3, 0.7) for c in paint.rgb)
        )
    return paint


def screen(rng: np.random.Generator, on: bool) -> Paint:
    """Black glass, or a lit display; a depth camera sees little of either."""
    if not on:
        return plain(rng, "black", gloss=0.93)
    back = linear(jitter(rng, pick(rng, ((20, 90, 160), (30, 30, 40), (235, 238, 240), (20, 130, 170)))))
    return Paint(
        "black", back, linear((235, 240, 245)), SCREEN, rng.uniform(3, 6), int(rng.integers(1 << 20)), 0.8, 0.9
    )


def printed(rng: np.random.Generator, color: str) -> Paint:
    """A cover or page: even ground with a picture block and lines of text."""
    paint = plain(rng, color, texture=PRINT, scale=1.0, gloss=0.02)
    ink = ((30, 30, 30), (240, 240, 240), (200, 50, 40), (50, 80, 160), (230, 190, 70))
    accent = pick(rng, ink[:1] if color in ("white", "beige", "yellow") and rng.random() < 0.6 else ink)
    return paint.with_(accent=linear(accent))


def paint(rng: np.random.Generator, color: str, material: str) -> Paint:
    """The usual look of a named colour in a named material."""
    if material == "wooden" and color == "brown":
        return wood(rng)
    if material in ("fabric", "wicker"):
        return fabric(rng, color)
    if material == "cardboard":
        srgb = jitter(rng, (176, 138, 96))
        return Paint("brown", linear(srgb), linear(srgb * 0.85), FABRIC, 30.0, int(rng.integers(1 << 20)))
    if material == "glass":
        return plain(rng, color, gloss=0.75)
    if material == "metal":
        return plain(rng, color, gloss=max(0.12, _gloss(color)))
    if material == "paper":
        return printed(rng, color)
    return plain(rng, color)


def _gloss(color: str) -> float:
    return 0.16 if color == "black" else 0.02
