"""OpenMaskDINO3D: what was trained, plus every buffer; base language model and extractor weights are not in it."""

from __future__ import annotations

from ..mapping import Family, Rule
from .chat3d import COVERED, LANGUAGE_RULES, PROJECTOR_RULES, SHARED_ABSENCES
from .places import MASK_DECODER, POINT_EXTRACTOR, TEXT_PROJECTION

_STATISTICS = r"point_extractor\.(.*\.(?:running_mean|running_var|num_batches_tracked))"

# Before the family's rules, to keep the statistics of the extractor's own checkpoint: the original let them drift.
WITHOUT_SAVED_STATISTICS = (Rule(_STATISTICS, (), "", "the extractor's own checkpoint has them as trained"),)

FAMILY = Family(
    name="openmaskdino3d",
    title="OpenMaskDINO3D",
    rules=(
        *LANGUAGE_RULES,
        Rule(
            r"mask_decoder\.((?:input_proj|lang_proj|[sc]a_layers|[sc]a_ffn_layers|cross_attn_layers|out_norm|out_score"
            r"|x_mask)\..*)",
            (MASK_DECODER + r"\1",),
            "mask decoder",
        ),
        Rule(
            r"text_hidden_fcs\.0\.([02]\.(?:weight|bias))", (TEXT_PROJECTION + r"\1",), "projector of the [SEG] state"
        ),
        *PROJECTOR_RULES,
        Rule(
            _STATISTICS,
            (POINT_EXTRACTOR + r"\1",),
            "batch norm statistics of the point extractor",
            "the model here has no point extractor",
        ),
        Rule(
            r"point_extractor\.((?:input_conv|unet|output_layer)\..*)",
            (POINT_EXTRACTOR + r"\1",),
            "point extractor",
            "the model here has no point extractor",
        ),
        Rule(r"criterion\..*", (), "", "weights of the training loss"),
    ),
    covers=(*COVERED, MASK_DECODER, TEXT_PROJECTION, POINT_EXTRACTOR),
    absences=SHARED_ABSENCES,
)
