"""The published model at its real sizes with random weights: memory, scene encoding, decoding, against its limits.

    python benchmarks/large_preset.py [--preset openmaskdino3d_llama3] [--dtype bfloat16] [--quantization 4bit]
    python benchmarks/large_preset.py --tiny --device cpu        every size scaled down, seconds on two cores

Times do not depend on what the weights say, but for where an answer ends: the end token is forbidden, so that every
answer has ``--tokens`` tokens.  Words are not those of a real tokenizer (each is one token), so the text of the prompt
is some tens of tokens shorter than with Vicuna's.  LoRA is merged, as ``omd3d convert --merge-lora`` leaves it, unless
``--adapters``.  Medians over ``--questions`` after a warm-up.  The peer, plain transformers' ``generate`` with the same
language model, input embeddings and number of tokens, takes turns with ours.  The limit is what one step must read
(weights of the language model without the token table, keys and values) at the device's measured bandwidth.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from decoding_times import Decoding, Stopwatch, bandwidth, bytes_per_token, ours, peer, stored_bytes
from random_weights import PARTS, build, configuration
from sparse_conv import synthetic_room

from omd3d_ros.benchmarking.random_llama import made_up_processor
from omd3d_ros.language.prompt import SceneTokens
from omd3d_ros.models.loading import DTYPES, QUANTIZATIONS, WeightsError
from omd3d_ros.models.memory import GIB, configured_sizes, needed_bytes
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DConfig, OpenMaskDINO3DModel, OpenMaskDINO3DProcessor
from omd3d_ros.models.presets import PresetError, load_preset
from omd3d_ros.perception.image_features import FrameView, mask_pooled
from omd3d_ros.perception.object_clouds import NUM_POINTS, ObjectClouds, encode_clouds
from omd3d_ros.perception.point_extractor import PointExtractor
from omd3d_ros.perception.spformer import spformer_proposals
from omd3d_ros.types import Camera, Frame

SUPERPOINT = 16  # voxels: side of the cells that stand for superpoints
SEGS = (1, 4)
CAMERA = Camera(640, 480, 525.0, 525.0, 320.0, 240.0)
MIB = 1 << 20


@dataclass(frozen=True)
class Room:
    """A synthetic cloud for the sparse U-Net: coords (N, 4), feats (N, 6), superpoints (N,), counts (M,)."""

    coords: torch.Tensor
    feats: torch.Tensor
    superpoints: torch.Tensor
    counts: torch.Tensor

    @staticmethod
    def of(voxels: np.ndarray, channels: int, device: torch.device) -> Room:
        cells = voxels[:, 1:] // SUPERPOINT
        _, owners, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
        feats = torch.randn(len(voxels), channels, generator=torch.Generator().manual_seed(0))
        arrays = torch.from_numpy(voxels), feats, torch.from_numpy(owners.ravel()), torch.from_numpy(counts)
        return Room(*(array.to(device) for array in arrays))


@torch.inference_mode()
def scene_times(model: OpenMaskDINO3DModel, args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of each part of scene encoding, and how much it was given."""
    clock = Stopwatch(model.device)
    size = ((1.2, 1.1, 1.0), 1) if args.tiny else ((3.1, 2.9, 2.1), 6)
    encoder: PointExtractor = model.encoder
    room = Room.of(synthetic_room(0, *size), encoder.input_channel, model.device)
    features = encoder(room.coords, room.feats, room.superpoints)
    offsets = torch.tensor([0, len(features)])
    views = [FrameView(i, random_frame(i)) for i in range(args.images)]
    patches = mask_pooled(model.image_encoder).encoder
    clouds = random_clouds(args.clouds, 256 if args.tiny else NUM_POINTS)

    def look() -> None:
        patches.forget()
        for _ in patches.features(views):
            pass

    calls = {
        "sparse_unet": lambda: encoder(room.coords, room.feats, room.superpoints),
        "spformer": lambda: spformer_proposals(model.segmentor(features, offsets), room.counts),
        "uni3d": lambda: encode_clouds(model.point_encoder, clouds),
        "dinov2": look,
    }
    times = {name: clock.median_ms(call, args.questions) for name, call in calls.items()}
    given = {"voxels": len(room.coords), "superpoints": len(features), "clouds": args.clouds, "images": args.images}
    return {**given, "ms": times}


def random_frame(seed: int) -> Frame:
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, 256, (CAMERA.height, CAMERA.width, 3), np.uint8)
    depth = np.ones((CAMERA.height, CAMERA.width), np.float32)
    return Frame(rgb, depth, CAMERA, T_world_camera=np.eye(4), stamp=float(seed))


