"""OpenMaskDINO3DConfig: every choice that shapes the model."""

from __future__ import annotations

from typing import Any

from transformers import PretrainedConfig

PARTS = ("id", "point", "image", "location")
ENCODERS = ("superpoint_transformer", "sparse_unet", "none")
SEGMENTORS = ("superpoint", "spformer", "mask3d", "geometric")

# What the published variants call their token layouts.
PUBLISHED_LAYOUTS = {
    "add_loc": "id point image location",
    "without add_loc": "id point image",
    "use_loc_add": "id point+location image+location",
    "feat_fusion": "id point+image",
    "fuse_with_id": "id+point+image+location",
}

# The published prompt: system text, instruction, role; the objects stand between ``before`` and ``after``.
PUBLISHED_PROMPT = {
    "before": (
        "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, "
        "detailed, and polite answers to the user's questions. The conversation centers around an indoor scene. "
        "Object information: ["
    ),
    "after": "]. USER: ",
    "question": "{} ASSISTANT: ",
}

_NANO_PROMPT = {"before": "objects:", "after": ".", "question": "user: {} assistant:"}


class OpenMaskDINO3DConfig(PretrainedConfig):
    """Sizes and choices of an OpenMaskDINO3D model; ``nano`` and the published model are two of them.

    categories: names of the segmentor's classes.
    encoder, segmentor: ``type`` (ENCODERS, SEGMENTORS) and the arguments of that module.
    object_features: None: the segmentor's own (pooled superpoints, classes, colours); else ``point_channels`` and
    ``image_channels`` of the two features of an object, with ``point_encoder`` (Uni3D sizes) and ``image_encoder``
    (a Dinov2Config as a dict) where the model holds those networks, and ``pooling`` (mask or hull).
    mask_decoder: arguments of MaskDecoder.  llm: a ``transformers`` causal-LM configuration as a dict with
    ``model_type``.  lora: arguments of peft's LoraConfig, None without adapters.

    object_layout: the tokens of an object, each a sum of PARTS: ``"id point image location"`` is four tokens,
    ``"id+point+location"`` one.  location_encoding: ``box`` (centre and size) or ``place`` (30 terms, see
    ``location_features``).  normalize_features: L2-normalise what goes into the projectors.  position_channels:
    width of a Fourier embedding of the centre that is added to point and image, None for none.
    max_objects: identifiers ``<OBJ000>``...  bidirectional: object tokens attend to one another both ways.
    tie_object_logits: the logit of an identifier comes from its object's hidden state rather than from a table row.

    prompt: texts ``before`` and ``after`` the objects, and ``question`` with ``{}`` for the query; ``"published"`` for
    the original's; None for a short one.
    max_new_tokens, generation: length of an answer; min_new_tokens, repetition_penalty, and for sampling
    temperature and top_p with seed (greedy without them).  segments: False for a model that never learned ``[SEG]``
    (Chat-Scene): it is not said, and masks are those of the proposals.  spoken_ids: vocabulary ids that an answer may
    use beside identifiers (None: all): a small model reads many more words than it has learned to say.
    cloud: voxel size and superpoint settings that the weights were trained with.

    text_encoder: None for a language model that reads a question's words from its own table; else ``name`` of a
    packaged text encoder (see ``models.text_encoder``) and the ``width`` of its states, which it reads in their place.
    Such a model answers with a query program (``language.program``), which is run on the objects: operations are words
    of its own.  object_classifier: sizes of the ObjectClassifier, which says what objects are and what colour, material
    and shape they have; None without.  proposal_quality: size of the ProposalQuality of segmentor ``superpoint``, None
    for proposals that are scored by objectness.  naming: sizes of the NameMatcher,
    which says what categories a phrase means; None without.  execution: the thresholds of ``language.execution`` that
    were fitted to the weights, and ``confidence``, how scores become probabilities.

    as_published: mask decoder and sparse U-Net with the original's numerics, quirks included.
    evaluation_as_published: the original's evaluation too: one more space before the question, the ``[SEG]`` state
    of one step earlier, one mask for all ``[SEG]``, identifiers without an object can be said.
    """

    model_type = "openmaskdino3d"

    def __init__(
        self,
        categories: list[str] | None = None,
        encoder: dict[str, Any] | None = None,
        segmentor: dict[str, Any] | None = None,
        object_features: dict[str, Any] | None = None,
        mask_decoder: dict[str, Any] | None = None,
        llm: dict[str, Any] | None = None,
        lora: dict[str, Any] | None = None,
        object_layout: str = "id+point+location",
        location_encoding: str = "place",
        normalize_features: bool = False,
        position_channels: int | None = None,
        max_objects: int = 100,
        bidirectional: bool = True,
        tie_object_logits: bool = True,
        prompt: dict[str, str] | str | None = None,
        max_new_tokens: int = 64,
        generation: dict[str, Any] | None = None,
        segments: bool = True,
        spoken_ids: list[int] | None = None,
        cloud: dict[str, Any] | None = None,
        text_encoder: dict[str, Any] | None = None,
        object_classifier: dict[str, Any] | None = None,
        proposal_quality: dict[str, Any] | None = None,
        naming: dict[str, Any] | None = None,
        execution: dict[str, Any] | None = None,
        as_published: bool = False,
        evaluation_as_published: bool = False,
        **kwargs: Any,
    ) -> None:
        self.categories = categories or ["object"]
        self.encoder = _typed("encoder", encoder, ENCODERS)
        self.segmentor = _typed("segmentor", segmentor, SEGMENTORS)
        self.object_features = object_features
        self.mask_decoder = mask_decoder or {}
        self.llm = llm or {"model_type": "llama"}
        self.lora = lora
        self.object_layout = object_layout
        self.location_encoding = _one_of("location_encoding", location_encoding, ("box", "place"))
        self.normalize_features = normalize_features
        self.position_channels = position_channels
        self.max_objects = max_objects
        self.bidirectional = bidirectional
        self.tie_object_logits = tie_object_logits
        self.prompt = _prompt(prompt)
        self.max_new_tokens = max_new_tokens
        self.generation = generation or {}
        self.segments = segments
        self.spoken_ids = spoken_ids
        self.cloud = cloud or {}
        self.text_encoder = text_encoder
        self.object_classifier = object_classifier
        self.proposal_quality = proposal_quality
        self.naming = naming
        self.execution = execution or {}
        self.as_published = as_published
        self.evaluation_as_published = evaluation_as_published
        parse_layout(object_layout)
        _one_of("object_features' pooling", (object_features or {}).get("pooling", "mask"), ("mask", "hull"))
        if self.segmentor["type"] == "superpoint" and self.encoder["type"] != "superpoint_transformer":
            raise ValueError("segmentor superpoint needs the pair features of encoder superpoint_transformer")
        if self.encoder["type"] == "none" and (segments or self.segmentor["type"] == "spformer"):
            raise ValueError("encoder none is for models without [SEG] whose instances come from elsewhere")
        if text_encoder is not None and not {"name", "width"} <= text_encoder.keys():
            raise ValueError(f"text_encoder needs a name and a width, got {text_encoder}")
        super().__init__(**kwargs)


