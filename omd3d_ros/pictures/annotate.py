"""The map, and an answer in it: instances in colour with box and label, question and answer above."""

from __future__ import annotations

from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from omd3d_ros.files import write_atomically
from omd3d_ros.pictures.cutaway import with_wall_normals
from omd3d_ros.pictures.render import DEFAULT_CAMERA, in_camera, project, render_cloud, shade, zbuffer
from omd3d_ros.pictures.viewpoint import answer_pose, near_plane, overview_pose
from omd3d_ros.types import Answer, Camera, Instance, PointCloud

# Far apart in hue, all of them bright on a dark ground.
PALETTE = (
    (255, 196, 0), (0, 200, 255), (255, 64, 160), (96, 255, 64),
    (255, 112, 32), (160, 112, 255), (0, 255, 190), (255, 255, 128),
)  # fmt: skip
_STRIP = (16, 17, 21)
_BOX_EDGES = ((0, 1), (0, 2), (0, 4), (1, 3), (1, 5), (2, 3), (2, 6), (3, 7), (4, 5), (4, 6), (5, 7), (6, 7))


def draw_map(cloud: PointCloud, up: np.ndarray, camera: Camera = DEFAULT_CAMERA) -> np.ndarray:
    """(H, W, 3) uint8: the whole cloud from above at an angle; ``up`` (3,) is the world's up direction."""
    cloud = with_wall_normals(cloud, up)
    return render_cloud(cloud, overview_pose(cloud, up, camera), camera)


def draw_answer(
    cloud: PointCloud,
    answer: Answer,
    up: np.ndarray,
    camera: Camera = DEFAULT_CAMERA,
    T_world_camera: np.ndarray | None = None,
) -> np.ndarray:
    """(H + caption, W, 3) uint8: the dimmed cloud with the answer's instances highlighted, seen from where they show.

    Boxes are upright and turned to fit the points tightly, whatever the axes of the world are.
    """
    cloud = with_wall_normals(cloud, up)
    masks = [i.mask for i in answer.instances]
    pose = answer_pose(cloud, masks, up, camera) if T_world_camera is None else T_world_camera
    shown = np.any(masks, axis=0) if masks else np.zeros(len(cloud), bool)
    near = near_plane(cloud.xyz[shown], pose) if shown.any() else 0.1
    buffer = zbuffer(cloud, pose, camera, near=near)
    image = shade(buffer, _highlighted(cloud, masks))
    owner = np.full(len(cloud) + 1, -1)  # the last entry answers for pixels without a point (index -1)
    for number, mask in enumerate(masks):
        owner[:-1][mask] = number
    owners = owner[buffer.index]
    for number in range(len(masks)):
        _draw_outline(image, owners == number, PALETTE[number % len(PALETTE)])
    taken: list[tuple[int, int, int, int]] = []
    for number, instance in enumerate(answer.instances):
        corners = upright_box(cloud.xyz[instance.mask], up)
        _draw_box(image, corners, pose, camera, PALETTE[number % len(PALETTE)])
        _draw_label(image, instance, corners, pose, camera, PALETTE[number % len(PALETTE)], taken)
    return np.concatenate([_caption(answer, camera.width), image])


def save_png(path: str | PathLike[str], image: np.ndarray) -> None:
    """Write an (H, W, 3) uint8 RGB image, atomically."""

    def write(temporary: Path) -> None:
        if not cv2.imwrite(str(temporary), np.ascontiguousarray(image[:, :, ::-1])):
            raise OSError(f"could not write {path}")

    write_atomically(Path(path), write)


def upright_box(xyz: np.ndarray, up: np.ndarray) -> np.ndarray:
    """(8, 3) corners of the smallest box with two faces perpendicular to ``up`` (bit 0, 1: sides; bit 2: top)."""
    z = np.asarray(up, np.float64) / np.linalg.norm(up)
    x = np.cross(z, np.eye(3)[int(np.argmin(np.abs(z)))])
    x /= np.linalg.norm(x)
    axes = np.stack([x, np.cross(z, x), z])
    local = xyz @ axes.T
    (cx, cy), (width, depth), angle = cv2.minAreaRect(local[:, :2].astype(np.float32))
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    corners = [
        (cx + a * width * c - b * depth * s, cy + a * width * s + b * depth * c, height)
        for height in (local[:, 2].min(), local[:, 2].max())
        for b in (-0.5, 0.5)
        for a in (-0.5, 0.5)
    ]
    return np.array(corners) @ axes


def _highlighted(cloud: PointCloud, masks: list[np.ndarray]) -> np.ndarray:
    """(N, 3) float32 colours: greyed and dimmed, but for the masked points, tinted with their instance's colour."""
    rgb = cloud.rgb.astype(np.float32)
    grey = rgb.mean(axis=1, keepdims=True)
    colors = 0.7 * (0.5 * rgb + 0.5 * grey) if masks else rgb
    for number, mask in enumerate(masks):
        tint = np.array(PALETTE[number % len(PALETTE)], np.float32)
        colors[mask] = 0.3 * rgb[mask] + tint * (0.3 + 0.4 * grey[mask] / 255)
    return colors


