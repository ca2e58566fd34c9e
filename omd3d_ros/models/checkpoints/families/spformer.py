"""SPFormer: the sparse U-Net point extractor and the query decoder that proposes instances."""

from __future__ import annotations

from ..mapping import Family, Rule
from .places import POINT_EXTRACTOR, SEGMENTOR

FAMILY = Family(
    name="spformer",
    title="SPFormer",
    rules=(
        Rule(
            r"(?:(?:point_extractor|encoder)\.)?((?:input_conv|unet|output_layer)\..*)",
            (POINT_EXTRACTOR + r"\1",),
            "point extractor",
            "the model here has no point extractor",
        ),
        Rule(
            r"(?:segmentor\.|decoder\.)((?:input_proj|query|cross_attn_layers|self_attn_layers|ffn_layers|out_norm"
            r"|out_cls|out_score|x_mask)\..*)",
            (SEGMENTOR + r"\1",),
            "query decoder",
            "the model here proposes instances in another way",
        ),
        Rule(r"criterion\..*", (), "", "weights of the training loss"),
    ),
    covers=(POINT_EXTRACTOR, SEGMENTOR),
)