def random_clouds(count: int, points: int) -> ObjectClouds:
    rng = np.random.default_rng(0)
    xyz = rng.normal(size=(count, points, 3)).astype(np.float32)
    xyz /= np.linalg.norm(xyz, axis=2).max(1)[:, None, None]
    return ObjectClouds(xyz, rng.random((count, points, 3), np.float32), np.ones(count, bool))


def language_times(
    model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, args: argparse.Namespace
) -> dict[str, Any]:
    """Ours and the peer in turns, and the mask decoder."""
    scene = random_scene(model, args.objects)
    questions = [processor.question(f"Which chair is next to table number {i}?") for i in range(args.questions)]
    turns: dict[str, list[Decoding]] = {"ours": [], "peer": []}
    for number, question in enumerate([questions[0], *questions]):
        order = (("ours", ours), ("peer", peer))
        for name, decode in order if number % 2 else reversed(order):
            decoding = decode(scene, question, model, processor)
            if number:
                turns[name].append(decoding)
    medians = {name: _medians(decodings) for name, decodings in turns.items()}
    same = [a.ids == b.ids for a, b in zip(turns["ours"], turns["peer"], strict=True)]
    return {
        "prompt_tokens": _prompt_tokens(model, processor, args.objects, questions[0]),
        "ours": medians["ours"],
        "peer": medians["peer"],
        "peer_over_ours": medians["peer"]["ms_per_token"] / medians["ours"]["ms_per_token"],
        "same_answers": f"{sum(same)} of {len(same)}",
        "mask_decoder_ms": {str(count): mask_time(model, count, args) for count in SEGS},
    }