def _draw_outline(image: np.ndarray, mask: np.ndarray, color: tuple[int, int, int]) -> None:
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(image, [c for c in contours if cv2.contourArea(c) > 30], -1, color, 2, cv2.LINE_AA)


def _draw_box(
    image: np.ndarray, corners: np.ndarray, pose: np.ndarray, camera: Camera, color: tuple[int, int, int]
) -> None:
    points = in_camera(corners.astype(np.float32), pose)
    for i, j in _BOX_EDGES:
        a, b = points[i], points[j]
        if max(a[2], b[2]) < 0.05:
            continue
        if min(a[2], b[2]) < 0.05:  # cut the edge where it passes the viewer
            near, far = (a, b) if a[2] < b[2] else (b, a)
            near = near + (far - near) * (0.05 - near[2]) / (far[2] - near[2])
            a, b = near, far
        ends = [
            (int(np.clip(camera.fx * p[0] / p[2] + camera.cx, -9999, 9999)),
             int(np.clip(camera.fy * p[1] / p[2] + camera.cy, -9999, 9999)))
            for p in (a, b)
        ]  # fmt: skip
        cv2.line(image, ends[0], ends[1], color, 1, cv2.LINE_AA)


def _draw_label(
    image: np.ndarray,
    instance: Instance,
    corners: np.ndarray,
    pose: np.ndarray,
    camera: Camera,
    color: tuple[int, int, int],
    taken: list[tuple[int, int, int, int]],
) -> None:
    """A filled tag above the box, moved down until it covers no earlier tag."""
    text = f"{instance.id} {instance.label} {instance.score:.2f}"
    width, height = _text_width(text, 20) + 12, 28
    uv, z = project(corners, pose, camera)
    if not (z > 0.05).any():
        return
    left, top = uv[z > 0.05].min(axis=0)
    x = int(np.clip(left, 0, max(0, camera.width - width)))
    y = int(np.clip(top - height - 4, 0, camera.height - height))
    while any(x < tx + tw and tx < x + width and y < ty + th and ty < y + height for tx, ty, tw, th in taken):
        y += height + 2
    taken.append((x, y, width, height))
    cv2.rectangle(image, (x, y), (x + width, y + height), color, -1)
    _put_text(image, text, (x + 6, y + 20), (0, 0, 0), 20)


def _caption(answer: Answer, width: int) -> np.ndarray:
    """The strip above the picture: the question, and what was answered."""
    size, spacing, margin = 26, 36, 18
    lines = [(line, (255, 255, 255)) for line in wrapped(answer.query, width - 2 * margin, size, 3)]
    lines += [(line, (255, 214, 92)) for line in wrapped(answer.text or "(no text)", width - 2 * margin, size, 4)]
    strip = np.empty((spacing * len(lines) + margin, width, 3), np.uint8)
    strip[:] = _STRIP
    for row, (line, color) in enumerate(lines):
        _put_text(strip, line, (margin, spacing * (row + 1) - 4), color, size)
    return strip


def wrapped(text: str, width: int, size: int, max_lines: int) -> list[str]:
    """Lines no wider than ``width`` pixels; long words are cut, text past ``max_lines`` ends in an ellipsis."""
    lines, line = [], ""
    for word in "".join(c if c.isprintable() else " " for c in text[:2000]).split():
        while True:
            longer = f"{line} {word}".strip()
            if _text_width(longer, size) <= width:
                line = longer
                break
            if line:
                lines.append(line)
                line = ""
                continue
            fits = max(1, len(word) * width // max(1, _text_width(word, size)) - 1)
            lines.append(word[:fits])
            word = word[fits:]
        if len(lines) > max_lines:
            break
    lines.append(line)
    if len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], lines[max_lines - 1][:-2] + "..."]
    return lines


@cache
def _font() -> Any:
    """OpenCV 5's Unicode font; None before OpenCV 5, which draws other scripts as question marks."""
    return cv2.FontFace("uni") if hasattr(cv2, "FontFace") else None


def _text_width(text: str, size: int) -> int:
    if _font() is not None:
        return int(cv2.getTextSize((10**6, 100), text, (0, 0), _font(), size, 500)[2])
    return int(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size / 32, 1)[0][0])


def _put_text(image: np.ndarray, text: str, at: tuple[int, int], color: tuple[int, int, int], size: int) -> None:
    if _font() is not None:
        cv2.putText(image, text, at, color, _font(), size, 500)
    else:
        cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, size / 32, color, 1, cv2.LINE_AA)
