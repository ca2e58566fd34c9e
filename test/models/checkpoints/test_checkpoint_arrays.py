"""numpy arrays in files of torch.save: read as they were written, without numpy's own unpickling."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from omd3d_ros.models.checkpoints import CheckpointError
from omd3d_ros.models.checkpoints.pickled import load_pickled

ARRAYS = [
    np.arange(6.0).reshape(2, 3),
    np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3)),
    np.arange(4, dtype=">i4"),
    np.zeros((0, 3), np.float32),
    np.array([True, False]),
    np.array(7, np.uint16),
    np.array(["door", "office chair"]),
    np.float16(0.5),
    np.int64(-3),
]


class Call:
    """Pickled as a call of a function, as an attacker would write it."""

    def __init__(self, function: object, *arguments: object, state: object = None) -> None:
        self.call = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("zipped", [True, False])
def test_arrays_and_numbers_come_back_as_written(tmp_path, zipped):
    torch.save((ARRAYS, {"w": torch.ones(2)}), tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    arrays, _ = load_pickled(tmp_path / "a.pth")
    for read, written in zip(arrays, ARRAYS, strict=True):
        assert read.dtype == written.dtype.newbyteorder("=") and read.shape == written.shape
        np.testing.assert_array_equal(read, written)


@pytest.mark.parametrize(
    "value",
    [
        np.array([{"a": 1}, None], dtype=object),
        np.zeros(2, dtype=[("x", np.float32), ("y", np.int8)]),
        np.array(["2020-01-01"], "M8[D]"),
        # an array of objects whose type claims to be numbers: numpy would take the bytes for addresses
        Call(
            np.ndarray, (0,), state=(1, (1,), Call(np.dtype, "O8", state=(3, "|", None, None, None, -1, -1, 0)), 0, b"")
        ),
        Call(np.ndarray, (0,), state=(1, (4,), np.dtype("f8"), False, b"short")),
        Call(np.ndarray, (0,), state=(1, (1 << 40,), np.dtype("f8"), False, b"")),
        Call(np.ndarray, (0,), state=(1, (-1,), np.dtype("f8"), False, b"")),
        Call(np.dtype, "f8", state=(3, "<", None, ("a",), {"a": (np.dtype("f8"), 0)}, 8, 8, 0)),
    ],
)
def test_other_arrays_and_forged_ones_are_refused(tmp_path, value):
    torch.save([value], tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match=r"a\.pth"):
        load_pickled(tmp_path / "a.pth")


def test_bytes_of_any_length_cannot_be_asked_for(tmp_path):
    torch.save([Call(bytes, 1 << 40)], tmp_path / "a.pth")
    with pytest.raises(CheckpointError):
        load_pickled(tmp_path / "a.pth")