def limits(model: OpenMaskDINO3DModel, language: dict[str, Any], args: argparse.Namespace) -> dict[str, Any]:
    """What the memory allows a token, and how far ours is from it."""
    read = bytes_per_token(model, language["prompt_tokens"] + args.tokens // 2)
    rates = bandwidth(model.device, **({"size": 64 * MIB} if args.tiny else {}))
    limit = 1e3 * read / (max(rates.values()) * 1e9)
    return {
        "bandwidth_gb_s": rates,
        "bytes_per_token": read,
        "limit_ms_per_token": limit,
        "ours_over_limit": language["ours"]["ms_per_token"] / limit,
    }


def random_scene(model: OpenMaskDINO3DModel, objects: int) -> SceneTokens:
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(objects, sum(model.object_tokens.channels), generator=generator)
    boxes = torch.rand(objects, 6, generator=generator) * 4
    return SceneTokens(features.to(model.device), boxes.to(model.device), torch.arange(objects, device=model.device))


def _prompt_tokens(
    model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, objects: int, question: torch.Tensor
) -> int:
    return len(processor.before) + objects * model.tokens_per_object + len(processor.after) + len(question)


def _medians(decodings: list[Decoding]) -> dict[str, float]:
    first = statistics.median(d.first_token_s for d in decodings)
    per_token = statistics.median(d.ms_per_token for d in decodings)
    return {"first_token_s": first, "ms_per_token": per_token, "tokens_per_s": 1e3 / per_token}


@torch.inference_mode()
def mask_time(model: OpenMaskDINO3DModel, count: int, args: argparse.Namespace) -> float:
    """Milliseconds from the states of ``count`` [SEG] to probabilities in main memory."""
    superpoints = torch.randn(50 if args.tiny else 1000, model.encoder.media, device=model.device)
    width = model.language_model.config.hidden_size
    states = torch.randn(count, width, device=model.device, dtype=model.language_dtype)
    clock = Stopwatch(model.device)
    return clock.median_ms(lambda: model.segment(states, superpoints).masks[-1].sigmoid().cpu(), max(args.questions, 5))


def weight_sizes(model: OpenMaskDINO3DModel) -> dict[str, float]:
    """MiB of each part; of the language model, its token table and head apart."""
    sizes: dict[str, float] = {}
    apart = {"embed_tokens": "token_table", "lm_head": "head"}
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        part = next((title for piece, title in apart.items() if piece in name.split(".")), name.split(".")[0])
        sizes[part] = sizes.get(part, 0.0) + stored_bytes(tensor) / MIB
    return sizes


def peak_bytes(device: torch.device) -> int:
    """Of the device's tensors since the start; on a CPU the most that the whole process had resident."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(config: OpenMaskDINO3DConfig, device: torch.device, args: argparse.Namespace) -> dict[str, Any]:
    """Everything, as it is printed."""
    needed = needed_bytes(configured_sizes(config), config, DTYPES[args.dtype], args.quantization)
    start = time.perf_counter()
    model = build(f"preset {args.preset}", config, device, args.dtype, args.quantization, args.attention)
    on_gpu = device.type == "cuda"
    result: dict[str, Any] = {
        "preset": args.preset,
        "tiny": args.tiny,
        "device": torch.cuda.get_device_name(device) if on_gpu else f"cpu, {torch.get_num_threads()} threads",
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        **{name: getattr(args, name) for name in ("dtype", "quantization", "objects", "questions", "tokens")},
        "build_s": time.perf_counter() - start,
        "weights_mib": weight_sizes(model),
    }
    if "scene" in args.parts:
        result["scene"] = scene_times(model, args)
    if "language" in args.parts:
        result["language"] = language_times(model, made_up_processor(config), args)
    result["memory_gib"] = {"needed": needed / GIB, "peak": peak_bytes(device) / GIB}
    if "language" in result:
        result["language"] |= limits(model, result["language"], args)
    return result


def report(result: dict[str, Any]) -> str:
    """A table, one figure a line."""
    lines = [f"{result['preset']}{' (tiny)' if result['tiny'] else ''}, {result['dtype']}, {result['device']}", ""]
    lines += [f"| {result['objects']} objects, {result['tokens']} tokens | |", "| --- | --- |"]
    memory, weights = result["memory_gib"], result["weights_mib"]
    rows = [("peak memory (estimated before)", f"{memory['peak']:.2f} ({memory['needed']:.2f}) GiB")]
    rows += [
        ("weights", f"{sum(weights.values()) / 1024:.2f} GiB"),
        *((f"- {k}", f"{v:.0f} MiB") for k, v in weights.items()),
    ]
    scene, language = result.get("scene"), result.get("language")
    if scene:
        given = dict(zip(scene["ms"], ("voxels", "superpoints", "clouds", "images"), strict=True))
        rows += [(f"{name}, {scene[given[name]]} {given[name]}", f"{ms:.1f} ms") for name, ms in scene["ms"].items()]
    if language:
        for name, title in (("ours", "ours"), ("peer", "transformers' generate")):
            times = language[name]
            rows.append((f"first token, {title}", f"{times['first_token_s']:.3f} s"))
            rows.append((f"a token, {title}", f"{times['ms_per_token']:.2f} ms, {times['tokens_per_s']:.1f} tokens/s"))
        rates = language["bandwidth_gb_s"]
        rows += [
            ("a token, transformers' over ours", f"{language['peer_over_ours']:.3f}"),
            ("answers that are the same", language["same_answers"]),
            *((f"mask decoder, {n} [SEG]", f"{ms:.2f} ms") for n, ms in language["mask_decoder_ms"].items()),
            ("bandwidth, copy and read", f"{rates['copy']:.1f} and {rates['read']:.1f} GB/s"),
            ("read a token", f"{language['bytes_per_token'] / GIB:.2f} GiB"),
            (
                "limit by bandwidth (ours over it)",
                f"{language['limit_ms_per_token']:.2f} ms ({language['ours_over_limit']:.2f})",
            ),
        ]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows)])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="openmaskdino3d", help="its name, or its YAML file")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", default="bfloat16", choices=DTYPES)
    parser.add_argument("--quantization", choices=QUANTIZATIONS)
    parser.add_argument("--attention", help="eager, sdpa or flash_attention_2")
    parser.add_argument("--adapters", action="store_true", help="keep LoRA beside the weights")
    parser.add_argument("--objects", type=_count, default=100)
    parser.add_argument("--questions", type=_count, default=5, help="timed rounds (default: 5)")
    parser.add_argument("--tokens", type=_several, default=64, help="of every answer, 2 or more (default: 64)")
    parser.add_argument(
        "--parts", nargs="+", default=list(PARTS), choices=PARTS, help="what to build and time (default: both)"
    )
    parser.add_argument("--clouds", type=_count, help="objects for Uni3D (default: as --objects)")
    parser.add_argument("--images", type=_count, default=8, help="images for DINOv2 (default: 8)")
    parser.add_argument("--tiny", action="store_true", help="every size scaled down")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    parser.add_argument("--out", type=Path, help="write the JSON object to this file too")
    args = parser.parse_args()
    args.clouds = args.clouds or args.objects
    return args


def _count(text: str, least: int = 1) -> int:
    if int(text) < least:
        raise argparse.ArgumentTypeError(f"at least {least}, not {text}")
    return int(text)


def _several(text: str) -> int:
    return _count(text, 2)


def main() -> int:
    args = arguments()
    try:
        device = torch.device(args.device)
        if device.type == "cuda" and not torch.cuda.is_available():
            raise WeightsError("device cuda: torch finds no NVIDIA GPU; use --device cpu")
        config = configuration(
            load_preset(args.preset), args.objects, args.tokens, args.tiny, args.adapters, args.parts
        )
        result = measure(config, device, args)
    except (PresetError, WeightsError) as error:
        print(f"large_preset: {error}", file=sys.stderr)
        return 1
    print(json.dumps(result) if args.json else report(result))
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
