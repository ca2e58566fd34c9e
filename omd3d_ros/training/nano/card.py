"""The model card that goes with the weights, filled from the scores of the run that made them."""

from __future__ import annotations

import platform
from pathlib import Path

import torch


def write_card(path: Path, preset: str, scores: dict, parameters: int) -> None:
    """Write README.md: what the weights are, the command that makes them, and their scores on held-out rooms."""
    proposals = scores["proposals"]
    rounds = [*scores["earlier"], {name: scores[name] for name in ("settings", "seconds")}]
    init = rounds[0]["settings"]["init"]
    start = "" if init is None else f" --init EARLIER_WEIGHTS --init-rate {init:g}"
    lines = [
        f"# OMD3D `{preset}`",
        "",
        f"{parameters / 1e6:.1f} M parameters: superpoint encoder, proposal head, a classifier of objects by",
        "their points, a LLaMA language model that writes query programs, mask decoder.  Questions are read by",
        "all-MiniLM-L6-v2 (Apache-2.0), frozen, in `../minilm`.  More in docs/MODEL_CARD.md.",
        "",
        "## Made by",
        "",
        f"    omd3d train --preset {preset}{start} --install",
        "",
        *(line for each in rounds for line in _made_of(**each)),
        f"Device of the last: {platform.machine()} CPU, {torch.get_num_threads()} threads, torch {torch.__version__}.",
        "",
        f"## Scores on {scores['settings']['validation_rooms']} held-out rooms (printed at the end of that command)",
        "",
        f"Proposals at mask IoU 0.5: recall {proposals['recall@0.5']:.2f}, precision {proposals['precision@0.5']:.2f}, "
        f"class accuracy of the matched {proposals['class_accuracy']:.2f} ({proposals['objects']} objects).",
        "",
        "Grounding, share of queries whose answered mask reaches IoU 0.25 / 0.5 with the truth:",
        "",
        "| query type | seen wording | unseen phrasing | unseen words | queries |",
        "| --- | --- | --- | --- | --- |",
    ]
    grounding = scores["grounding"]
    for kind in sorted({k for split in grounding.values() for k in split}, key=lambda k: (k != "overall", k)):
        cells = []
        for split in ("train", "phrasing", "words"):
            s = grounding[split].get(kind)
            cells.append(f"{s['acc@0.25']:.2f} / {s['acc@0.5']:.2f}" if s else "-")
        count = sum(split.get(kind, {}).get("n", 0) for split in grounding.values())
        lines.append(f"| {kind} | {' | '.join(cells)} | {count} |")
    lines += [
        "",
        "A query without a target counts as right when no instance is answered.  The rooms are synthetic: expect less",
        "on real scans (see docs/real_kitchen.md).",
        "",
    ]
    path.write_text("\n".join(lines))


def _made_of(settings: dict, seconds: dict) -> list[str]:
    """A paragraph about one round."""
    careful = settings.get("careful_rooms", 0)
    more = f" and {careful} recorded with care" if careful else ""
    return [
        f"Data: {settings['rooms']} synthetic rooms{more}, seeds from {settings['seed']}.  "
        f"Steps: {settings['instance_steps']} (instances), {settings['object_steps']} (objects), "
        f"{settings['program_steps']} (programs), {settings['language_steps']} (language).",
        f"Time: {', '.join(f'{name} {s} s' for name, s in seconds.items())}.",
        "",
    ]
