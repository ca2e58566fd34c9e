"""What a second question about a scene costs, when the scene's keys and values are kept, against reading it anew.

    python benchmarks/ask_latency.py [--quick] [--json FILE]

LLaMA models of several widths, random weights, the published prompt with four tokens for each object.  Both ways take
turns in one run; milliseconds are medians, on a CPU of the process's own time, which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402 - after the number of threads is set
from random_weights import processor as made_up_processor  # noqa: E402

from omd3d_ros.language.generation import generate  # noqa: E402
from omd3d_ros.language.prompt import SceneTokens  # noqa: E402
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel  # noqa: E402

OBJECTS = (10, 30, 100, 300)
WIDTHS = (64, 256, 512)
LAYERS = 4
CHANNELS = 1024  # of either feature of an object
VOCABULARY = 1000
TOKENS = 16  # of an answer
QUESTION = "which of the chairs stands next to the table by the window ?"


def a_model(width: int, most: int, device: torch.device) -> OpenMaskDINO3DModel:
    llm = {
        "model_type": "llama", "hidden_size": width, "intermediate_size": 3 * width, "num_hidden_layers": LAYERS,
        "num_attention_heads": width // 32, "num_key_value_heads": width // 32, "vocab_size": VOCABULARY + most,
        "tie_word_embeddings": False, "max_position_embeddings": 4096, "bos_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip
    config = OpenMaskDINO3DConfig(
        encoder={"type": "none"}, segmentor={"type": "mask3d"}, segments=False, llm=llm, max_objects=most,
        object_features={"point_channels": CHANNELS, "image_channels": CHANNELS}, prompt="published",
        object_layout="id point image location", location_encoding="box", normalize_features=True,
        bidirectional=False, tie_object_logits=False, generation={"min_new_tokens": TOKENS}, max_new_tokens=TOKENS,
    )  # fmt: skip
    torch.manual_seed(0)
    return OpenMaskDINO3DModel(config).eval().to(device)


def measure(width: int, objects: int, rounds: int, device: torch.device) -> dict[str, Any]:
    """Milliseconds to the first token and of a whole answer, with the scene read anew and with its prefix."""
    model = a_model(width, max(objects, 100), device)
    processor = made_up_processor(model.config)
    g = torch.Generator().manual_seed(1)
    features, boxes = torch.randn(objects, 2 * CHANNELS, generator=g), torch.rand(objects, 6, generator=g)
    scene = SceneTokens(features.to(device), boxes.to(device), torch.arange(objects, device=device))
    question = processor.question(QUESTION)
    with torch.inference_mode():
        prefix = model.read_scene(scene, processor.before.to(device), processor.after.to(device))
    out: dict[str, Any] = {"width": width, "objects": objects, "prefix_tokens": prefix.length,
                           "prefix_mb": round(prefix.num_bytes / 1e6, 2)}  # fmt: skip
    for name, tokens in (("first_token", 1), ("answer", TOKENS)):
        model.config.max_new_tokens = tokens
        times = in_turns(
            {
                "anew": lambda: generate(scene, question, model, processor),
                "kept": lambda: generate(scene, question, model, processor, prefix),
            },
            rounds,
            device,
        )
        out |= {f"{name}_{way}_ms": round(ms, 2) for way, ms in times.items()}
        out[f"{name}_share"] = round(times["kept"] / times["anew"], 3)
    return out


def in_turns(calls: dict[str, Callable[[], Any]], rounds: int, device: torch.device) -> dict[str, float]:
    """Median milliseconds of each call, after one that does not count."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            start = clock(device)
            call()
            if turn:
                times[name].append(1e3 * (clock(device) - start))
    return {name: statistics.median(values) for name, values in times.items()}


def clock(device: torch.device) -> float:
    """Seconds: of the process on a CPU, of the wall once the queue is empty elsewhere."""
    if device.type == "cpu":
        return time.process_time()
    torch.accelerator.synchronize(device)
    return time.perf_counter()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes and few turns, to see that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--device", default="cpu", type=torch.device)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    widths, counts, rounds = ((64,), (10, 30), 1) if args.quick else (WIDTHS, OBJECTS, args.rounds)
    print("| width | objects | prefix tokens | MB | first token anew ms | kept ms | share | answer anew ms | kept ms |")
    print("| ---: " * 9 + "|")
    rows = []
    for width in widths:
        for objects in counts:
            row = measure(width, objects, rounds, args.device)
            rows.append(row)
            shown = ("width", "objects", "prefix_tokens", "prefix_mb", "first_token_anew_ms", "first_token_kept_ms",
                     "first_token_share", "answer_anew_ms", "answer_kept_ms")  # fmt: skip
            print("| " + " | ".join(str(row[name]) for name in shown) + " |", flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
