"""The Uni3D point encoder: sampling and grouping against plain numpy, what its numbers must not depend on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from omd3d_ros.models.checkpoints import Checkpoint, apply
from omd3d_ros.perception.uni3d import Uni3DConfig, Uni3DEncoder, farthest_points, nearest_neighbours
from omd3d_ros.perception.uni3d.sampling import _farthest_points_batched

TINY = {
    "embed_dim": 16,
    "depth": 2,
    "num_heads": 2,
    "num_group": 8,
    "group_size": 4,
    "pc_encoder_dim": 12,
    "out_dim": 6,
}
SIZES = [Uni3DConfig(mlp_ratio=4, **TINY), Uni3DConfig(mlp_ratio=8 / 3, swiglu=True, **TINY)]
either_form = pytest.mark.parametrize("config", SIZES, ids=["eva", "eva02"])


def clouds(batch: int = 2, n: int = 200, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    xyz = torch.rand(batch, n, 3, generator=generator) - 0.5
    return xyz, torch.rand(batch, n, 3, generator=generator)


def plain_farthest_points(cloud: np.ndarray, count: int) -> list[int]:
    allowed = [i for i, p in enumerate(cloud) if p @ p > 1e-3]
    chosen = [0]
    while len(chosen) < count:
        nearest = [min(((cloud[i] - cloud[c]) ** 2).sum() for c in chosen) for i in allowed]
        chosen.append(allowed[int(np.argmax(nearest))])
    return chosen


@pytest.mark.parametrize("sample", [farthest_points, _farthest_points_batched], ids=["compiled", "batched"])
class TestFarthestPoints:
    def test_is_the_plain_rule(self, sample):
        xyz, _ = clouds()
        expected = [plain_farthest_points(cloud, 30) for cloud in xyz.numpy()]
        assert sample(xyz, 30).tolist() == expected

    def test_a_point_near_the_origin_is_only_ever_the_first(self, sample):
        # squared norms 0, 9e-4, 1.21e-3 and 1
        xyz = torch.tensor([[[0.0, 0, 0], [0.03, 0, 0], [0.0345, 0, 0], [1, 0, 0]]])
        assert sample(xyz, 3).tolist() == [[0, 3, 2]]

    def test_the_first_of_equally_far_points_is_taken(self, sample):
        xyz = torch.tensor([[[1.0, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1]]])
        assert sample(xyz, 3).tolist() == [[0, 1, 2]]

    def test_a_broken_point_is_never_chosen(self, sample):
        xyz = torch.tensor([[[1.0, 0, 0], [np.nan, 0, 0], [0, 1, 0]]])
        assert 1 not in sample(xyz, 3)[0]

    def test_indices_repeat_when_points_run_out(self, sample):
        assert sample(torch.zeros(1, 5, 3), 4).tolist() == [[0, 0, 0, 0]]


def test_neighbours_are_the_nearest_however_few_distances_are_held():
    xyz, _ = clouds()
    centers = xyz[:, :7]
    distance = np.linalg.norm(centers.numpy()[:, :, None] - xyz.numpy()[:, None], axis=-1)
    expected = np.sort(np.argsort(distance, axis=-1)[..., :5], axis=-1)
    for held in (1, 1000, 1 << 24):
        assert (nearest_neighbours(xyz, centers, 5, held).sort(-1).values.numpy() == expected).all()


@either_form
def test_a_vector_per_cloud_that_does_not_depend_on_the_others(config):
    torch.manual_seed(0)
    encoder = Uni3DEncoder(config).eval()
    xyz, rgb = clouds(batch=3)
    together = encoder(xyz, rgb)
    assert together.shape == (3, config.out_dim)
    assert torch.allclose(together[1:2], encoder(xyz[1:2], rgb[1:2]), atol=1e-5)


@either_form
def test_order_of_the_points_after_the_first_does_not_matter(config):
    torch.manual_seed(0)
    encoder = Uni3DEncoder(config).eval()
    xyz, rgb = clouds(batch=1)
    order = torch.cat([torch.zeros(1, dtype=torch.int64), 1 + torch.randperm(199)])
    assert torch.allclose(encoder(xyz, rgb), encoder(xyz[:, order], rgb[:, order]), atol=1e-5)


@either_form
def test_half_precision_chooses_the_same_groups(config):
    torch.manual_seed(0)
    encoder = Uni3DEncoder(config).eval()
    xyz, rgb = clouds()
    whole = encoder(xyz, rgb)
    half = encoder.to(torch.bfloat16)(xyz, rgb)
    assert half.dtype == torch.bfloat16
    assert torch.allclose(half.float(), whole, atol=0.05)


@pytest.mark.parametrize(("xyz", "rgb"), [((1, 9, 3), (1, 8, 3)), ((9, 3), (9, 3)), ((1, 3, 3), (1, 3, 3))])
def test_clouds_that_do_not_fit_are_refused(xyz, rgb):
    with pytest.raises(ValueError, match=r"\(B, N, 3\)|at least 4 points"):
        Uni3DEncoder(SIZES[0])(torch.zeros(xyz), torch.zeros(rgb))


@pytest.mark.parametrize("bad", [{"depth": 0}, {"num_heads": 3}, {"mlp_ratio": 0}])
def test_sizes_that_make_no_encoder_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        Uni3DConfig(**{"mlp_ratio": 4, **TINY, **bad})


@either_form
def test_a_published_file_loads(config):
    """Under two prefixes, among tensors that are of no use to points."""
    source, encoder = Uni3DEncoder(config).eval(), Uni3DEncoder(config).eval()
    unused = {"visual.head.weight": torch.zeros(10, 16), "visual.pos_embed": torch.zeros(1, 5, 16)}
    tensors = {f"module.point_encoder.{name}": tensor for name, tensor in {**source.state_dict(), **unused}.items()}
    tensors["module.logit_scale"] = torch.ones(())
    apply(Checkpoint(Path("model.pt"), tensors), encoder, "uni3d", prefix="point_encoder.")
    assert torch.equal(encoder(*clouds()), source(*clouds()))
