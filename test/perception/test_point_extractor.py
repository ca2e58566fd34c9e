"""PointExtractor: the reference's numbers, what it refuses, and what must not change its results."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from omd3d_ros.parity.comparison import FixtureError
from omd3d_ros.parity.point_extractor import compare
from omd3d_ros.perception.point_extractor import PARTS, ExtractorError, PointExtractor
from omd3d_ros.perception.sparse.voxels import Voxels

SMALL: dict[str, Any] = {"blocks": 3, "media": 8}
Cloud = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def cloud(points: int = 2000, side: int = 40, superpoints: int = 12) -> Cloud:
    """Random points of one scene in a cube."""
    coords = torch.cat([torch.zeros(points, 1), torch.randint(0, side, (points, 3))], 1).int()
    return coords, torch.randn(points, 6), torch.arange(points) % superpoints


def small(**settings: Any) -> PointExtractor:
    """Random weights, and batch norms that do something."""
    extractor = PointExtractor(**{**SMALL, **settings}).eval()
    for norm in extractor.modules():
        if isinstance(norm, nn.BatchNorm1d) and norm.running_mean is not None and norm.running_var is not None:
            norm.running_mean.normal_(0, 0.1)
            norm.running_var.uniform_(0.3, 1.0)
    return extractor


def test_reference(reference_fixtures: Path) -> None:
    comparisons = compare(reference_fixtures / "point_extractor")
    assert len(comparisons) == 15
    assert [c.what for c in comparisons if not c.passed] == []


def test_damaged_fixture_is_named(tmp_path: Path) -> None:
    with pytest.raises(FixtureError, match="config.json"):
        compare(tmp_path)
    (tmp_path / "config.json").write_text('{"blocks": 3, "colour": "red"}')
    with pytest.raises(FixtureError, match="io.safetensors"):
        compare(tmp_path)


def test_voxels_are_numbered_as_they_appear_and_hold_the_mean_of_their_points() -> None:
    coords = torch.tensor([[0, 5, 0, 0], [0, 1, 0, 0], [0, 5, 0, 0], [1, 1, 0, 0]])
    feats = torch.tensor([[1.0], [7.0], [3.0], [9.0]])
    trace = small(input_channel=1).trace(coords, feats, torch.arange(4))
    assert trace.point_to_voxel.tolist() == [0, 1, 0, 2]
    assert trace.voxel_coords.tolist() == [[0, 5, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0]]
    assert trace.voxel_features.tolist() == [[2.0], [7.0], [9.0]]


def test_odd_extents_lose_voxels_only_as_published() -> None:
    """Extent 129: what is at 128 has no parent at 64, so nothing that the coarse levels see reaches it."""
    coords = torch.tensor([[0, 128, y, 9] for y in range(50)])
    cloud = coords, torch.randn(50, 6), torch.arange(50)
    published, right = small(), small(as_published=False)
    right.load_state_dict(published.state_dict())
    assert published.trace(*cloud).spatial_shape == (129, 128, 128)
    assert right.trace(*cloud).spatial_shape == (132, 128, 128)
    assert [len(indices) for indices, _ in published.trace(*cloud).levels] == [50, 0, 0]
    assert [len(indices) for indices, _ in right.trace(*cloud).levels] == [50, 25, 13]


def test_levels_without_voxels() -> None:
    """Halved 8 times, an extent of 128 is 0."""
    out = small(blocks=9, media=2)(*cloud(superpoints=3))
    assert out.shape == (3, 2)
    assert out.isfinite().all()


def test_scene_of_one_voxel() -> None:
    out = small()(torch.tensor([[0, 3, 4, 5]]), torch.randn(1, 6), torch.tensor([0]))
    assert out.shape == (1, 8)


def test_cloud_that_spans_200_metres() -> None:
    coords, feats, superpoints = cloud()
    coords[1000:, 1:] += 9960
    near = small()
    out = near(coords, feats, superpoints)
    assert out.shape == (12, 8)
    assert out.isfinite().all()


def test_scenes_of_a_batch_do_not_see_each_other() -> None:
    extractor, one, two = small(), cloud(), cloud(points=1500, superpoints=7)
    coords = torch.cat([one[0], two[0] + torch.tensor([1, 0, 0, 0], dtype=torch.int32)])
    both = extractor(coords, torch.cat([one[1], two[1]]), torch.cat([one[2], two[2] + 12]), num_superpoints=19)
    torch.testing.assert_close(both, torch.cat([extractor(*one), extractor(*two)]), atol=1e-6, rtol=0)


def test_order_of_the_points_does_not_matter() -> None:
    extractor, points = small(), cloud()
    order = torch.randperm(len(points[0]))
    shuffled = [part[order] for part in points]
    torch.testing.assert_close(extractor(*shuffled), extractor(*points), atol=1e-6, rtol=0)


@pytest.mark.parametrize("pool", ["mean", "max"])
def test_number_of_threads_does_not_matter(pool: str) -> None:
    extractor, points = small(pool=pool), cloud(points=20_000)
    outs = []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        with torch.no_grad():
            outs.append(extractor(*points))
    assert torch.equal(outs[0], outs[1])
    assert torch.equal(outs[0], outs[2])


def test_double_precision_agrees() -> None:
    extractor, (coords, feats, superpoints) = small(), cloud()
    single = extractor(coords, feats, superpoints)
    double = extractor.double()(coords, feats.double(), superpoints)
    torch.testing.assert_close(single.double(), double, atol=1e-5, rtol=0)


def test_maps_of_other_devices_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    extractor, points = small(), cloud(side=131)
    expected = extractor(*points)
    monkeypatch.setattr(Voxels, "of", Voxels.sorted)
    torch.testing.assert_close(extractor(*points), expected, atol=1e-6, rtol=0)


def test_half_precision_and_inference_mode_run() -> None:
    extractor, (coords, feats, superpoints) = small(), cloud()
    expected = extractor(coords, feats, superpoints)
    with torch.inference_mode():
        assert torch.equal(extractor(coords, feats, superpoints), expected)
        half = extractor.bfloat16()(coords, feats.bfloat16(), superpoints)
    torch.testing.assert_close(half.float(), expected, atol=0.1, rtol=0.1)


@pytest.mark.skipif(importlib.util.find_spec("spconv") is None, reason="spconv is not installed")
@pytest.mark.parametrize("as_published", [True, False])
def test_spconv_agrees(as_published: bool) -> None:
    ours, theirs = (small(backend=backend, as_published=as_published) for backend in ("torch", "spconv"))
    theirs.load_state_dict(ours.state_dict())
    points = cloud(points=5000, side=131)
    torch.set_num_threads(2)
    with torch.no_grad():
        torch.testing.assert_close(ours(*points), theirs(*points), atol=1e-5, rtol=0)


def test_frozen_parts_stay_as_they_are_in_training() -> None:
    extractor, points = small().train(), cloud()
    before = {name: value.clone() for name, value in extractor.state_dict().items()}
    out = extractor(*points)
    assert not out.requires_grad
    assert all(torch.equal(value, before[name]) for name, value in extractor.state_dict().items())


def test_what_is_not_frozen_is_trained() -> None:
    extractor, points = small(fix_module=()).train(), cloud()
    target = torch.rand(12, 8)
    optimiser = torch.optim.Adam(extractor.parameters(), lr=0.01)
    losses = []
    for _ in range(8):
        optimiser.zero_grad()
        loss = (extractor(*points) - target).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert all(p.grad is not None for p in extractor.parameters())
    assert losses[-1] < losses[0]
    tracked = extractor.output_layer[0].num_batches_tracked
    assert tracked == 8


def test_parts_are_frozen_by_name() -> None:
    extractor = PointExtractor(**SMALL, fix_module=PARTS[:1])
    assert not extractor.input_conv[0].weight.requires_grad
    assert extractor.output_layer[0].weight.requires_grad
    assert extractor.output_layer.training and not extractor.input_conv.training


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"coords": torch.empty(0, 4).int()}, "empty cloud"),
        ({"coords": torch.zeros(5, 3).int()}, "coords are"),
        ({"coords": torch.zeros(5, 4)}, "coords are"),
        ({"coords": torch.full((5, 4), -1)}, "negative"),
        ({"coords": torch.full((5, 4), 1 << 40)}, "too large"),
        ({"feats": torch.zeros(5, 4)}, r"\(5, 6\), not \(5, 4\)"),
        ({"feats": torch.full((5, 6), float("nan"))}, "NaN"),
        ({"superpoints": torch.tensor([0, 1, 2])}, "superpoints of 5 points"),
        ({"superpoints": torch.tensor([0, 1, 1, 3, 3])}, "not contiguous: 3 of 4"),
        ({"superpoints": torch.tensor([0, 1, 1, 2, 1 << 50])}, "not contiguous: 4 of"),
        ({"superpoints": torch.tensor([0, 1, 1, 2, -1])}, "from 0"),
        ({"num_superpoints": 2}, "out of range for 2"),
        ({"num_superpoints": 4}, "not contiguous: 3 of 4"),
    ],
)
def test_bad_points_are_refused(change: dict[str, Any], message: str) -> None:
    points = {
        "coords": torch.zeros(5, 4).int(),
        "feats": torch.zeros(5, 6),
        "superpoints": torch.tensor([0, 1, 1, 2, 2]),
    }
    with pytest.raises(ExtractorError, match=message):
        small()(**{**points, **change})


@pytest.mark.parametrize(
    "settings",
    [
        {"blocks": 0},
        {"media": 8.0},
        {"normalize_before": False},
        {"return_blocks": 1},
        {"pool": "sum"},
        {"bn_eps": 0},
        {"fix_module": ("encoder",)},
        {"fix_module": "unet"},
        {"backend": "cuda"},
    ],
    ids=str,
)
def test_bad_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ExtractorError, match=next(iter(settings))):
        PointExtractor(**{**SMALL, **settings})
