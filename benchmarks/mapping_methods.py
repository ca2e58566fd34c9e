"""What ``mapping.py`` compares: our voxel map and Open3D's, under one interface."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import cv2
import numpy as np

from omd3d_ros.mapping.voxel_map import VoxelMap
from omd3d_ros.types import Camera, ColorCamera, Frame


class Settings(NamedTuple):
    """What all methods share, in metres."""

    voxel_size: float
    max_depth: float


class Ours:
    label = "VoxelMap (ours)"
    clock = staticmethod(time.thread_time)

    def __init__(self, settings: Settings, _: Camera) -> None:
        self.map = VoxelMap(voxel_size=settings.voxel_size, max_depth=settings.max_depth)

    @staticmethod
    def prepare(frame: Frame) -> Frame:
        return frame

    def integrate(self, frame: Frame) -> None:
        self.map.integrate(frame)

    def cloud(self) -> tuple[np.ndarray, np.ndarray]:
        cloud = self.map.point_cloud()
        return cloud.xyz, cloud.rgb

    def num_bytes(self) -> int:
        return self.map.num_bytes()


class BlockGrid:
    """With ours' truncation and the block size that was fastest of 8 and 16."""

    label = "Open3D VoxelBlockGrid, tuned"
    clock = staticmethod(time.process_time)
    block, capacity = 8, 16_000
    truncation = 4.0  # voxels
    voxel_bytes = 4 + 2 + 3 * 2

    def __init__(self, settings: Settings, camera: Camera) -> None:
        import open3d as o3d

        core = o3d.core
        self.settings = settings
        self.K = core.Tensor(camera.matrix)
        self.grid = o3d.t.geometry.VoxelBlockGrid(
            ("tsdf", "weight", "color"),
            (core.float32, core.uint16, core.uint16),
            ((1,), (1,), (3,)),
            settings.voxel_size,
            self.block,
            self.capacity,
        )

    @staticmethod
    def prepare(frame: Frame) -> tuple:
        import open3d as o3d

        depth, rgb = as_rgbd(frame)
        image, tensor = o3d.t.geometry.Image, o3d.core.Tensor
        return image(tensor(depth)), image(tensor(rgb)), tensor(np.linalg.inv(frame.T_world_camera))

    def integrate(self, prepared: tuple) -> None:
        depth, rgb, T_camera_world = prepared
        options = (1000.0, self.settings.max_depth, self.truncation)
        blocks = self.grid.compute_unique_block_coordinates(depth, self.K, T_camera_world, *options)
        self.grid.integrate(blocks, depth, rgb, self.K, T_camera_world, *options)

    def cloud(self, weight: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        return _tensor_points(self.grid.extract_point_cloud(weight).point)

    def mesh(self, weight: float) -> Any:
        return self.grid.extract_triangle_mesh(weight)

    def num_bytes(self) -> int:
        return self.grid.hashmap().capacity() * self.block**3 * self.voxel_bytes


class DefaultBlockGrid(BlockGrid):
    label = "Open3D VoxelBlockGrid, defaults"
    block, capacity = 16, 10_000
    truncation = 8.0


class Scalable:
    label = "Open3D ScalableTSDFVolume"
    clock = staticmethod(time.process_time)

    def __init__(self, settings: Settings, camera: Camera) -> None:
        from open3d import camera as o3d_camera
        from open3d.pipelines.integration import ScalableTSDFVolume, TSDFVolumeColorType

        self.K = o3d_camera.PinholeCameraIntrinsic(camera.width, camera.height, camera.matrix)
        self.max_depth = settings.max_depth
        self.volume = ScalableTSDFVolume(settings.voxel_size, 4 * settings.voxel_size, TSDFVolumeColorType.RGB8)

    @staticmethod
    def prepare(frame: Frame) -> tuple:
        import open3d as o3d

        depth, rgb = as_rgbd(frame)
        return o3d.geometry.Image(rgb), o3d.geometry.Image(depth), np.linalg.inv(frame.T_world_camera)

    def integrate(self, prepared: tuple) -> None:
        self.volume.integrate(self._rgbd(prepared), self.K, prepared[2])

    def _rgbd(self, prepared: tuple) -> Any:
        from open3d.geometry import RGBDImage

        return RGBDImage.create_from_color_and_depth(prepared[0], prepared[1], 1000.0, self.max_depth, False)

    def cloud(self) -> tuple[np.ndarray, np.ndarray]:
        return _legacy_points(self.volume.extract_point_cloud())

    def num_bytes(self) -> None:
        return None


class Concatenation(Scalable):
    label = "concatenate + voxel_down_sample"
    every = 10

    def __init__(self, settings: Settings, camera: Camera) -> None:
        from open3d import camera as o3d_camera
        from open3d.geometry import PointCloud

        self.K = o3d_camera.PinholeCameraIntrinsic(camera.width, camera.height, camera.matrix)
        self.max_depth, self.voxel_size = settings.max_depth, settings.voxel_size
        self.points, self.frames = PointCloud(), 0

    def integrate(self, prepared: tuple) -> None:
        from open3d.geometry import PointCloud

        self.points += PointCloud.create_from_rgbd_image(self._rgbd(prepared), self.K, prepared[2])
        self.frames += 1
        if self.frames % self.every == 0:
            self.points = self.points.voxel_down_sample(self.voxel_size)

    def cloud(self) -> tuple[np.ndarray, np.ndarray]:
        return _legacy_points(self.points.voxel_down_sample(self.voxel_size))

    def num_bytes(self) -> int:
        return len(self.points.points) * 2 * 3 * 8


METHODS: dict[str, Any] = {
    "ours": Ours,
    "vbg": BlockGrid,
    "vbg-defaults": DefaultBlockGrid,
    "scalable": Scalable,
    "concat": Concatenation,
}


def as_rgbd(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Depth (H, W) uint16 millimetres and colour (H, W, 3) uint8 brought onto depth's pixel grid."""
    millimetres = np.nan_to_num(frame.depth * 1000 + 0.5, nan=0, posinf=0).clip(0, 65535).astype(np.uint16)
    if frame.color_camera is None:
        return millimetres, np.ascontiguousarray(frame.rgb)
    depth, color = frame.depth_camera, frame.color_camera
    T = color.T_color_depth if isinstance(color, ColorCamera) else np.eye(4)
    v, u = np.indices(millimetres.shape)
    z = np.where(millimetres > 0, millimetres / 1000, 2.0)
    xyz = np.stack([(u - depth.cx) / depth.fx * z, (v - depth.cy) / depth.fy * z, z], -1) @ T[:3, :3].T + T[:3, 3]
    x = (xyz[..., 0] / xyz[..., 2] * color.fx + color.cx).astype(np.float32)
    y = (xyz[..., 1] / xyz[..., 2] * color.fy + color.cy).astype(np.float32)
    return millimetres, cv2.remap(frame.rgb, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _tensor_points(attributes: Any) -> tuple[np.ndarray, np.ndarray]:
    rgb = attributes.colors.numpy() * 255
    return attributes.positions.numpy(), rgb.clip(0, 255).astype(np.uint8)


def _legacy_points(cloud: Any) -> tuple[np.ndarray, np.ndarray]:
    rgb = np.asarray(cloud.colors) * 255
    return np.asarray(cloud.points, dtype=np.float32), rgb.clip(0, 255).astype(np.uint8)


def feed(method: Any, prepared: list) -> Any:
    for item in prepared:
        method.integrate(item)
    return method
