"""Trains the name matcher on the word lists: names, kinds, wider terms and wishes, in many wordings."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..datasets.rooms.lexicon import NAMES
from ..language.naming import NameMatcher
from ..language.naming.matcher import plain
from ..models.text_encoder import TextEncoder
from .naming_phrases import Meaning, said, vocabulary

_RATE = 2e-3
_BATCH = 256
_NOISE = 0.35  # of an embedding's length


def train_naming(
    categories: Sequence[str] = tuple(NAMES),
    seed: int = 0,
    steps: int = 3000,
    encoder: TextEncoder | None = None,
    variants: int = 8,
) -> NameMatcher:
    """On all words that are not held out, each in ``variants`` wordings beside its own.

    Categories without a word list of their own keep a random vector.
    """
    encoder = encoder or TextEncoder.from_pretrained()
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    meanings = [m for m in vocabulary(categories) if not m.held_out]
    phrases, targets, weights, plain_names = [], [], [], []
    for meaning in meanings:
        spoken = dict.fromkeys(said(rng, meaning, variants))
        for i, phrase in enumerate(spoken):
            phrases.append(plain(phrase))
            targets.append(meaning.target)
            weights.append(meaning.weight / len(spoken))
            plain_names.append(i == 0 and meaning.kind == "name")
    embeddings = _embed(encoder, phrases)
    wanted = torch.from_numpy(np.stack(targets)).float()
    matcher = NameMatcher(categories, encoder.width)
    _start(matcher, embeddings, wanted, torch.tensor(plain_names))
    _fit(matcher, embeddings, wanted, torch.tensor(weights), steps, torch.Generator().manual_seed(seed))
    return matcher.use_encoder(encoder).eval()


def _embed(encoder: TextEncoder, phrases: list[str]) -> torch.Tensor:
    """Without the cache: each phrase comes once."""
    return torch.cat([encoder.embed(phrases[i : i + 1024]) for i in range(0, len(phrases), 1024)])


def _start(matcher: NameMatcher, embeddings: torch.Tensor, wanted: torch.Tensor, names: torch.Tensor) -> None:
    """Each category's vectors begin near the mean of its names."""
    with torch.no_grad():
        for c in range(len(matcher.categories)):
            own = embeddings[names & (wanted[:, c] == 1)]
            if len(own):
                mean = nn.functional.normalize(own.mean(0), dim=0)
                matcher.vectors[c] = mean + 0.3 * matcher.vectors[c]


def _fit(
    matcher: NameMatcher, embeddings: torch.Tensor, wanted: torch.Tensor, weights: torch.Tensor, steps: int,
    generator: torch.Generator,
) -> None:  # fmt: skip
    width = embeddings.shape[1]
    optimizer = torch.optim.AdamW(matcher.parameters(), lr=_RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps, pct_start=0.1)
    matcher.train()
    for _ in range(steps):
        chosen = torch.multinomial(weights, _BATCH, replacement=True, generator=generator)
        noise = torch.randn(_BATCH, width, generator=generator) * (_NOISE * width**-0.5)
        logits = matcher(nn.functional.normalize(embeddings[chosen] + noise, dim=-1))
        target = wanted[chosen]
        loss = nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
        loss = (loss * (1 + 4 * target)).sum(1).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()


def scores(matcher: NameMatcher, meanings: Sequence[Meaning]) -> tuple[float, float]:
    """Mean F1 of the set of memberships above a half, and how often the likeliest category is a right one.

    What a phrase may also mean counts neither way.
    """
    found = matcher.membership([m.phrase for m in meanings])
    return set_scores(found, found > 0.5, meanings)


def baseline_scores(
    encoder: TextEncoder, categories: Sequence[str], meanings: Sequence[Meaning]
) -> tuple[float, float]:
    """The same of the category whose nearest name, by the embedding's plain cosine, is nearest."""
    known = [m for m in vocabulary(categories) if m.kind == "name" and not m.held_out]
    cosine = encoder.embed([plain(m.phrase) for m in meanings]) @ encoder.embed([plain(m.phrase) for m in known]).T
    rows = np.stack([known[i].target for i in cosine.argmax(1).tolist()])
    return set_scores(rows, rows > 0.5, meanings)


def set_scores(ranked: np.ndarray, chosen: np.ndarray, meanings: Sequence[Meaning]) -> tuple[float, float]:
    """Of (P, C) ranking values and (P, C) bool choices, against what the P phrases mean."""
    f1, top = [], []
    for row, picked, meaning in zip(ranked, chosen, meanings, strict=True):
        right, may = meaning.target >= 0.5, (meaning.target > 0) & (meaning.target < 0.5)
        picked = picked & ~may
        both, total = (picked & right).sum(), picked.sum() + right.sum()
        f1.append(2 * both / total if total else 1.0)
        if right.any():
            top.append(bool(right[row.argmax()]))
    return float(np.mean(f1)), float(np.mean(top)) if top else float("nan")


def report(matcher: NameMatcher, encoder: TextEncoder) -> list[str]:
    """Lines: what was trained on and what was held out, by kind of phrase, with the plain cosine beside."""
    lines = [f"{'':24s} {'F1':>6s} {'top-1':>6s}   nearest name: F1, top-1"]
    meanings = vocabulary(matcher.categories)
    for held in (False, True):
        for kind in ("name", "kind", "wider", "need", "other", "nothing", "anything"):
            group = [m for m in meanings if m.kind == kind and m.held_out == held]
            if group:
                ours, theirs = scores(matcher, group), baseline_scores(encoder, matcher.categories, group)
                label = f"{kind}, {'held out' if held else 'trained'} ({len(group)})"
                lines.append(f"{label:24s} {ours[0]:6.3f} {ours[1]:6.3f}   {theirs[0]:6.3f} {theirs[1]:6.3f}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write the matcher (.safetensors)")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    encoder = TextEncoder.from_pretrained()
    matcher = train_naming(tuple(NAMES), args.seed, args.steps, encoder)
    if args.out is not None:
        matcher.save(args.out)
    print("\n".join(report(matcher, encoder)))


if __name__ == "__main__":
    main()
