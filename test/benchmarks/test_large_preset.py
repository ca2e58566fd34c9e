"""benchmarks/large_preset.py, scaled down."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "large_preset.py"
TOKENS, QUESTIONS = 6, 2


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--device", "cpu", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


@pytest.fixture(scope="module")
def result(tmp_path_factory) -> dict:
    out = tmp_path_factory.mktemp("large_preset") / "figures.json"
    sizes = ("--tokens", TOKENS, "--questions", QUESTIONS, "--clouds", 5, "--images", 1)
    done = run("--tiny", "--json", "--out", out, *sizes)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert json.loads(out.read_text()) == printed
    return printed


def test_every_part_has_weights_and_none_is_large(result):
    weights = result["weights_mib"]
    parts = (
        "encoder",
        "segmentor",
        "point_encoder",
        "image_encoder",
        "language_model",
        "object_tokens",
        "mask_decoder",
    )
    assert all(0 < weights[part] < 10 for part in parts)
    # 32,101 tokens of 64 channels, in float32 whatever the rest is.
    assert weights["token_table"] == weights["head"] == 32101 * 64 * 4 / 2**20
    assert sum(weights.values()) / 1024 < result["memory_gib"]["peak"] < 10


def test_every_part_of_scene_encoding_is_timed(result):
    scene = result["scene"]
    assert set(scene["ms"]) == {"sparse_unet", "spformer", "uni3d", "dinov2"}
    assert all(ms > 0 for ms in scene["ms"].values())
    assert scene["voxels"] > scene["superpoints"] > 1


def test_decoding_beside_transformers(result):
    language = result["language"]
    assert language["prompt_tokens"] > 400, "100 objects of 4 tokens"
    for who in ("ours", "peer"):
        times = language[who]
        assert times["first_token_s"] > 0
        assert times["tokens_per_s"] == pytest.approx(1000 / times["ms_per_token"])
    ratio = language["peer"]["ms_per_token"] / language["ours"]["ms_per_token"]
    assert language["peer_over_ours"] == pytest.approx(ratio)
    assert language["same_answers"] == f"{QUESTIONS} of {QUESTIONS}"
    assert set(language["mask_decoder_ms"]) == {"1", "4"}


def test_the_limit_is_what_a_token_reads_at_the_measured_bandwidth(result):
    language, weights = result["language"], result["weights_mib"]
    # 2 layers, 2 heads of keys and as many of values, 16 channels, 2 bytes; half of the answer is there on average.
    cache = 2 * 2 * 2 * 16 * 2 * (language["prompt_tokens"] + TOKENS // 2)
    read = (weights["language_model"] + weights["head"]) * 2**20 + cache
    assert language["bytes_per_token"] == pytest.approx(read, rel=0.001)
    bandwidth = max(language["bandwidth_gb_s"].values())
    assert language["limit_ms_per_token"] == pytest.approx(language["bytes_per_token"] / bandwidth / 1e6)
    assert language["ours_over_limit"] > 1


def test_quantised_weights_take_less(result):
    done = run("--tiny", "--json", "--parts", "language", "--quantization", "4bit", "--tokens", 2, "--questions", 1)
    assert done.returncode == 0, done.stderr
    quantised = json.loads(done.stdout)
    assert quantised["weights_mib"]["language_model"] < result["weights_mib"]["language_model"] / 3
    assert "point_encoder" not in quantised["weights_mib"], "language alone"
    assert "scene" not in quantised


def test_a_model_that_does_not_fit_is_refused_with_what_it_needs(tmp_path):
    width, inner, layers, vocabulary = 65536, 1 << 20, 32, 32101
    preset = tmp_path / "huge.yaml"
    sizes = f"{{hidden_size: {width}, intermediate_size: {inner}, num_hidden_layers: {layers}}}"
    preset.write_text(f"base: openmaskdino3d\nweights: nowhere\nmodel: {{llm: {sizes}}}\n")
    done = run("--preset", preset)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1
    needed = float(re.search(r"needs about ([\d.]+) GiB of memory on cpu", done.stderr)[1]) * 2**30
    # Attention and gated MLP in two bytes, token table and head in four, and a tenth for work.
    layer = 4 * width**2 + 3 * width * inner
    assert needed == pytest.approx(1.1 * (2 * layers * layer + 4 * 2 * vocabulary * width), rel=0.05)


def test_a_preset_of_another_kind_is_refused():
    done = run("--preset", "nano")
    assert done.returncode == 1
    assert "not of the published kind" in done.stderr
