"""OpenMaskDINO3DModel: scene encoder, proposals, object tokens, language model, [SEG], mask decoder.

The network knows tensors only; ``perception.scene`` and ``language.answering`` own what comes before and after.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from ...language.mask_decoder import MaskDecoder
from ...language.prompt import Layout, SceneTokens, attention, pack
from ...perception.encoder import SuperpointEncoder
from ...perception.objects import COLOR_CHANNELS
from ...perception.proposals import ProposalHead, Proposals, select_proposals
from ...perception.superpoint_inputs import SuperpointInputs
from .configuration import OpenMaskDINO3DConfig

LOCATION_CHANNELS = 30


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
    config: OpenMaskDINO3DConfig

    def __init__(self, config: OpenMaskDINO3DConfig) -> None:
        super().__init__(config)
        self.encoder = SuperpointEncoder(**config.encoder)
        width = self.encoder.width
        self.proposal_head = ProposalHead(width, self.encoder.pair_width, len(config.categories), **config.proposals)
        llm = dict(config.llm)
        llm_config = AutoConfig.for_model(llm.pop("model_type"), **llm)
        self.language_model = AutoModelForCausalLM.from_config(llm_config)
        hidden = llm_config.hidden_size
        self.object_proj = _projector(width + len(config.categories) + COLOR_CHANNELS, hidden)
        self.object_loc_proj = _projector(LOCATION_CHANNELS, hidden)
        self.object_query = nn.Linear(hidden, hidden, bias=False)
        self.object_key = nn.Linear(hidden, hidden, bias=False)
        self.text_hidden_fcs = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, hidden))
        self.mask_decoder = MaskDecoder(hidden, width, **config.mask_decoder)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Every part initialises itself when it is made."""

    @property
    def tokens_per_object(self) -> int:
        return 1 if self.config.object_layout == "feature_location_fused" else 3

    @property
    def first_object_id(self) -> int:
        """Vocabulary id of ``<OBJ000>``; the identifiers are the last ``max_objects`` entries."""
        return self.language_model.config.vocab_size - self.config.max_objects

    def propose(self, inputs: SuperpointInputs) -> tuple[torch.Tensor, Proposals]:
        """Superpoint features (M, C) and the scene's proposals."""
        features, pair = self.encoder(inputs)
        masks, classes, objectness = self.proposal_head(features, pair)
        return features, select_proposals(masks, classes, objectness, inputs.counts, self.config.max_objects)

    def object_tokens(self, scene: SceneTokens, ids: torch.Tensor) -> torch.Tensor:
        """(K * tokens_per_object, H) input embeddings of the objects in slot order; ids (K, H): their identifiers'."""
        feature = self.object_proj(scene.features)
        location = self.object_loc_proj(location_features(scene.boxes))
        if self.tokens_per_object == 1:
            return ids + feature + location
        return torch.stack([ids, feature, location], 1).flatten(0, 1)

    def forward(
        self,
        scenes: list[SceneTokens],
        before: torch.Tensor,
        after: torch.Tensor,
        questions: list[list[torch.Tensor]],
        use_cache: bool = False,
    ) -> LanguageOutput:
        """Run the language model on one packed sequence per scene.

        before, after: token ids around the objects; questions: per scene, the token ids of each question with
        what has been said of its answer.
        """
        # One look-up for all tokens: each costs a gradient as large as the table.
        ids = [before, after]
        for scene, texts in zip(scenes, questions, strict=True):
            ids += [self.first_object_id + scene.slots, *texts]
        table = self.language_model.get_input_embeddings()
        embedded = iter(table(torch.cat(ids)).split([len(i) for i in ids]))
        start, end = next(embedded), next(embedded)
        sequences, layouts = [], []
        for scene, texts in zip(scenes, questions, strict=True):
            objects = self.object_tokens(scene, next(embedded))
            sequences.append(torch.cat([start, objects, end, *(next(embedded) for _ in texts)]))
            lengths = [len(t) for t in texts]
            layouts.append(pack(len(before), len(scene.slots), self.tokens_per_object, len(after), lengths))
        embeds = pad_sequence(sequences, batch_first=True)
        length = embeds.shape[1]
        mask = torch.eye(length, dtype=torch.bool).repeat(len(scenes), 1, 1)
        position = torch.zeros(len(scenes), length, dtype=torch.long)
        for b, layout in enumerate(layouts):
            n = len(layout.segment)
            mask[b, :n, :n] = attention(layout, self.config.bidirectional)
            position[b, :n] = layout.position
        out = self.language_model.base_model(
            inputs_embeds=embeds,
            attention_mask=mask[:, None].to(embeds.device),
            position_ids=position.to(embeds.device),
            use_cache=use_cache,
        )
        return LanguageOutput(out.last_hidden_state, layouts, out.past_key_values if use_cache else None)

    def object_states(self, hidden: torch.Tensor, layout: Layout) -> torch.Tensor:
        """(K, H): the final hidden state at each object's last token, from one sequence's hidden (L, H)."""
        objects = torch.nonzero(layout.is_object)[:, 0]
        last = objects[self.tokens_per_object - 1 :: self.tokens_per_object]
        return hidden[last.to(hidden.device)]

    def logits(self, hidden: torch.Tensor, states: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
        """(L, V) token logits; identifiers without an object get the lowest value."""
        words = self.language_model.get_output_embeddings()(hidden)
        if not self.config.tie_object_logits:
            return words
        lowest = torch.finfo(words.dtype).min
        objects = words.new_full((len(hidden), self.config.max_objects), lowest)
        pointed = self.object_query(hidden) @ self.object_key(states).T / hidden.shape[-1] ** 0.5
        objects = objects.index_copy(1, slots, pointed)
        return torch.cat([words[:, : self.first_object_id], objects], 1)

    def segment(
        self, hidden: torch.Tensor, superpoint_features: torch.Tensor
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Mask logits over superpoints (each prediction of the decoder) and scores for [SEG] states (Q, H)."""
        return self.mask_decoder(self.text_hidden_fcs(hidden), superpoint_features)


def location_features(boxes: torch.Tensor) -> torch.Tensor:
    """(K, 30) from boxes (K, 6) in the aligned frame: metres, log size, place within the scene, Fourier terms."""
    center, size = boxes[:, :3], boxes[:, 3:]
    low, high = (center - size / 2).amin(0), (center + size / 2).amax(0)
    place = (center - low) / (high - low).clamp_min(0.1)
    middle = center - torch.cat([((low + high) / 2)[:2], low.new_zeros(1)])
    angles = torch.cat([middle * (torch.pi / 8), middle * (torch.pi / 3), middle * torch.pi], 1)
    top = center[:, 2:] + size[:, 2:] / 2
    bottom = center[:, 2:] - size[:, 2:] / 2
    volume = size.clamp_min(0.01).log().sum(1, keepdim=True)
    parts = [middle / 3, size.clamp_min(0.01).log(), place, angles.sin(), angles.cos(), top, bottom, volume]
    return torch.cat(parts, 1)


def _projector(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(inputs, outputs), nn.GELU(), nn.Linear(outputs, outputs))
