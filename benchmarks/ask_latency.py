"""What a second question about a scene costs, when the scene's keys and values are kept, against reading it anew.

    python benchmarks/ask_latency.py [--quick] [--json FILE]

LLaMA models of several sizes, random weights, the published prompt with four tokens for each object.  Both ways take
turns in one run; milliseconds are medians, on a CPU of the process's own time, which a busy machine changes less.  The
first token counts when ``generate`` tells it, the answer when it returns.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402 - after the number of threads is set
from random_weights import processor as made_up_processor  # noqa: E402

from omd3d_ros.language.generation import generate  # noqa: E402
from omd3d_ros.language.prefix import ScenePrefix  # noqa: E402
from omd3d_ros.language.prompt import SceneTokens  # noqa: E402
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel  # noqa: E402

T = TypeVar("T")
OBJECTS = (10, 30, 100, 300)
SIZES = ((64, 4), (128, 4), (256, 4), (512, 4), (512, 8))  # width and layers
CHANNELS = 1024  # of either feature of an object
VOCABULARY = 1000
TOKENS = 16  # of an answer
SHOWN = (
    "width", "layers", "objects", "prefix_tokens", "prefix_mb", "first_token_anew_ms", "first_token_kept_ms",
    "first_token_share", "answer_anew_ms", "answer_kept_ms", "answer_share",
)  # fmt: skip
QUESTION = "which of the chairs stands next to the table by the window ?"


def a_model(width: int, layers: int, most: int, device: torch.device) -> OpenMaskDINO3DModel:
    llm = {
        "model_type": "llama", "hidden_size": width, "intermediate_size": 3 * width, "num_hidden_layers": layers,
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


def measure(width: int, layers: int, objects: int, rounds: int, device: torch.device) -> dict[str, Any]:
    """Milliseconds to the first token and of a whole answer, with the scene read anew and with its prefix."""
    model = a_model(width, layers, max(objects, 100), device)
    processor = made_up_processor(model.config)
    g = torch.Generator().manual_seed(1)
    features, boxes = torch.randn(objects, 2 * CHANNELS, generator=g), torch.rand(objects, 6, generator=g)
    scene = SceneTokens(features.to(device), boxes.to(device), torch.arange(objects, device=device))
    question = processor.question(QUESTION)
    with torch.inference_mode():
        prefix = model.read_scene(scene, processor.before.to(device), processor.after.to(device))

    def answer(kept: ScenePrefix | None) -> tuple[float, float]:
        told: list[float] = []
        start = clock(device)
        generate(scene, question, model, processor, kept, on_token=lambda said: told.append(clock(device)))
        return 1e3 * (told[0] - start), 1e3 * (clock(device) - start)

    times = in_turns({"anew": lambda: answer(None), "kept": lambda: answer(prefix)}, rounds)
    out: dict[str, Any] = {"width": width, "layers": layers, "objects": objects, "prefix_tokens": prefix.length,
                           "prefix_mb": round(prefix.num_bytes / 1e6, 2)}  # fmt: skip
    for i, name in enumerate(("first_token", "answer")):
        anew, kept = (statistics.median(t[i] for t in times[way]) for way in ("anew", "kept"))
        out |= {f"{name}_anew_ms": round(anew, 2), f"{name}_kept_ms": round(kept, 2)}
        out[f"{name}_share"] = round(kept / anew, 3)
    return out


def in_turns(calls: dict[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """What each call returned each time, but for one round that does not count."""
    returned: dict[str, list[T]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            value = call()
            if turn:
                returned[name].append(value)
    return returned


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
    sizes, counts, rounds = (SIZES[:1], (10, 30), 1) if args.quick else (SIZES, OBJECTS, args.rounds)
    print(f"answers of {TOKENS} tokens; ms to the first token and of the whole answer\n")
    print("| " + " | ".join(name.replace("_", " ") for name in SHOWN) + " |")
    print("| ---: " * len(SHOWN) + "|")
    rows = []
    for width, layers in sizes:
        for objects in counts:
            row = measure(width, layers, objects, rounds, args.device)
            rows.append(row)
            print("| " + " | ".join(str(row[name]) for name in SHOWN) + " |", flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
