"""Sizing pictures for DINOv2, and running it once per view."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from mean_colors import MeanColors, normalised
from transformers import Dinov2Config, Dinov2Model

from omd3d_ros.perception.image_features import FrameView, PatchEncoder, hull_pooled
from omd3d_ros.perception.image_features.framing import CentreCrop, WholeFrame
from omd3d_ros.types import Camera, Frame


def picture(id: int, width=64, height=48, color=(200, 10, 10)) -> FrameView:
    rgb = np.full((height, width, 3), color, np.uint8)
    depth = np.ones((height, width), np.float32)
    return FrameView(id, Frame(rgb, depth, Camera(width, height, 50.0, 50.0, 32.0, 24.0), T_world_camera=np.eye(4)))


def encoder(**settings) -> tuple[PatchEncoder, MeanColors]:
    model = MeanColors()
    return PatchEncoder(model, WholeFrame(14, 56), **settings), model


def run(encoder: PatchEncoder, views: list[FrameView]) -> dict[int, torch.Tensor]:
    return {views[i].id: features for i, features in encoder.features(views)}


def test_a_whole_frame_keeps_its_aspect():
    """448 px are 32 patches of 14; 32 * 640 / 480 is 42.7; 32 * 1920 / 1080 is 56.9."""
    framing = WholeFrame(14, 448)
    assert framing.grid(480, 640) == (32, 43)
    assert framing.grid(1080, 1920) == (32, 57)
    assert framing.grid(640, 480) == (43, 32)
    assert framing(torch.zeros(2, 3, 120, 160)).shape == (2, 3, 32 * 14, 43 * 14)


def test_patches_come_row_by_row():
    view = picture(0)
    view.rgb()[:24, :32] = (10, 200, 10)  # the upper left quarter: patches 0 and 1 of the first two of 4 rows of 5
    features = run(encoder()[0], [view])[0].reshape(4, 5, 3)
    assert torch.allclose(features[:2, :2], normalised((10, 200, 10)).expand(2, 2, 3), atol=0.05)
    assert torch.allclose(features[2:, 3:], normalised((200, 10, 10)).expand(2, 2, 3), atol=0.05)


def test_the_published_crop_is_the_middle():
    """A picture 341 x 256 is not scaled: rows 16 to 240 and columns 58 to 282 are kept, (341 - 224) / 2 = 58.5."""
    image = torch.randint(0, 256, (1, 3, 256, 341)).float()
    expected = torch.stack([normalised(c) for c in image[0, :, 16:240, 58:282].permute(1, 2, 0).reshape(-1, 3).numpy()])
    assert torch.allclose(CentreCrop(14)(image)[0].permute(1, 2, 0).reshape(-1, 3), expected, atol=1e-5)


def test_the_published_crop_of_a_larger_picture():
    """640 x 480 is scaled to 341 x 256, so column x of the crop lies at (x + 58.5) * 640 / 341 - 0.5."""
    ramp = torch.arange(640.0).mul(255 / 639).expand(1, 3, 480, 640)
    levels = CentreCrop(14)(ramp)[0, 0, 100] * (0.229 * 255) + 0.485 * 255
    columns = (torch.arange(224) + 58.5) * 640 / 341 - 0.5
    assert torch.allclose(levels, columns * 255 / 639, atol=0.6)  # half a level of rounding


def test_patches_that_do_not_divide_the_crop_are_refused():
    with pytest.raises(ValueError, match="divide the crop of 224"):
        hull_pooled(MeanColors(patch_size=15))


def test_a_view_is_run_once():
    patches, model = encoder(batch_size=2)
    views = [picture(i) for i in range(5)]
    first = run(patches, views)
    assert [b[0] for b in model.batches] == [2, 2, 1]
    again = run(patches, [*views, picture(9)])
    assert [b[0] for b in model.batches] == [2, 2, 1, 1]
    assert all(torch.equal(first[i], again[i]) for i in range(5))
    patches.forget()
    run(patches, views[:1])
    assert len(model.batches) == 5


def test_the_same_number_in_another_map_is_another_view():
    patches, model = encoder()
    view = picture(0)
    run(patches, [view])
    run(patches, [dataclasses.replace(view, frame=dataclasses.replace(view.frame, stamp=5.0))])
    assert len(model.batches) == 2


def test_memory_is_bounded_and_the_longest_unused_go_first():
    """4 x 5 patches of 3 float32 are 240 bytes: two views fit into 500."""
    patches, model = encoder(batch_size=1, cache_bytes=500)
    run(patches, [picture(0), picture(1)])
    run(patches, [picture(0)])
    run(patches, [picture(2)])  # in place of view 1
    assert len(model.batches) == 3
    run(patches, [picture(0), picture(2)])
    assert len(model.batches) == 3
    run(patches, [picture(1)])
    assert len(model.batches) == 4


def test_what_does_not_fit_at_all_is_still_computed():
    patches, model = encoder(cache_bytes=100)
    assert len(run(patches, [picture(0), picture(1)])) == 2
    run(patches, [picture(0)])
    assert len(model.batches) == 2


def test_pictures_of_other_sizes_are_batched_apart():
    patches, model = encoder()
    features = run(patches, [picture(0), picture(1, 48, 64), picture(2)])
    assert [tuple(b[2:]) for b in model.batches] == [(56, 70), (70, 56)]
    assert len(features[1]) == 20


def test_dinov2_itself_and_in_half_precision():
    torch.manual_seed(0)
    config = Dinov2Config(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, patch_size=14, image_size=56)
    model = Dinov2Model(config).eval()
    whole = run(PatchEncoder(model, WholeFrame(14, 56)), [picture(0)])[0]
    half = run(PatchEncoder(model.to(torch.bfloat16), WholeFrame(14, 56)), [picture(0)])[0]
    assert whole.shape == half.shape == (20, 16) and half.dtype == torch.bfloat16
    assert torch.allclose(half.float(), whole, atol=0.1)


def test_bad_input():
    with pytest.raises(ValueError, match="batch_size"):
        encoder(batch_size=0)
    view = picture(3)
    object.__setattr__(view.frame, "rgb", np.zeros((10, 10, 3), np.uint8))
    with pytest.raises(ValueError, match=r"view 3: colour must be \(48, 64, 3\)"):
        run(encoder()[0], [view])
