"""How synthetic scans compare with a real one, by figures of their maps and of their frames.

    python benchmarks/scan_realism.py path/to/rgbd_7scenes --rooms 40

Prints a table: the real recording, then the 5, 50 and 95 % quantiles of the rooms, and whether the real figure lies
between the outer two.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import torch
from scipy.ndimage import binary_closing, distance_transform_edt
from scipy.spatial import cKDTree

from omd3d_ros.datasets import open_source
from omd3d_ros.datasets.room_scan import scan_room
from omd3d_ros.datasets.rooms import make_room
from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.perception.scene import PreparedCloud, Views, prepare_cloud
from omd3d_ros.types import Camera, Frame, PointCloud

FIRST_SEED = 9_000_000
CELL, BAND = 0.3, 0.08
Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="a real recording, as `omd3d ask` reads it")
    parser.add_argument("--rooms", type=int, default=40)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    real = real_figures(args.source)
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        rooms = list(pool.map(room_figures, range(args.seed, args.seed + args.rooms)))
    print("| figure | real | 5 % | 50 % | 95 % | covered |\n| --- | --- | --- | --- | --- | --- |")
    for name, value in real.items():
        low, middle, high = np.nanpercentile([r[name] for r in rooms], [5, 50, 95])
        covered = "yes" if low <= value <= high else "no"
        print(f"| {name} | {value:.3g} | {low:.3g} | {middle:.3g} | {high:.3g} | {covered} |")


def real_figures(source: Path) -> Figures:
    """Of the map that the preset ``nano`` makes of a recording."""
    frames = list(open_source(source))
    voxel_map = VoxelMap(min_views=3)
    for frame in frames:
        voxel_map.integrate(frame)
    prepared = prepare_cloud(voxel_map.point_cloud(), Views(voxel_map.camera_up, voxel_map.camera_forward))
    return scan_figures(frames, prepared)


def room_figures(seed: int) -> Figures:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    scan = scan_room(make_room(seed), seed, keep_frames=True)
    return scan_figures(scan.frames, scan.prepared)


def scan_figures(frames: list[Frame], prepared: PreparedCloud) -> Figures:
    frames = frames[:: max(1, len(frames) // 20)]
    return {
        **map_figures(prepared.aligned, prepared.superpoints, prepared.voxel_size),
        **frame_figures(frames),
        **pose_figures(frames, prepared),
    }


def map_figures(cloud: PointCloud, superpoints: np.ndarray, voxel_size: float) -> Figures:
    sizes = np.bincount(superpoints)
    hsv = cv2.cvtColor(cloud.rgb[None], cv2.COLOR_RGB2HSV)[0].astype(float) / 255
    area = len(cloud) * voxel_size**2
    grey = cloud.rgb.mean(1) / 255
    distance, near = cKDTree(cloud.xyz).query(cloud.xyz[::10], k=7)
    return {
        "points, thousands": len(cloud) / 1000,
        "superpoints": len(sizes),
        "superpoints per m2": len(sizes) / area,
        "points of a superpoint, 10 %": float(np.percentile(sizes, 10)),
        "points of a superpoint, median": float(np.median(sizes)),
        "points of a superpoint, 90 %": float(np.percentile(sizes, 90)),
        "points in superpoints under 40, %": 100 * float(sizes[sizes < 40].sum()) / len(cloud),
        "saturation, mean": float(hsv[:, 1].mean()),
        "saturation, 95 %": float(np.percentile(hsv[:, 1], 95)),
        "brightness, mean": float(grey.mean()),
        "brightness, spread": float(grey.std()),
        "brightness of neighbours differs by": float(np.abs(grey[near[:, 1:]] - grey[near[:, :1]]).mean()),
        "points with a neighbour over 4 cm away, %": 100 * float((distance[:, 6] > 2 * voxel_size).mean()),
        **plane_figures(cloud),
    }


def plane_figures(cloud: PointCloud) -> Figures:
    """Of the largest planes: how rough, thick, bent, dense and holed they are."""
    assert cloud.normals is not None
    left, rng = np.arange(len(cloud)), np.random.default_rng(0)
    angle, thick, bend, dense, holes = [], [], [], [], []
    for _ in range(6):
        xyz, normals = cloud.xyz[left], cloud.normals[left]
        picks = rng.integers(len(left), size=150)
        fit = [(np.abs((xyz - xyz[p]) @ normals[p]) < BAND / 2) & (normals @ normals[p] > 0.8) for p in picks]
        best = fit[int(np.argmax([f.sum() for f in fit]))]
        if best.sum() < 0.015 * len(cloud):
            break
        middle = xyz[best].mean(0)
        normal = np.linalg.svd(xyz[best] - middle, full_matrices=False)[2][2]
        normal = normal * np.sign(normals[best].mean(0) @ normal)
        offset = (xyz - middle) @ normal
        on = (np.abs(offset) < BAND) & (normals @ normal > 0.7)
        side = np.cross(normal, np.eye(3)[np.argmin(np.abs(normal))])
        side /= np.linalg.norm(side)
        flat = np.stack([xyz[on] @ side, xyz[on] @ np.cross(normal, side)], 1)
        angle.append(np.degrees(np.arccos(np.clip(normals[on] @ normal, -1, 1))))
        cells = _cells(flat, CELL)
        for cell in range(cells.max() + 1):
            inside = cells == cell
            if inside.sum() > 60:
                A = np.column_stack([flat[inside], np.ones(inside.sum())])
                height = offset[on][inside]
                solution = np.linalg.lstsq(A, height, rcond=None)[0]
                thick.append((height - A @ solution).std())
                bend.append(height.mean())
        grid = np.zeros(((flat.max(0) - flat.min(0)) / 0.05).astype(int) + 1, bool)
        grid[tuple(((flat - flat.min(0)) / 0.05).astype(int).T)] = True
        closed = binary_closing(np.pad(grid, 8), np.ones((13, 13)))[8:-8, 8:-8]
        holes.append(1 - grid.sum() / max((closed | grid).sum(), 1))
        dense.append(on.sum() / (grid.sum() * 0.05**2))
        left = left[~on]
    return {
        "normals off the plane's, degrees, median": float(np.median(np.concatenate(angle))),
        "normals off the plane's, degrees, 90 %": float(np.percentile(np.concatenate(angle), 90)),
        "thickness of planes (sd in 30 cm cells), mm": 1000 * float(np.median(thick)),
        "planes bent by (sd between cells), mm": 1000 * float(np.std(bend)),
        "points per m2 of plane": float(np.median(dense)),
        "holes in planes, %": 100 * float(np.median(holes)),
    }


def _cells(flat: np.ndarray, size: float) -> np.ndarray:
    cells = np.floor(flat / size).astype(int)
    return np.unique(cells, axis=0, return_inverse=True)[1].reshape(-1)


def frame_figures(frames: Iterable[Frame]) -> Figures:
    """Of depth images, and of colour edges beside depth edges, in pixels of a 640 pixel wide image."""
    invalid, sharp, beside, noise = [], [], [], []
    for frame in frames:
        depth, camera = frame.depth, frame.depth_camera
        scale = 640 / camera.width
        valid = np.isfinite(depth) & (depth > 0) & (depth < 10)
        invalid.append(1 - valid.mean())
        grey = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (320, 240), interpolation=cv2.INTER_AREA).astype(np.float32)
        sharp.append(cv2.Laplacian(small, cv2.CV_32F).std() / max(small.std(), 1))
        noise.append(np.median(np.abs(small - cv2.medianBlur(small, 3))))
        colour = cv2.GaussianBlur(_on_depth_grid(frame, grey, valid), (0, 0), 1.0 / scale)
        gradient = np.hypot(cv2.Sobel(colour, cv2.CV_32F, 1, 0), cv2.Sobel(colour, cv2.CV_32F, 0, 1))
        edges = gradient > np.percentile(gradient[valid], 88)
        filled = np.where(valid, depth, np.nan).astype(np.float32)
        step = max(1, round(2 / scale))
        jump = np.zeros(depth.shape, bool)
        jump[:, step:] |= np.abs(filled[:, step:] - filled[:, :-step]) > 0.15
        if jump.sum() > 50:
            beside.append(scale * distance_transform_edt(~edges)[jump].mean())
    return {
        "depth pixels without a reading, %": 100 * float(np.mean(invalid)),
        "sharpness (Laplacian by contrast)": float(np.mean(sharp)),
        "pixel noise, of 255": float(np.mean(noise)),
        "colour edges off depth edges, pixels": float(np.mean(beside)) if beside else float("nan"),
    }


def _on_depth_grid(frame: Frame, grey: np.ndarray, valid: np.ndarray) -> np.ndarray:
    if frame.color_camera is None:
        return grey.astype(np.float32)
    xyz = _back_projected(frame.depth_camera, np.where(valid, frame.depth, 1.0))
    u, v = _projected(frame.color_camera, xyz, getattr(frame.color_camera, "T_color_depth", np.eye(4)))
    return cv2.remap(grey, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)


def _back_projected(camera: Camera, depth: np.ndarray) -> np.ndarray:
    v, u = np.indices(depth.shape)
    return np.stack([(u - camera.cx) / camera.fx * depth, (v - camera.cy) / camera.fy * depth, depth], -1)


def _projected(camera: Camera, xyz: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    p = xyz @ T[:3, :3].T + T[:3, 3]
    u, v = p[..., 0] / p[..., 2] * camera.fx + camera.cx, p[..., 1] / p[..., 2] * camera.fy + camera.cy
    return u.astype(np.float32), v.astype(np.float32)


def pose_figures(frames: Iterable[Frame], prepared: PreparedCloud) -> Figures:
    """How far single frames lie from the map: by the rigid motion that fits them best, and in brightness."""
    cloud, T_aligned_world = prepared.aligned, prepared.T_aligned_world
    assert cloud.normals is not None
    tree, rng = cKDTree(cloud.xyz), np.random.default_rng(0)
    shift, turn, bright, rest, vignette = [], [], [], [], []
    for frame in frames:
        assert frame.T_world_camera is not None
        valid = np.isfinite(frame.depth) & (frame.depth > 0.3) & (frame.depth < 3.0)
        if valid.sum() < 2000:
            continue
        xyz = _back_projected(frame.depth_camera, frame.depth)[valid]
        pick = rng.integers(len(xyz), size=4000)
        T = T_aligned_world @ frame.T_world_camera
        points = xyz[pick] @ T[:3, :3].T + T[:3, 3]
        distance, near = tree.query(points, distance_upper_bound=0.06)
        good = np.isfinite(distance)
        if good.sum() < 500:
            continue
        points, near = points[good], near[good]
        n, middle = cloud.normals[near].astype(float), T[:3, 3]
        gap = ((cloud.xyz[near] - points) * n).sum(1)
        A = np.column_stack([np.cross(points - middle, n), n])
        motion = np.linalg.solve(A.T @ A + np.diag([1, 1, 1, 1, 1, 1.0]), A.T @ gap)
        turn.append(np.degrees(np.linalg.norm(motion[:3])))
        shift.append(1000 * np.linalg.norm(motion[3:]))
        rest.append(1000 * np.median(np.abs(gap)))
        grey = _on_depth_grid(frame, cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY), frame.depth > 0)
        seen = grey[valid][pick][good] + 5
        ratio = np.log(seen / (cloud.rgb[near].mean(1) + 5))
        bright.append(np.median(ratio))
        vignette.append(np.std(ratio))
    return {
        "frames off the map by, mm": float(np.median(shift)),
        "frames off the map by, degrees": float(np.median(turn)),
        "points of a frame off the map's surface, mm": float(np.median(rest)),
        "brightness between frames (sd of the log)": float(np.std(bright)),
        "brightness within a frame against the map (sd of the log)": float(np.median(vignette)),
    }


if __name__ == "__main__":
    main()
