"""OpenMaskDINO3DModel: scene encoder, segmentor, object tokens, language model, [SEG], mask decoder.

The network knows tensors only; ``perception.scene`` and ``language.answering`` own what comes before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel
from transformers.cache_utils import Cache

from ...language.llama_layers import is_plain_llama, read_after
from ...language.mask_decoder import MaskDecoder, MaskPredictions
from ...language.naming import NameMatcher
from ...language.prefix import ScenePrefix
from ...language.prompt import Layout, ReadQuestion, SceneTokens, attention, pack
from ...perception.object_classifier import ATTRIBUTE_CHANNELS, ObjectClassifier
from ...perception.objects import COLOR_CHANNELS
from ...perception.proposal_quality import ProposalQuality
from ...perception.proposals import Proposals, select_proposals
from ...perception.superpoint_inputs import SuperpointInputs
from .adapters import add_adapters
from .configuration import OpenMaskDINO3DConfig
from .object_tokens import ObjectTokens
from .parts import build_encoder, build_image_encoder, build_point_encoder, build_segmentor, superpoint_channels
from .question_reader import QuestionReader

Text = torch.Tensor | ReadQuestion  # token ids, or a question that a text encoder has read


@dataclass
class LanguageOutput:
    """hidden (B, L, H) after the final norm; layouts: one per scene; cache: keys and values if asked for."""

    hidden: torch.Tensor
    layouts: list[Layout]
    cache: object | None = None


class OpenMaskDINO3DModel(PreTrainedModel):
    config_class = OpenMaskDINO3DConfig
    base_model_prefix = "openmaskdino3d"
    _supports_sdpa = True
    _supports_flash_attn = True
    # The layers of the language model and the feature encoders may be in half precision; what makes the masks, and as
    # published the token table and head, may not.
    # Regular expressions, searched for in the names.
    _keep_in_fp32_modules_strict = [
        r"^encoder\.", r"^segmentor\.", r"^object_tokens\.", r"^text_hidden_fcs\.", r"^mask_decoder\.",
        r"^object_query\.", r"^object_key\.", r"^question_reader\.", r"^object_classifier\.",
        r"^proposal_quality\.", r"^name_matcher\.", "embed_tokens", "lm_head",
    ]  # fmt: skip
    config: OpenMaskDINO3DConfig
    # Which class each is, the configuration says.
    encoder: Any
    segmentor: Any
    point_encoder: Any
    image_encoder: Any
    language_model: Any

    def __init__(self, config: OpenMaskDINO3DConfig) -> None:
        super().__init__(config)
        self.encoder = build_encoder(config)
        self.segmentor = build_segmentor(config, self.encoder)
        quality = config.proposal_quality
        self.proposal_quality = None if quality is None else ProposalQuality(**quality)
        self.point_encoder = build_point_encoder(config)
        self.image_encoder = build_image_encoder(config)
        llm = dict(config.llm)
        llm_config = AutoConfig.for_model(llm.pop("model_type"), **llm)
        # In the type that the whole model is made in, whatever the language model was once saved as.
        self.language_model = AutoModelForCausalLM.from_config(
            llm_config, dtype=torch.get_default_dtype(), **_attention(config)
        )
        if config.lora is not None:
            add_adapters(self.language_model, config.lora)
        hidden = llm_config.hidden_size
        self.object_tokens = ObjectTokens(
            config.object_layout, hidden, *_object_channels(config, self.encoder), config.location_encoding,
            config.normalize_features, config.position_channels,
        )  # fmt: skip
        if config.tie_object_logits:
            self.object_query = nn.Linear(hidden, hidden, bias=False)
            self.object_key = nn.Linear(hidden, hidden, bias=False)
        if config.text_encoder is not None:
            self.question_reader = QuestionReader(int(config.text_encoder["width"]), hidden)
        if config.object_classifier is not None:
            self.object_classifier = ObjectClassifier(len(config.categories), **config.object_classifier)
        if config.naming is not None:
            self.name_matcher = NameMatcher(config.categories, **config.naming)
        if config.segments:
            text = config.mask_decoder.get("d_text", hidden)
            self.text_hidden_fcs = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, text))
            sizes = {"d_text": text, "media": superpoint_channels(self.encoder), "as_published": config.as_published}
            self.mask_decoder = MaskDecoder(**{**sizes, **config.mask_decoder})
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Every part initialises itself when it is made."""

    @property
    def tokens_per_object(self) -> int:
        return self.object_tokens.tokens_per_object

    @property
    def category_columns(self) -> slice:
        """Where in the features of an object the probabilities of ``config.categories`` stand; nano's only."""
        start = superpoint_channels(self.encoder)
        return slice(start, start + len(self.config.categories))

    @property
    def attribute_columns(self) -> slice:
        """Where the probabilities of COLORS, MATERIALS and SHAPES stand, one after the other; nano's only."""
        return slice(self.object_tokens.channels[0] - ATTRIBUTE_CHANNELS, self.object_tokens.channels[0])

    @property
    def first_object_id(self) -> int:
        """Vocabulary id of ``<OBJ000>``; the identifiers are the last ``max_objects`` entries."""
        return self.language_model.config.vocab_size - self.config.max_objects

    @property
    def language_dtype(self) -> torch.dtype:
        """What the layers of the language model compute in; embeddings may be more precise."""
        layers = (p for n, p in self.language_model.base_model.named_parameters() if "embed" not in n)
        return next((p.dtype for p in layers if p.is_floating_point()), self.dtype)

    def propose(self, inputs: SuperpointInputs) -> tuple[torch.Tensor, Proposals]:
        """Superpoint features (M, C) and the proposals of segmentor ``superpoint``."""
        features, pair = self.encoder(inputs)
        masks, classes, objectness = self.segmentor(features, pair)
        most = self.config.max_objects
        quality, boxes = self.proposal_quality, inputs.boxes
        return features, select_proposals(masks, classes, objectness, inputs.counts, most, quality, boxes)

    def forward(
        self,
        scenes: list[SceneTokens],
        before: torch.Tensor,
        after: torch.Tensor,
        questions: Sequence[Sequence[Text]],
        use_cache: bool = False,
    ) -> LanguageOutput:
        """Run the language model on one packed sequence per scene.

        before, after: token ids around the objects; questions: per scene, each question with what has been said of
        its answer.
        """
        embeds, layouts = self.embed(scenes, before, after, questions)
        mask, position = self._attention_inputs(layouts, embeds.shape[1])
        out = self.language_model.base_model(
            inputs_embeds=embeds.to(self.language_dtype),
            attention_mask=mask,
            position_ids=None if position is None else position.to(embeds.device),
            use_cache=use_cache,
        )
        return LanguageOutput(out.last_hidden_state, layouts, out.cache if use_cache else None)

    def read_scene(self, scene: SceneTokens, before: torch.Tensor, after: torch.Tensor) -> ScenePrefix:
        """The part of the prompt that all questions about a scene share."""
        out = self([scene], before, after, [[]], use_cache=True)
        states = self.object_states(out.hidden[0], out.layouts[0])
        assert isinstance(out.cache, Cache)
        return ScenePrefix(out.cache, out.hidden[0, -1], states, scene.slots, out.hidden.shape[1])

    @torch.inference_mode()
    def read_on(
        self, embeds: torch.Tensor, cache: Cache, position: int | torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Final hidden states (B, n, H) of more input embeddings (B, n, H), the first of them at ``position``.

        position: one for all, or (B,).  mask: (B, tokens in the cache and these) bool, False for padding.
        """
        first = torch.as_tensor(position, device=embeds.device).reshape(-1, 1)
        positions = (first + torch.arange(embeds.shape[1], device=embeds.device)).clamp_min(0)
        embeds = embeds.to(self.language_dtype)
        base_model = self.language_model.base_model
        if is_plain_llama(base_model):
            return read_after(base_model, embeds, cache, positions, mask)
        out = base_model(inputs_embeds=embeds, attention_mask=mask, position_ids=positions, cache=cache, use_cache=True)
        return out.last_hidden_state

    def embed_text(self, text: Text) -> torch.Tensor:
        """(n, H) input embeddings of a question with what has been said of its answer."""
        if isinstance(text, ReadQuestion):
            pieces = self.question_reader(text.states)
            return torch.cat([pieces, self.embed_ids(text.ids, pieces)])
        return self.language_model.get_input_embeddings()(text)

    def embed_ids(self, ids: torch.Tensor, pieces: torch.Tensor) -> torch.Tensor:
        """(n, H) input embeddings of ids that may point at the pieces (T, H) of a question."""
        return self._with_pointers(ids, self.language_model.get_input_embeddings()(self._looked_up(ids)), pieces)

    def embed(
        self, scenes: list[SceneTokens], before: torch.Tensor, after: torch.Tensor, questions: Sequence[Sequence[Text]]
    ) -> tuple[torch.Tensor, list[Layout]]:
        """Input embeddings (B, L, H), right-padded with zeros, and the layout of each sequence."""
        # One look-up for all tokens: each costs a gradient as large as the table.
        ids = [before, after]
        for scene, texts in zip(scenes, questions, strict=True):
            ids.append(self.first_object_id + scene.slots)
            ids += [self._looked_up(t.ids) if isinstance(t, ReadQuestion) else t for t in texts]
        table = self.language_model.get_input_embeddings()
        embedded = iter(table(torch.cat(ids)).split([len(i) for i in ids]))
        start, end = next(embedded), next(embedded)
        sequences, layouts = [], []
        for scene, texts in zip(scenes, questions, strict=True):
            objects = self.object_tokens(scene, next(embedded))
            written = []
            for text in texts:
                words = next(embedded)
                if isinstance(text, ReadQuestion):
                    pieces = self.question_reader(text.states)
                    written.append(pieces)
                    words = self._with_pointers(text.ids, words, pieces)
                written.append(words)
            sequences.append(torch.cat([start, objects, end, *written]))
            lengths = [len(t) for t in texts]
            layouts.append(pack(len(before), len(scene.slots), self.tokens_per_object, len(after), lengths))
        return pad_sequence(sequences, batch_first=True), layouts

    def _looked_up(self, ids: torch.Tensor) -> torch.Tensor:
        """The ids to look up in the table of words: 0 where one points at a piece of a question."""
        return torch.where(ids < self.language_model.config.vocab_size, ids, 0)

    def _with_pointers(self, ids: torch.Tensor, words: torch.Tensor, pieces: torch.Tensor) -> torch.Tensor:
        """words (n, H), with what ``ids`` point at in place of those that are pointers."""
        first = self.language_model.config.vocab_size
        pointed = self.question_reader.pointers(pieces, (ids - first).clamp_min(0))
        return torch.where((ids >= first)[:, None], pointed, words)

    def _attention_inputs(self, layouts: list[Layout], length: int) -> tuple[Any, torch.Tensor | None]:
        """Mask (B, 1, L, L) and positions (B, L); neither where plain causal attention does: fused kernels need none.

        A dict of masks by the type of layer where the language model has layers of several types.
        """
        if not self.config.bidirectional and all(layout.segment.max() <= 1 for layout in layouts):
            return None, None
        position = torch.zeros(len(layouts), length, dtype=torch.long)
        for b, layout in enumerate(layouts):
            position[b, : len(layout.segment)] = layout.position
        llm = self.language_model.config
        window = getattr(llm, "sliding_window", None)
        if "sliding_attention" not in (getattr(llm, "layer_types", None) or []):
            return self._mask(layouts, length, window), position
        return {
            "full_attention": self._mask(layouts, length, None),
            "sliding_attention": self._mask(layouts, length, window),
        }, position

    def _mask(self, layouts: list[Layout], length: int, window: int | None) -> torch.Tensor:
        mask = torch.eye(length, dtype=torch.bool).repeat(len(layouts), 1, 1, 1)
        for b, layout in enumerate(layouts):
            n = len(layout.segment)
            mask[b, 0, :n, :n] = attention(layout, self.config.bidirectional, window)
        return mask.to(self.device)

    def object_states(self, hidden: torch.Tensor, layout: Layout) -> torch.Tensor:
        """(K, H): the final hidden state at each object's last token, from one sequence's hidden (L, H)."""
        objects = torch.nonzero(layout.is_object)[:, 0]
        last = objects[self.tokens_per_object - 1 :: self.tokens_per_object]
        return hidden[last.to(hidden.device)]

    def logits(self, hidden: torch.Tensor, states: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
        """(L, V) token logits; where identifiers point, those without an object get the lowest value."""
        head = self.language_model.get_output_embeddings()
        words = head(hidden.to(head.weight.dtype))
        if not self.config.tie_object_logits:
            return words
        lowest = torch.finfo(words.dtype).min
        objects = words.new_full((len(hidden), self.config.max_objects), lowest)
        pointed = self.object_query(hidden) @ self.object_key(states).T / hidden.shape[-1] ** 0.5
        objects = objects.index_copy(1, slots, pointed)
        return torch.cat([words[:, : self.first_object_id], objects], 1)

    def segment(self, hidden: torch.Tensor, superpoint_features: torch.Tensor) -> MaskPredictions:
        """Masks over superpoints for [SEG] states (Q, H), each on its own: logits (Q, 1, M), scores (Q, 1, 1)."""
        text = self.text_hidden_fcs(hidden.to(superpoint_features.dtype))
        return self.mask_decoder(text[:, None], superpoint_features.expand(len(text), -1, -1))


def _object_channels(config: OpenMaskDINO3DConfig, encoder: nn.Module) -> tuple[int, int]:
    """Width of an object's point and image features."""
    if config.object_features is None:
        attributes = 0 if config.object_classifier is None else ATTRIBUTE_CHANNELS
        return superpoint_channels(encoder) + len(config.categories) + COLOR_CHANNELS + attributes, 0
    return int(config.object_features["point_channels"]), int(config.object_features.get("image_channels", 0))


def _attention(config: OpenMaskDINO3DConfig) -> dict[str, Any]:
    """Bidirectional object tokens need a mask, which flash attention does not take."""
    chosen = config._attn_implementation
    if chosen and "flash" in chosen and config.bidirectional:
        raise ValueError(f"attention {chosen} can't let object tokens attend both ways; use sdpa")
    return {"attn_implementation": chosen} if chosen else {}
