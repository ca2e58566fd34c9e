"""Scene-language annotations: what people said and asked about scans, as released and as processed for training.

``open_annotations`` reads a file or folder of any of them; each set has its own reader too.
"""

from omd3d_ros.datasets.scannet.reading import AnnotationError

from .attributes import Attributes, SceneAttributes, read_attributes
from .features import ObjectFeatures, feature_key, read_features
from .multi3drefer import read_multi3drefer
from .opening import FORMATS, detect_format, open_annotations
from .predictions import BoxPrediction, read_box_predictions
from .processed import ProcessedSample, read_processed, read_processed_tags
from .reason3d import ReasoningSample, ReasoningScene, read_reason3d, read_reason3d_scene
from .records import Annotations, LanguageSample, Skipped
from .referit3d import ReferItSample, read_referit3d
from .scan2cap import captions_by_object, read_caption_corpus, reference_captions
from .scanqa import read_scanqa
from .scanrefer import Viewpoint, read_scanrefer, read_viewpoints, with_unique_multiple
from .scene_files import ProposedScene, SuperpointScene, read_scene_file
from .situation import SituatedSample, SituationPose, situation_pose
from .sqa3d import read_sqa3d
from .sqa3d_localization import read_sqa3d_localization
from .vil3dref import Vil3drefScan, read_vil3dref, read_vil3dref_scan

__all__ = [
    "FORMATS", "AnnotationError", "Annotations", "Attributes", "BoxPrediction", "LanguageSample", "ObjectFeatures",
    "ProcessedSample", "ProposedScene", "ReasoningSample", "ReasoningScene", "ReferItSample", "SceneAttributes",
    "SituatedSample", "SituationPose", "Skipped", "SuperpointScene", "Viewpoint", "Vil3drefScan", "captions_by_object",
    "detect_format", "feature_key", "open_annotations", "read_attributes", "read_box_predictions",
    "read_caption_corpus", "read_features", "read_multi3drefer", "read_processed", "read_processed_tags",
    "read_reason3d", "read_reason3d_scene", "read_referit3d", "read_scanqa", "read_scanrefer", "read_scene_file",
    "read_sqa3d", "read_sqa3d_localization", "read_viewpoints", "read_vil3dref", "read_vil3dref_scan",
    "reference_captions", "situation_pose", "with_unique_multiple",
]  # fmt: skip
