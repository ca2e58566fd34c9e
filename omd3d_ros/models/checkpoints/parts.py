"""Single networks out of foreign checkpoints: SPFormer's two and Uni3D's, with their sizes read off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from ...perception.point_extractor import PointExtractor
from ...perception.spformer import QueryDecoder
from ...perception.uni3d import Uni3DConfig, Uni3DEncoder
from .checkpoint import Checkpoint, CheckpointError
from .families import FAMILIES
from .families.places import POINT_ENCODER, POINT_EXTRACTOR, SEGMENTOR
from .loading import Shape, check_kind, match
from .mapping import translate
from .report import Report
from .sizes import Sizes, point_extractor_sizes, query_decoder_sizes, uni3d_sizes
from .sparse_kernels import kernel_first

NETWORKS: dict[str, Callable[[dict[str, Any]], nn.Module]] = {
    POINT_EXTRACTOR: lambda config: PointExtractor(**config),
    SEGMENTOR: lambda config: QueryDecoder(**config),
    POINT_ENCODER: lambda config: Uni3DEncoder(Uni3DConfig(**config)),
}
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Part:
    """config: the part's name (encoder, segmentor, point_encoder) to the arguments of that network, and ``assumed``:
    those that no shape tells.  tensors: by our names."""

    config: dict[str, Any]
    tensors: dict[str, torch.Tensor] = field(repr=False)
    report: Report


def spformer_part(
    checkpoint: Checkpoint,
    heads: int | None = None,
    dtype: torch.dtype | None = None,
    allow_extra: bool = False,
    progress: Progress | None = None,
) -> Part:
    """Point extractor and, where the file has it, query decoder.  heads: of the decoder's attention (None: published).

    progress: called with what is done, how much of it, and how much there is.  Raises CheckpointError.
    """
    shapes = _our_shapes(checkpoint, "spformer")
    sizes = {POINT_EXTRACTOR: point_extractor_sizes(_below(shapes, POINT_EXTRACTOR))}
    decoder = _below(shapes, SEGMENTOR)
    if decoder:
        sizes[SEGMENTOR] = query_decoder_sizes(decoder, heads)
    return _part(checkpoint, "spformer", sizes, dtype, allow_extra, progress)


def uni3d_part(
    checkpoint: Checkpoint,
    heads: int | None = None,
    dtype: torch.dtype | None = None,
    allow_extra: bool = False,
    progress: Progress | None = None,
) -> Part:
    """The point encoder; arguments as of ``spformer_part``.  Raises CheckpointError."""
    sizes = uni3d_sizes(_below(_our_shapes(checkpoint, "uni3d"), POINT_ENCODER), heads)
    return _part(checkpoint, "uni3d", {POINT_ENCODER: sizes}, dtype, allow_extra, progress)


def _part(
    checkpoint: Checkpoint,
    family: str,
    sizes: Mapping[str, Sizes],
    dtype: torch.dtype | None,
    allow_extra: bool,
    progress: Progress | None,
) -> Part:
    wanted: dict[str, Shape] = {}
    for place, found in sizes.items():
        wanted |= _wanted(checkpoint, place, found)
    matched = match(checkpoint, family, wanted, allow_extra=allow_extra)
    tensors: dict[str, torch.Tensor] = {}
    seen: set[int] = set()
    for done, (name, tensor) in enumerate(matched.tensors.items(), 1):
        tensor = tensor.to(dtype if tensor.is_floating_point() else None).contiguous()
        tensors[name] = tensor.clone() if tensor.data_ptr() in seen else tensor  # safetensors holds no shared memory
        seen.add(tensor.data_ptr())
        if progress is not None:
            progress("tensors", done, len(matched.tensors))
    config: dict[str, Any] = {place.rstrip("."): dict(found.config) for place, found in sizes.items()}
    config["assumed"] = {place.rstrip("."): dict(found.assumed) for place, found in sizes.items()}
    return Part(config, tensors, matched.report)


def _our_shapes(checkpoint: Checkpoint, family: str) -> dict[str, Shape]:
    """Shapes by our names, sparse kernels output first; of these only the kind of checkpoint is checked."""
    check_kind(checkpoint, family)
    shapes = checkpoint.shapes
    turned = kernel_first(shapes)
    ours = {}
    for used in translate(shapes, FAMILIES[family]).used:
        shape = shapes[used.foreign]
        ours[used.ours[0]] = (shape[4], *shape[:4]) if turned and len(shape) == 5 else shape
    return ours


def _below(shapes: Mapping[str, Shape], place: str) -> dict[str, Shape]:
    return {name.removeprefix(place): shape for name, shape in shapes.items() if name.startswith(place)}


def _wanted(checkpoint: Checkpoint, place: str, sizes: Sizes) -> dict[str, Shape]:
    """Full names and shapes of our network of these sizes, which is built without memory for it."""
    try:
        with torch.device("meta"):
            network = NETWORKS[place](sizes.config)
    except ValueError as error:
        raise CheckpointError(f"{checkpoint.path}: no network has its sizes: {error}") from error
    return {place + name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
