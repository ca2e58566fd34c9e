"""Voxels of a sparse grid: numbering, neighbours, halving; the compiled way and the way of any device agree."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from omd3d_ros.perception.sparse.voxels import SparseGridError, Voxels

EXTENT = (9, 7, 12)
BOTH_WAYS = pytest.mark.parametrize("of", [Voxels.of, Voxels.sorted], ids=["compiled", "any device"])


@pytest.fixture
def coords() -> torch.Tensor:
    """150 rows in two scenes, some repeated, in random order."""
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.integers(0, (2, *EXTENT), (150, 4), dtype=np.int32))


def rows_of(voxels: Voxels) -> dict[tuple[int, ...], int]:
    return {tuple(index): row for row, index in enumerate(voxels.indices.tolist())}


@BOTH_WAYS
def test_rows_are_the_distinct_coordinates(coords: torch.Tensor, of) -> None:
    voxels, rows = of(coords, EXTENT)
    assert torch.equal(voxels.indices[rows], coords)
    assert len(voxels) == len({tuple(c) for c in coords.tolist()})


@BOTH_WAYS
def test_neighbours_are_those_one_step_away(coords: torch.Tensor, of) -> None:
    voxels, _ = of(coords, EXTENT)
    row_of = rows_of(voxels)
    expected = [
        [row_of.get((b, x + i, y + j, z + k), -1) for i, j, k in itertools.product((-1, 0, 1), repeat=3)]
        for b, x, y, z in voxels.indices.tolist()
    ]
    assert voxels.neighbours.table.tolist() == expected


@BOTH_WAYS
def test_halving_drops_what_is_beyond_the_rounded_extent(coords: torch.Tensor, of) -> None:
    voxels, _ = of(coords, EXTENT)
    halving = voxels.halved
    assert halving.coarse.extent == (4, 3, 6)
    coarse_row = rows_of(halving.coarse)
    up = torch.full((len(voxels), 8), -1)
    down = torch.full((len(halving.coarse), 8), -1)
    for row, (b, x, y, z) in enumerate(voxels.indices.tolist()):
        if x < 8 and y < 6:
            parent, cell = coarse_row[b, x // 2, y // 2, z // 2], 4 * (x % 2) + 2 * (y % 2) + z % 2
            up[row, cell], down[parent, cell] = parent, row
    assert torch.equal(halving.up.table, up.int())
    assert torch.equal(halving.down.table, down.int())


def test_transposed_map_turns_pairs_around(coords: torch.Tensor) -> None:
    down = Voxels.of(coords, EXTENT)[0].halved.down
    there = [(i.tolist(), o.tolist()) for i, o in down.pairs]
    back = [(o.tolist(), i.tolist()) for i, o in down.transposed().pairs]
    assert [sorted(zip(*pair, strict=True)) for pair in there] == [sorted(zip(*pair, strict=True)) for pair in back]
    assert down.transposed().transposed() is down


@BOTH_WAYS
def test_memory_follows_the_voxels_not_the_extent(of) -> None:
    """Two clusters 200 m apart at 2 cm: a dense table would have 1e12 cells."""
    corner = torch.tensor([[0, x, y, z] for x, y, z in itertools.product((0, 1), repeat=3)], dtype=torch.int32)
    far = corner + torch.tensor([0, 9998, 9998, 9998], dtype=torch.int32)
    voxels, _ = of(torch.cat([corner, far]), (10_000, 10_000, 10_000))
    assert (voxels.neighbours.table >= 0).sum().item() == 2 * 8 * 8
    assert len(voxels.halved.coarse) == 2


@BOTH_WAYS
def test_no_voxels(of) -> None:
    voxels, rows = of(torch.empty((0, 4), dtype=torch.int32), EXTENT)
    assert (len(voxels), len(rows), len(voxels.halved.coarse)) == (0, 0, 0)
    assert voxels.neighbours.table.shape == (0, 27)


@pytest.mark.parametrize("bad", [[0, -1, 0, 0], [0, 9, 0, 0]], ids=["negative", "beyond"])
def test_coordinates_outside_are_refused(bad: list[int]) -> None:
    with pytest.raises(SparseGridError, match="below the extent"):
        Voxels.of(torch.tensor([bad], dtype=torch.int32), EXTENT)


def test_extents_that_can_not_be_numbered_are_refused() -> None:
    with pytest.raises(SparseGridError, match="too large"):
        Voxels.of(torch.zeros((1, 4), dtype=torch.int32), (1 << 21, 1 << 21, 1 << 21))
