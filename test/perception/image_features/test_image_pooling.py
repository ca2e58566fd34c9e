"""Features of objects from several views: boxes in front of a wall whose colours are the features."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mean_colors import MeanColors, normalised
from rendered_scenes import look_at, render
from scipy.spatial import ConvexHull, QhullError

from omd3d_ros.mapping.keyframes import Keyframes
from omd3d_ros.perception.image_features import FrameView, hull_pooled, mask_pooled
from omd3d_ros.perception.image_features.pooling import SceneObjects
from omd3d_ros.types import Camera, Frame

RED, BLUE, GREY = (200, 20, 20), (20, 20, 200), (120, 120, 120)
BOXES = [((0.0, 0.0, 0.3), (0.6, 0.6, 0.6), RED), ((0.0, 1.2, 0.3), (0.6, 0.6, 0.6), BLUE)]
CAMERA = Camera(320, 240, 250.0, 250.0, 159.5, 119.5)
either_pooling = pytest.mark.parametrize("pooled", [mask_pooled, hull_pooled])
EYES = [(2.5, 0.0, 0.6), (2.2, 0.9, 1.0)]


def views(eyes=EYES, stamp=0.0) -> list[FrameView]:
    poses = [look_at(eye, (0.0, 0.4, 0.3)) for eye in eyes]
    return [FrameView(i, render(T, BOXES, camera=CAMERA, stamp=stamp)) for i, T in enumerate(poses)]


def scene() -> tuple[np.ndarray, np.ndarray]:
    """Points every 2 cm on the boxes and the floor around; masks of the two boxes."""
    steps = np.arange(-0.3, 0.301, 0.02)
    a, b = (g.ravel() for g in np.meshgrid(steps, steps))
    side = np.full_like(a, 0.3)
    cube = np.concatenate([np.stack([side, a, b], 1), np.stack([a, b, side], 1), np.stack([a, side, b], 1)])
    cube = np.concatenate([cube, cube * (-1, -1, 1)])
    x, y = (g.ravel() for g in np.meshgrid(np.arange(-1, 2, 0.02), np.arange(-1, 2, 0.02)))
    free = np.all([(abs(x - c[0]) > 0.3) | (abs(y - c[1]) > 0.3) for c, _, _ in BOXES], 0)
    floor = np.stack([x, y, np.zeros_like(x)], 1)[free]
    parts = [cube + center for center, _, _ in BOXES] + [floor]
    owner = np.repeat([0, 1, 2], [len(p) for p in parts])
    return np.concatenate(parts), np.stack([owner == 0, owner == 1])


def test_an_object_looks_like_its_pixels_and_not_like_what_is_around():
    xyz, masks = scene()
    pooled = mask_pooled(MeanColors(), short_side=224)(views(), xyz, masks)
    assert pooled.num_views.tolist() == [2, 2]
    assert torch.allclose(pooled.features, torch.stack([normalised(RED), normalised(BLUE)]), atol=0.25)


def test_the_published_rectangle_takes_in_what_is_around():
    xyz, masks = scene()
    whole = hull_pooled(MeanColors())(views(), xyz, masks).features
    masked = mask_pooled(MeanColors(), short_side=224)(views(), xyz, masks).features
    truth = torch.stack([normalised(RED), normalised(BLUE)])
    assert (whole - truth).norm() > 3 * (masked - truth).norm()


def test_weights_are_the_squared_share_of_the_patch_and_scores_are_pixels():
    """A wall 2 m ahead whose left half is the object, seen in one row of two patches and a half-covered middle one."""
    camera = Camera(42, 14, 100.0, 100.0, 20.5, 6.5)
    frame = Frame(np.zeros((14, 42, 3), np.uint8), np.full((14, 42), 2.0, np.float32), camera, None, np.eye(4))
    v, u = (g.ravel() for g in np.mgrid[0:14, 0:42])
    xyz = np.stack([(u - 20.5) / 100 * 2, (v - 6.5) / 100 * 2, np.full(u.shape, 2.0)], 1)  # one point per pixel
    pooling = mask_pooled(MeanColors(), short_side=14)
    sighting = pooling.look(FrameView(0, frame, sharpness=0.5), SceneObjects.of(xyz, (u < 21)[None]))
    assert np.allclose(sighting.weights, [[1 / 1.25, 0.5**2 / 1.25, 0]])
    assert np.allclose(sighting.scores, 0.5 * 21 * 14)


@either_pooling
def test_a_hidden_object_is_not_seen(pooled):
    xyz, masks = scene()
    behind = views(eyes=[(0.0, -2.5, 0.25)])  # the red box hides the blue one
    found = pooled(MeanColors())(behind, xyz, masks)
    assert found.num_views.tolist() == [1, 0]
    assert not found.features[1].any()


def test_only_the_best_views_count_and_only_they_are_run():
    """Nearer is better."""
    xyz, masks = scene()
    model = MeanColors()
    seen = views(eyes=[(3.5, 0.4, 0.6), (2.5, 0.4, 0.6), (4.5, 0.4, 0.6)])
    pooled = mask_pooled(model, best_views=1)(seen, xyz, masks)
    assert pooled.num_views.tolist() == [1, 1]
    assert sum(batch[0] for batch in model.batches) == 1
    alone = mask_pooled(MeanColors())(seen[1:2], xyz, masks)
    assert torch.allclose(pooled.features, alone.features)


@either_pooling
class TestBothModes:
    def test_known_views_are_not_run_again(self, pooled):
        xyz, masks = scene()
        model = MeanColors()
        pooling = pooled(model)
        first = pooling(views(), xyz, masks)
        again = pooling(views(), xyz, masks)
        assert sum(batch[0] for batch in model.batches) == 2
        assert torch.equal(first.features, again.features)

    def test_keyframes_are_views(self, pooled):
        xyz, masks = scene()
        keyframes = Keyframes(max_depth=6.0)
        assert [keyframes.consider(view.frame) for view in views()] == [True, True]
        kept = pooled(MeanColors())([keyframes[k] for k in range(2)], xyz, masks)
        straight = pooled(MeanColors())(views(), xyz, masks)
        assert kept.num_views.tolist() == straight.num_views.tolist()
        assert torch.allclose(kept.features, straight.features, atol=0.1)  # JPEG

    def test_nothing_to_see(self, pooled):
        xyz, masks = scene()
        pooling = pooled(MeanColors())
        assert not pooling([], xyz, masks).features.any()
        assert pooling(views(), xyz, masks[:0]).features.shape == (0, 3)
        assert pooling(views(), xyz[:0], masks[:, :0]).num_views.tolist() == [0, 0]
        blind = views()
        for view in blind:
            view.depth()[:] = np.nan
        assert pooling(blind, xyz, masks).num_views.tolist() == [0, 0]

    def test_bad_input(self, pooled):
        xyz, masks = scene()
        pooling = pooled(MeanColors())
        with pytest.raises(ValueError, match=r"xyz must be \(N, 3\)"):
            pooling(views(), xyz[:, :2], masks)
        with pytest.raises(ValueError, match="masks must be"):
            pooling(views(), xyz, masks.astype(float))


def test_no_best_views_are_refused():
    with pytest.raises(ValueError, match="best_views"):
        mask_pooled(MeanColors(), best_views=0)


def plain_hull(seen: list[FrameView], xyz, masks, grids) -> tuple[np.ndarray, list[int]]:
    """The published rule, point by point, for views of 640 x 480 and grids (16, 16, D) of features."""
    sums, areas, counts = np.zeros((len(masks), grids[0].shape[-1])), np.zeros(len(masks)), [0] * len(masks)
    for view, grid in zip(seen, grids, strict=True):
        camera, T = view.depth_camera, np.linalg.inv(view.T_world_camera)
        for k, mask in enumerate(masks):
            pixels = []
            for point in xyz[mask]:
                x, y, z = T[:3, :3] @ point + T[:3, 3]
                u, v = round(x / z * camera.fx + camera.cx), round(y / z * camera.fy + camera.cy)
                if z > 0 and 10 <= u < 630 and 10 <= v < 470:
                    reading = view.depth()[v, u]
                    if reading > 0 and abs(z - reading) <= 0.25 * reading:
                        pixels.append((u, v))
            try:
                area = ConvexHull(np.array(pixels)).volume if len(pixels) >= 3 else 0
            except QhullError:
                area = 0
            if area >= 30 * 40:
                (left, top), (right, bottom) = np.min(pixels, 0), np.max(pixels, 0)
                cells = grid[top // 30 : -(-bottom // 30), left // 40 : -(-right // 40)]
                sums[k] += area * cells.reshape(-1, cells.shape[-1]).mean(0)
                areas[k] += area
                counts[k] += 1
    return sums / np.maximum(areas, 1)[:, None], counts


def test_hull_pooling_is_the_published_rule():
    rng = np.random.default_rng(0)
    camera = Camera(640, 480, 500.0, 500.0, 320.0, 240.0)
    seen = []
    for i in range(3):
        depth = rng.uniform(1.5, 3.0, (480, 640)).astype(np.float32)
        depth[rng.random((480, 640)) < 0.1] = 0
        T = look_at((0.1 * i, 0.0, 0.0), (0.3, 2.0, 0.05), up=(0, 0, 1))
        seen.append(FrameView(i, Frame(rng.integers(0, 256, (480, 640, 3), np.uint8), depth, camera, None, T)))
    sizes = [0.05, 0.1, 0.2, 0.5, 0.01, 3.0]
    objects = [rng.normal((rng.uniform(-0.6, 0.8), 2.0, rng.uniform(-0.6, 0.6)), s, (60, 3)) for s in sizes]
    xyz = np.concatenate([*objects, rng.normal((0, 2, 0), 0.1, (2, 3))]).astype(np.float32)
    owner = np.repeat(np.arange(7), [60] * 6 + [2])
    masks = owner == np.arange(7)[:, None]
    masks[0, 60:80] = True  # points may belong to two objects
    pooling = hull_pooled(MeanColors())
    grids = {i: f.reshape(16, 16, 3).numpy() for i, f in pooling.encoder.features(seen)}
    expected, counts = plain_hull(seen, xyz, masks, [grids[i] for i in range(3)])
    pooled = pooling(seen, xyz, masks)
    assert pooled.num_views.tolist() == counts
    assert 0 in counts and max(counts) == 3
    assert np.allclose(pooled.features.numpy(), expected, atol=1e-5)
