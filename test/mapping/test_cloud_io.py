"""Point clouds to and from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from plyfile import PlyData, PlyElement

from omd3d_ros.mapping.cloud_io import CloudError, is_cloud, read_cloud, write_cloud
from omd3d_ros.types import PointCloud

SUFFIXES = pytest.mark.parametrize("suffix", [".ply", ".pcd"])


@pytest.fixture
def cloud() -> PointCloud:
    xyz = np.array([[0, 0, 0], [1, 2, 3], [-1, 0.5, 0.25]])
    return PointCloud(xyz, np.array([[255, 0, 0], [0, 128, 255], [1, 2, 3]]), np.eye(3))


def write_ply(path: Path, text: bool = False, **columns: np.ndarray) -> Path:
    vertices = np.empty(len(columns["x"]), dtype=[(name, column.dtype) for name, column in columns.items()])
    for name, column in columns.items():
        vertices[name] = column
    PlyData([PlyElement.describe(vertices, "vertex")], text=text).write(path)
    return path


def xyz_columns(*rows: tuple[float, float, float]) -> dict[str, np.ndarray]:
    return dict(zip("xyz", np.array(rows, np.float32).T, strict=True))


@SUFFIXES
def test_round_trip(tmp_path: Path, cloud: PointCloud, suffix: str) -> None:
    file = tmp_path / "made" / f"cloud{suffix}"
    write_cloud(file, cloud)
    again = read_cloud(file)
    np.testing.assert_array_equal(again.xyz, cloud.xyz)
    np.testing.assert_array_equal(again.rgb, cloud.rgb)
    np.testing.assert_array_equal(again.normals, cloud.normals)
    assert [f.name for f in file.parent.iterdir()] == [file.name]  # no temporary left


@SUFFIXES
def test_instance_ids_are_written(tmp_path: Path, cloud: PointCloud, suffix: str) -> None:
    file = tmp_path / f"cloud{suffix}"
    write_cloud(file, cloud, np.array([7, 7, 12]))
    if suffix == ".ply":
        ids = PlyData.read(file)["vertex"]["instance_id"]
    else:
        from pypcd4 import PointCloud as Pcd

        ids = Pcd.from_path(file).pc_data["instance_id"]
    assert list(ids) == [7, 7, 12]


def test_colors_default_to_grey(tmp_path: Path) -> None:
    cloud = read_cloud(write_ply(tmp_path / "c.ply", **xyz_columns((0, 0, 0), (1, 1, 1))))
    assert (cloud.rgb == 128).all()
    assert cloud.normals is None


@pytest.mark.parametrize("text", [True, False])
def test_float_colors(tmp_path: Path, text: bool) -> None:
    colors = {"red": np.float32([1, 0]), "green": np.float32([0.5, 0]), "blue": np.float32([0, 0.2])}
    cloud = read_cloud(write_ply(tmp_path / "c.ply", text, **xyz_columns((0, 0, 0), (1, 1, 1)), **colors))
    np.testing.assert_array_equal(cloud.rgb, [[255, 128, 0], [0, 0, 51]])


def test_points_that_are_not_finite_are_dropped_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = ((0, 0, 0), (np.nan, 0, 0), (0, np.inf, 0), (1, 1, 1))
    cloud = read_cloud(write_ply(tmp_path / "c.ply", **xyz_columns(*rows)))
    assert len(cloud) == 2
    assert "dropped 2 of 4 points" in caplog.text


def test_mesh_gives_its_vertices(tmp_path: Path) -> None:
    vertices = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)], dtype=[(k, "f4") for k in "xyz"])
    faces = np.empty(2, dtype=[("vertex_indices", "O")])
    faces["vertex_indices"] = [np.array([0, 1, 2], "i4"), np.array([0, 1, 3, 2], "i4")]
    PlyData([PlyElement.describe(vertices, "vertex"), PlyElement.describe(faces, "face")]).write(tmp_path / "m.ply")
    assert len(read_cloud(tmp_path / "m.ply")) == 4


@SUFFIXES
@pytest.mark.parametrize("content", [b"", b"\xff\x00 junk", b"ply\n", b"VERSION 0.7\n"])
def test_broken_files_are_named(tmp_path: Path, suffix: str, content: bytes) -> None:
    file = tmp_path / f"broken{suffix}"
    file.write_bytes(content)
    with pytest.raises(CloudError, match=f"broken\\{suffix}") as caught:
        read_cloud(file)
    assert "\n" not in str(caught.value)


@SUFFIXES
def test_truncated_files_are_named(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"cut{suffix}"
    points = np.zeros((1000, 3))
    write_cloud(file, PointCloud(points, points))
    file.write_bytes(file.read_bytes()[:-512])
    with pytest.raises(CloudError, match=f"cut\\{suffix}"):
        read_cloud(file)


def test_no_points_no_xyz_no_file(tmp_path: Path) -> None:
    with pytest.raises(CloudError, match="no points"):
        read_cloud(write_ply(tmp_path / "empty.ply", **{k: np.zeros(0, np.float32) for k in "xyz"}))
    with pytest.raises(CloudError, match=r"1 dropped"):
        read_cloud(write_ply(tmp_path / "nan.ply", **xyz_columns((np.nan, 0, 0))))
    with pytest.raises(CloudError, match="no x, y, z"):
        read_cloud(write_ply(tmp_path / "xy.ply", x=np.zeros(3), y=np.zeros(3)))
    with pytest.raises(CloudError, match="no such file"):
        read_cloud(tmp_path / "nothing.ply")
    with pytest.raises(CloudError, match=r"\.ply or \.pcd"):
        read_cloud(tmp_path / "cloud.xyz")


@pytest.mark.parametrize(
    "header",
    [
        "ply\nformat binary_little_endian 1.0\nelement vertex 50000001\nproperty float x\nend_header\n",
        "VERSION 0.7\nFIELDS x\nSIZE 4\nTYPE F\nCOUNT 1\nWIDTH 50000001\nHEIGHT 1\nPOINTS 50000001\nDATA binary\n",
    ],
)
def test_huge_clouds_are_refused_by_their_header(tmp_path: Path, header: str) -> None:
    file = tmp_path / ("huge.ply" if header.startswith("ply") else "huge.pcd")
    file.write_text(header)
    with pytest.raises(CloudError, match="50,000,001 points"):
        read_cloud(file)


def test_failed_write_leaves_the_old_file(tmp_path: Path, cloud: PointCloud) -> None:
    file = tmp_path / "cloud.ply"
    write_cloud(file, cloud)
    with pytest.raises(CloudError, match="instance ids"):
        write_cloud(file, cloud, np.zeros(1))
    assert len(read_cloud(file)) == 3


def test_is_cloud() -> None:
    assert is_cloud("a/b.PLY") and is_cloud(Path("c.pcd"))
    assert not is_cloud("a/frames") and not is_cloud("map.npz")
