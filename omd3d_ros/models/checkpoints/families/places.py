"""Where our model keeps the parts that published checkpoints fill: beginnings of names in its state dict."""

from __future__ import annotations

LANGUAGE_MODEL = "language_model."
POINT_EXTRACTOR = "encoder."
SEGMENTOR = "segmentor."
MASK_DECODER = "mask_decoder."
TEXT_PROJECTION = "text_hidden_fcs."
OBJECT_TOKENS = "object_tokens."
POSITION_PROJECTION = "object_tokens.pos_proj."
POINT_ENCODER = "point_encoder."
IMAGE_ENCODER = "image_encoder."