def parse_layout(layout: str) -> tuple[tuple[str, ...], ...]:
    """``"id point+image"`` as (("id",), ("point", "image")); raises ValueError for anything but sums of PARTS."""
    tokens = tuple(tuple(token.split("+")) for token in str(layout).split())
    if not tokens or any(part not in PARTS for token in tokens for part in token):
        raise ValueError(
            f"object_layout must be tokens that are sums of {', '.join(PARTS)}, such as 'id point image location' or "
            f"'id+point+location'; got {layout!r}"
        )
    return tokens


def _prompt(prompt: dict[str, str] | str | None) -> dict[str, str]:
    if isinstance(prompt, str):
        return dict({"published": PUBLISHED_PROMPT}[_one_of("prompt", prompt, ("published",))])
    texts = dict(prompt or _NANO_PROMPT)
    if texts.keys() != _NANO_PROMPT.keys() or "{}" not in texts["question"]:
        raise ValueError(f"prompt must have {', '.join(_NANO_PROMPT)}, the last with {{}} in it; got {texts}")
    return texts


def _typed(name: str, settings: dict[str, Any] | None, known: tuple[str, ...]) -> dict[str, Any]:
    settings = {"type": known[0], **(settings or {})}
    _one_of(f"{name}'s type", settings["type"], known)
    return settings


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
    return value
