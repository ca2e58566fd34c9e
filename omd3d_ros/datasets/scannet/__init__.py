"""ScanNet v2 as released: scans with their annotation, categories, splits, and the files of the instance benchmark."""

from .annotation import NO_OBJECT, SegmentGroup, assign_vertices, read_aggregation, read_segments
from .benchmark import InstancePredictions, read_instance_ids, read_predictions
from .labels import BENCHMARK_CLASSES, Category, LabelMap, read_label_map
from .mesh import Mesh, read_mesh
from .object_boxes import ObjectBoxes, object_boxes
from .reading import AnnotationError
from .scene import ScannetObject, ScannetScene, read_scene
from .scene_info import SceneInfo, align, read_scene_info
from .splits import read_split, read_splits

__all__ = [
    "BENCHMARK_CLASSES", "NO_OBJECT", "AnnotationError", "Category", "InstancePredictions", "LabelMap", "Mesh",
    "ObjectBoxes", "ScannetObject", "ScannetScene", "SceneInfo", "SegmentGroup", "align", "assign_vertices",
    "object_boxes", "read_aggregation", "read_instance_ids", "read_label_map", "read_mesh", "read_predictions",
    "read_scene", "read_scene_info", "read_segments", "read_split", "read_splits",
]  # fmt: skip
