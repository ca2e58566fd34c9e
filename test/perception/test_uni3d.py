"""The Uni3D point encoder: sampling and grouping against plain numpy, names of the published checkpoints."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from omd3d_ros.perception.uni3d import (
    UNI3D_SIZES,
    Uni3DConfig,
    Uni3DEncoder,
    Uni3DWeightsError,
    encoder_name,
    farthest_points,
    load_weights,
    nearest_neighbours,
)
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


@pytest.mark.parametrize("size", ["giant", "large"])
def test_published_sizes_have_the_published_names(size, reference_fixtures):
    with torch.device("meta"):
        own = {name: list(t.shape) for name, t in Uni3DEncoder(UNI3D_SIZES[size]).state_dict().items()}
    keys = json.loads((reference_fixtures / f"checkpoint_keys/uni3d_{size}.json").read_text())["keys"]
    listed = {encoder_name(name): shape for name, shape in keys.items() if encoder_name(name) is not None}
    assert own == listed


class TestLoading:
    def published(self, encoder: Uni3DEncoder) -> dict[str, torch.Tensor]:
        """As in the published file: under two prefixes, among tensors that are of no use."""
        own = {f"module.point_encoder.{name}": tensor for name, tensor in encoder.state_dict().items()}
        unused = {"visual.head.weight": torch.zeros(10, 16), "visual.pos_embed": torch.zeros(1, 5, 16)}
        return (
            own | {f"module.point_encoder.{n}": t for n, t in unused.items()} | {"module.logit_scale": torch.ones(())}
        )

    @either_form
    def test_a_published_file_loads(self, config):
        source, encoder = Uni3DEncoder(config).eval(), Uni3DEncoder(config).eval()
        load_weights(encoder, self.published(source))
        assert torch.equal(encoder(*clouds()), source(*clouds()))

    def test_a_missing_or_unknown_tensor_is_named(self):
        tensors = self.published(Uni3DEncoder(SIZES[0]))
        tensors["module.point_encoder.extra"] = tensors.pop("module.point_encoder.cls_pos")
        with pytest.raises(Uni3DWeightsError, match="cls_pos missing, extra unknown"):
            load_weights(Uni3DEncoder(SIZES[0]), tensors)

    def test_another_size_is_named(self):
        tensors = self.published(Uni3DEncoder(SIZES[0]))
        tensors["module.point_encoder.cls_pos"] = torch.zeros(1, 1, 8)
        with pytest.raises(Uni3DWeightsError, match=r"cls_pos is \(1, 1, 8\), not \(1, 1, 16\)"):
            load_weights(Uni3DEncoder(SIZES[0]), tensors)
