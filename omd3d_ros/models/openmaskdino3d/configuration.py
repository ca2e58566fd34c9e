"""OpenMaskDINO3DConfig: every choice that shapes the model."""

from __future__ import annotations

from typing import Any

from transformers import PretrainedConfig

LAYOUTS = ("id_feature_location", "feature_location_fused")


class OpenMaskDINO3DConfig(PretrainedConfig):
    """Sizes and choices of an OpenMaskDINO3D model.

    categories: names of the proposal head's classes.  encoder, proposals, mask_decoder: arguments of those
    modules.  llm: a ``transformers`` causal-LM configuration as a dict with ``model_type``.  object_layout:
    ``id_feature_location`` (three tokens an object) or ``feature_location_fused`` (their sum, one token).
    max_objects: identifiers ``<OBJ000>``...  bidirectional: object tokens attend to one another both ways.
    tie_object_logits: the logit of an identifier comes from its object's hidden state rather than from a
    table row.  prompt: the four texts around objects and question.  cloud: voxel size and superpoint settings
    that the weights were trained with.  spoken_ids: vocabulary ids that an answer may use beside identifiers (None:
    all): a small model reads many more words than it has learned to say.
    """

    model_type = "openmaskdino3d"

    def __init__(
        self,
        categories: list[str] | None = None,
        encoder: dict[str, Any] | None = None,
        proposals: dict[str, Any] | None = None,
        mask_decoder: dict[str, Any] | None = None,
        llm: dict[str, Any] | None = None,
        object_layout: str = "feature_location_fused",
        max_objects: int = 100,
        max_new_tokens: int = 64,
        bidirectional: bool = True,
        tie_object_logits: bool = True,
        prompt: dict[str, str] | None = None,
        cloud: dict[str, Any] | None = None,
        spoken_ids: list[int] | None = None,
        **kwargs: Any,
    ) -> None:
        if object_layout not in LAYOUTS:
            raise ValueError(f"object_layout must be one of {', '.join(LAYOUTS)}, got {object_layout!r}")
        self.categories = categories or ["object"]
        self.encoder = encoder or {}
        self.proposals = proposals or {}
        self.mask_decoder = mask_decoder or {}
        self.llm = llm or {"model_type": "llama"}
        self.object_layout = object_layout
        self.max_objects = max_objects
        self.max_new_tokens = max_new_tokens
        self.bidirectional = bidirectional
        self.tie_object_logits = tie_object_logits
        self.prompt = prompt or {"before": "objects:", "after": ".", "user": "user:", "assistant": "assistant:"}
        self.cloud = cloud or {}
        self.spoken_ids = spoken_ids
        super().__init__(**kwargs)
