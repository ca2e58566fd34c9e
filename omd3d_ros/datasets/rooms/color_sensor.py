"""What a small colour camera makes of a perfect picture: exposure that follows the scene, blur, grain, dark corners."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np


@dataclass(frozen=True)
class ColorModel:
    """One colour camera's character.

    tint (3,): white balance; exposure: gain; blur in pixels at a width of 320; grain: noise of the picture (0..1).
    vignette: share of light lost in the corners.  wander: how much the log gain changes a frame.  auto: share of a
    change of the scene's brightness that auto-exposure takes back.  steps: chance per frame that the gain jumps.
    banding: how much the rows of a frame differ under a flickering lamp.  shutter: factor on how long it is open.
    contrast and saturation: of the camera's processing, 1 for none.
    """

    tint: np.ndarray = field(default_factory=lambda: np.ones(3))
    exposure: float = 1.4
    blur: float = 0.4
    grain: float = 0.012
    vignette: float = 0.0
    wander: float = 0.03
    auto: float = 0.0
    steps: float = 0.0
    banding: float = 0.0
    shutter: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0

    @classmethod
    def plain(cls, rng: np.random.Generator) -> ColorModel:
        """A good camera: no dark corners, a gain that hardly changes."""
        tint = 1.0 + rng.normal(0, [0.06, 0.015, 0.07])
        return cls(tint, rng.uniform(1.05, 1.75), rng.uniform(0.25, 0.8), rng.uniform(0.008, 0.022))

    @classmethod
    def draw(cls, rng: np.random.Generator) -> ColorModel:
        return cls(
            tint=1.0 + rng.normal(0, [0.09, 0.02, 0.1]),
            exposure=float(np.exp(rng.uniform(np.log(0.75), np.log(1.9)))),
            blur=rng.uniform(0.0, 0.6),
            shutter=rng.uniform(0.1, 1.0),
            grain=float(np.exp(rng.uniform(np.log(0.002), np.log(0.02)))),
            vignette=rng.choice([0.0, rng.uniform(0.05, 0.5)]),
            wander=rng.uniform(0.01, 0.07),
            auto=rng.choice([0.0, rng.uniform(0.2, 0.8)]),
            steps=rng.choice([0.0, rng.uniform(0.01, 0.08)]),
            banding=rng.choice([0.0, 0.0, rng.uniform(0.01, 0.06)]),
            contrast=rng.uniform(0.85, 1.5),
            saturation=rng.uniform(0.75, 1.3),
        )


class ColorSensor:
    """Takes the pictures of one recording in turn; the gain of each depends on those before."""

    def __init__(self, model: ColorModel, rng: np.random.Generator) -> None:
        self._model, self._rng = model, rng
        self._wander = 0.0
        self._usual: float | None = None

    def capture(self, light: np.ndarray, motion: np.ndarray) -> np.ndarray:
        """(H, W, 3) linear light to uint8 sRGB; motion (2,): pixels that it moves while a shutter is open."""
        model, rng = self._model, self._rng
        h, w = light.shape[:2]
        light = light * (model.tint * (model.exposure * self._gain(light))).astype(np.float32)
        if model.vignette or model.banding:
            light *= self._falloff(h, w)[..., None]
        light = cv2.GaussianBlur(light, (0, 0), model.blur * w / 320 + 0.15)
        motion = model.shutter * np.asarray(motion)
        length = float(np.hypot(*motion))
        if length > 1.2:
            light = cv2.filter2D(light, -1, _streak(motion, min(length, 9.0 * w / 320)))
        image = np.clip(light, 1e-4, 1.6)
        image = np.power(image / (1 + 0.18 * image * image), np.float32(1 / 2.2))
        if model.contrast != 1.0:
            image = np.float32(0.5) + np.float32(model.contrast) * (image - np.float32(0.5))
        if model.saturation != 1.0:
            grey = image.mean(2, keepdims=True)
            image = grey + np.float32(model.saturation) * (image - grey)
        # Grain of the two kinds a small camera has: per pixel, and blotches of colour that compression leaves.
        image += rng.standard_normal((h, w), dtype=np.float32)[..., None] * np.float32(model.grain)
        blotch = cv2.resize(rng.standard_normal((h // 3, w // 3, 3), dtype=np.float32), (w, h))
        image += blotch * np.float32(model.grain * 0.9)
        return np.clip(image * 255.0 + 0.5, 0, 255).astype(np.uint8)

    def _gain(self, light: np.ndarray) -> float:
        model, rng = self._model, self._rng
        self._wander = 0.97 * self._wander + rng.normal(0, model.wander)
        if rng.random() < model.steps:
            self._wander += rng.choice([-1, 1]) * rng.uniform(0.08, 0.3)
        level = float(np.log(light[::4, ::4].mean() + 1e-3))
        if self._usual is None:
            self._usual = level
        gain = float(np.exp(np.clip(self._wander - model.auto * (level - self._usual), -0.6, 0.5)))
        self._usual += 0.1 * (level - self._usual)
        return gain

    def _falloff(self, h: int, w: int) -> np.ndarray:
        """(H, W) float32 factor of brightness."""
        x, y = np.linspace(-1, 1, w, dtype=np.float32), np.linspace(-1, 1, h, dtype=np.float32)
        corner = (x[None] ** 2 + y[:, None] ** 2) / 2
        band = np.sin(self._rng.uniform(0, 2 * np.pi) + y * np.float32(5.0))[:, None]
        return (1 - np.float32(self._model.vignette) * corner) * (1 + np.float32(self._model.banding) * band)


def _streak(motion: np.ndarray, length: float) -> np.ndarray:
    size = int(length) // 2 * 2 + 3
    kernel = np.zeros((size, size), np.float32)
    step = motion / np.hypot(*motion) * length / 2
    c = (size - 1) / 2
    for k in np.linspace(-1, 1, 2 * size):
        kernel[int(round(c + k * step[1])), int(round(c + k * step[0]))] += 1
    return kernel / kernel.sum()
