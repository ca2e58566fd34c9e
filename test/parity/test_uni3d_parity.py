"""The fixture of Uni3D's point encoder passes, and fails where it should."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from fixture_copies import copy_fixture, shift_first_number
from safetensors.torch import save_file

from omd3d_ros.parity import FixtureError
from omd3d_ros.parity.uni3d import compare


@pytest.fixture
def copy(reference_fixtures, tmp_path):
    """A copy of the fixture that may be damaged."""
    return copy_fixture(reference_fixtures / "uni3d", tmp_path)


def test_the_fixture_passes(reference_fixtures):
    results = compare(reference_fixtures / "uni3d")
    assert {"fps_idx", "center", "embed", "keys_giant_timm1.0.31.json"} == {r.what for r in results}
    assert all(r.passed for r in results), results


def test_other_weights_fail(copy):
    shift_first_number(copy / "weights.safetensors", "cls_pos", by=0.1)
    assert [r.what for r in compare(copy) if not r.passed] == ["embed"]


def test_a_wrong_shape_in_a_key_list_is_counted(copy):
    path = copy / "keys_giant_timm1.0.31.json"
    keys = json.loads(path.read_text())
    keys["point_encoder.cls_pos"][0] = [1, 1, 7]
    del keys["point_encoder.trans2embed.bias"]
    path.write_text(json.dumps(keys))
    assert compare(copy)[-1].error == 2


def test_what_is_missing_is_named(copy):
    save_file({"xyz": torch.zeros(1, 64, 3)}, copy / "io.safetensors")
    with pytest.raises(FixtureError, match="lacks rgb, fps_idx"):
        compare(copy)
    shutil.copy(copy / "config.json", copy / "io.safetensors")
    with pytest.raises(FixtureError, match=r"io\.safetensors"):
        compare(copy)


def test_a_config_of_another_size_is_refused(copy):
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"depth": 3}))
    with pytest.raises(FixtureError, match=r"missing: .*blocks\.2\."):
        compare(copy)
