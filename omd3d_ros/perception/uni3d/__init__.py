"""Uni3D: one feature vector for a coloured point cloud; the 3D object features of the published model."""

from .configuration import UNI3D_SIZES, Uni3DConfig
from .encoder import Uni3DEncoder
from .sampling import farthest_points, nearest_neighbours

__all__ = ["UNI3D_SIZES", "Uni3DConfig", "Uni3DEncoder", "farthest_points", "nearest_neighbours"]
