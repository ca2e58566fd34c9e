"""Image features of objects: DINOv2's patch features of the views of a map, pooled over each object."""

from .hull_pooling import hull_pooled
from .mask_pooling import mask_pooled
from .patch_encoder import PatchEncoder
from .pooling import ObjectImageFeatures, PooledFeatures
from .projection import visible_points
from .views import FrameView, View

__all__ = [
    "FrameView",
    "ObjectImageFeatures",
    "PatchEncoder",
    "PooledFeatures",
    "View",
    "hull_pooled",
    "mask_pooled",
    "visible_points",
]
