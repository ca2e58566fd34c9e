"""Arrays to ROS messages, without copying more than once, and clouds back; images are read by ``omd3d_ros.sensing``."""

from __future__ import annotations

import array
import sys
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped
from sensor_msgs.msg import CameraInfo, Image, PointCloud2, PointField
from std_msgs.msg import Header

from omd3d_ros.sensing.messages import NANOSECONDS
from omd3d_ros.sensing.transforms import quaternion_from_matrix
from omd3d_ros.types import Camera, PointCloud

CLOUD_FIELDS = (("x", 0), ("y", 4), ("z", 8), ("rgb", 12))
CLOUD_DTYPE = np.dtype([("xyz", "<f4", 3), ("rgb", "<u4")])
LABELLED_DTYPE = np.dtype([("xyz", "<f4", 3), ("rgb", "<u4"), ("instance_id", "<u4")])
FIELD_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 8: "f8"}


def stamp_from_seconds(seconds: float) -> Time:
    """Time message from seconds; negative or not finite becomes zero, which ROS reads as 'no time'."""
    if not np.isfinite(seconds) or seconds <= 0:
        return Time()
    nanoseconds = round(seconds * NANOSECONDS)
    return Time(sec=nanoseconds // NANOSECONDS, nanosec=nanoseconds % NANOSECONDS)


def image_from_array(pixels: np.ndarray, encoding: str, header: Any) -> Image:
    """Image message of (H, W) or (H, W, C) pixels that already are in ``encoding``."""
    pixels = np.ascontiguousarray(pixels)
    message = Image(header=header, height=pixels.shape[0], width=pixels.shape[1], encoding=encoding)
    message.is_bigendian = int(sys.byteorder == "big")
    message.step = pixels.strides[0]
    message.data = _bytes_of(pixels)
    return message


def color_to_image(rgb: np.ndarray, encoding: str, header: Any) -> Image:
    """Image message from (H, W, 3) uint8 RGB, as rgb8 or bgr8."""
    if encoding not in ("rgb8", "bgr8"):
        raise ValueError(f"colour encoding must be rgb8 or bgr8, got {encoding!r}")
    return image_from_array(rgb if encoding == "rgb8" else rgb[:, :, ::-1], encoding, header)


def depth_to_image(depth: np.ndarray, encoding: str, header: Any) -> Image:
    """Image message from (H, W) float32 metres, as 16UC1 (0 where invalid or past 65.5 m) or 32FC1."""
    if encoding == "32FC1":
        return image_from_array(depth.astype(np.float32, copy=False), encoding, header)
    if encoding != "16UC1":
        raise ValueError(f"depth encoding must be 16UC1 or 32FC1, got {encoding!r}")
    millimetres = np.nan_to_num(depth * np.float32(1000), nan=0.0, posinf=0.0, neginf=0.0)
    millimetres[(millimetres < 0) | (millimetres > 65535)] = 0
    return image_from_array(np.rint(millimetres).astype(np.uint16), encoding, header)


def camera_to_info(camera: Camera, header: Any) -> CameraInfo:
    """CameraInfo with K, P and D (plumb_bob, or rational_polynomial past five coefficients)."""
    distortion = list(camera.distortion or (0.0,) * 5)
    info = CameraInfo(header=header, width=camera.width, height=camera.height, d=distortion)
    info.distortion_model = "plumb_bob" if len(distortion) <= 5 else "rational_polynomial"
    info.k = [camera.fx, 0.0, camera.cx, 0.0, camera.fy, camera.cy, 0.0, 0.0, 1.0]
    info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    info.p = [camera.fx, 0.0, camera.cx, 0.0, 0.0, camera.fy, camera.cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    return info


def cloud_to_message(cloud: PointCloud, header: Any, instance_ids: np.ndarray | None = None) -> PointCloud2:
    """PointCloud2 with x y z and packed rgb, and instance_id (N,) uint32 when given."""
    points = np.empty(len(cloud), CLOUD_DTYPE if instance_ids is None else LABELLED_DTYPE)
    points["xyz"] = cloud.xyz
    r, g, b = (cloud.rgb[:, i].astype(np.uint32) for i in range(3))
    points["rgb"] = r << 16 | g << 8 | b
    fields = [PointField(name=n, offset=o, datatype=PointField.FLOAT32, count=1) for n, o in CLOUD_FIELDS]
    if instance_ids is not None:
        points["instance_id"] = instance_ids
        fields.append(PointField(name="instance_id", offset=16, datatype=PointField.UINT32, count=1))
    step = points.dtype.itemsize
    message = PointCloud2(header=header, height=1, width=len(points), fields=fields, is_bigendian=False, is_dense=True)
    message.point_step, message.row_step = step, step * len(points)
    message.data = _bytes_of(points)
    return message


def points_from_message(message: PointCloud2) -> np.ndarray:
    """Structured array with the cloud's own fields, one row a point, sharing the message's memory."""
    order = ">" if message.is_bigendian else "<"
    dtype = np.dtype(
        {
            "names": [f.name for f in message.fields],
            "formats": [
                (order + FIELD_TYPES[f.datatype], (f.count,)) if f.count > 1 else order + FIELD_TYPES[f.datatype]
                for f in message.fields
            ],
            "offsets": [f.offset for f in message.fields],
            "itemsize": message.point_step,
        }
    )
    return np.frombuffer(message.data, dtype, message.width * message.height)


def cloud_from_message(message: PointCloud2) -> PointCloud:
    """xyz and packed rgb (black where the cloud has none)."""
    points = points_from_message(message)
    xyz = np.stack([points["x"], points["y"], points["z"]], axis=1)
    rgb = np.zeros((len(points), 3), np.uint8)
    if "rgb" in (points.dtype.names or ()):
        packed = points["rgb"].view("<u4")
        rgb = np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=1).astype(np.uint8)
    return PointCloud(xyz, rgb)


def transform(parent: str, child: Header, T_parent_child: np.ndarray) -> TransformStamped:
    """TransformStamped of a child frame, whose header gives name and stamp, in its parent."""
    message = TransformStamped(header=Header(stamp=child.stamp, frame_id=parent), child_frame_id=child.frame_id)
    t, q = message.transform.translation, message.transform.rotation
    t.x, t.y, t.z = (float(v) for v in T_parent_child[:3, 3])
    q.x, q.y, q.z, q.w = (float(v) for v in quaternion_from_matrix(T_parent_child))
    return message


def _bytes_of(pixels: np.ndarray) -> array.array:
    """The one form of bytes that message setters take without looking at each of them."""
    data = array.array("B")
    data.frombytes(pixels.reshape(-1).view(np.uint8).data)
    return data
