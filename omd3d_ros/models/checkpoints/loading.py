"""apply: the tensors of a foreign checkpoint into a module of ours, all of them or, where one doesn't fit, none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import nn

from .checkpoint import Checkpoint, CheckpointError, listed, nonfinite
from .detect import identify
from .families import FAMILIES
from .mapping import Family, Rule, Skipped, Translation, Used, translate
from .report import Missing, Report
from .sparse_kernels import kernel_first, output_first

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Match:
    """tensors: by our full names, of the wanted shapes, sharing the checkpoint's memory."""

    tensors: dict[str, torch.Tensor] = field(repr=False)
    report: Report


def apply(
    checkpoint: Checkpoint,
    module: nn.Module,
    family: str,
    *,
    prefix: str = "",
    dtype: torch.dtype | None = None,
    allow_extra: bool = False,
    skip: tuple[Rule, ...] = (),
) -> Report:
    """Load what belongs into ``module``; everything is checked before anything is changed.

    prefix: where the module stands in the whole model (``point_encoder.`` to fill that part alone).  dtype: of the
    floating-point tensors that are loaded; None keeps the module's.  A module on the meta device takes the tensors
    themselves.  allow_extra: tensors that no rule knows are skipped instead of refused.  skip: rules that go before
    the family's.  Raises CheckpointError.
    """
    own = module.state_dict()
    wanted = {prefix + name: tuple(tensor.shape) for name, tensor in own.items()}
    matched = match(checkpoint, family, wanted, allow_extra=allow_extra, skip=skip)
    state = {name.removeprefix(prefix): tensor for name, tensor in matched.tensors.items()}
    assign = dtype is not None or any(own[name].is_meta for name in state)
    if assign:
        state = {name: _as_kept(tensor, own[name], dtype) for name, tensor in state.items()}
    module.load_state_dict(state, strict=False, assign=assign)
    return matched.report


def match(
    checkpoint: Checkpoint,
    family: str,
    wanted: Mapping[str, Shape],
    *,
    allow_extra: bool = False,
    skip: tuple[Rule, ...] = (),
) -> Match:
    """The checkpoint's tensors by our names.  wanted: our full names and their shapes.  Raises CheckpointError for a
    checkpoint of another model, unknown or missing tensors, other shapes, and values that are not finite."""
    rules = _family(family)
    check_kind(checkpoint, family)
    translation = translate(checkpoint.tensors, rules, wanted, skip)
    if not translation.used:
        raise CheckpointError(
            f"{checkpoint.path}: nothing in it is of {rules.title}: {listed(list(checkpoint.tensors))}"
        )
    if translation.unknown and not allow_extra:
        raise CheckpointError(
            f"{checkpoint.path}: {len(translation.unknown)} tensors are not known of {rules.title} or have no place in "
            f"this model: {listed(translation.unknown)}; --allow-extra leaves them out"
        )
    translation.skipped += [Skipped(name, "not known; left out as allowed") for name in translation.unknown]
    missing = _missing(checkpoint, rules, translation, wanted)
    tensors = _tensors(checkpoint, translation.used)
    _check_shapes(checkpoint, translation.used, tensors, wanted)
    broken = nonfinite({used.foreign: checkpoint.tensors[used.foreign] for used in translation.used})
    if broken:
        raise CheckpointError(f"{checkpoint.path}: {len(broken)} tensors hold NaN or infinity: {listed(broken)}")
    report = Report(str(checkpoint.path), rules.name, translation.used, translation.skipped, missing)
    return Match(tensors, report)


def check_kind(checkpoint: Checkpoint, family: str) -> None:
    """Raises CheckpointError where the names show that the checkpoint is of another model."""
    kind = identify(checkpoint.tensors)
    if kind is None or kind.family == family:
        return
    hint = f"; convert it with --from {kind.family}" if kind.family not in (None, "dinov2") else ""
    raise CheckpointError(f"{checkpoint.path}: this looks like {kind.title}, not {_family(family).title}{hint}")


def _family(name: str) -> Family:
    if name not in FAMILIES:
        raise CheckpointError(f"no family {name!r} of checkpoints; there are {', '.join(FAMILIES)}")
    return FAMILIES[name]


def _missing(
    checkpoint: Checkpoint, family: Family, translation: Translation, wanted: Mapping[str, Shape]
) -> list[Missing]:
    given = {ours for used in translation.used for ours in used.ours}
    absent = {name: family.absence(name) for name in wanted if name not in given}
    required = [name for name, reason in absent.items() if reason is None]
    if required:
        raise CheckpointError(
            f"{checkpoint.path}: {len(required)} tensors that a checkpoint of {family.title} brings are missing: "
            f"{listed(required)}"
        )
    return [Missing(name, reason) for name, reason in absent.items() if reason is not None]


def _tensors(checkpoint: Checkpoint, used: list[Used]) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    turned = kernel_first({u.foreign: tuple(checkpoint.tensors[u.foreign].shape) for u in used})
    for entry in used:
        tensor = checkpoint.tensors[entry.foreign]
        if tensor.dim() == 5 and turned:
            tensor = output_first(tensor)
        pieces = tensor.tensor_split(len(entry.ours)) if len(entry.ours) > 1 else (tensor,)
        tensors.update(zip(entry.ours, pieces, strict=True))
    return tensors


def _check_shapes(
    checkpoint: Checkpoint, used: list[Used], tensors: dict[str, torch.Tensor], wanted: Mapping[str, Shape]
) -> None:
    wrong = [
        f"{entry.foreign} is {list(tensors[ours].shape)}, {ours} must be {list(wanted[ours])}"
        for entry in used
        for ours in entry.ours
        if tuple(tensors[ours].shape) != tuple(wanted[ours])
    ]
    if wrong:
        raise CheckpointError(f"{checkpoint.path}: {len(wrong)} tensors have other shapes: {'; '.join(wrong)}")


def _as_kept(tensor: torch.Tensor, own: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    """The tensor as the module shall hold it: its device, and its dtype unless told otherwise."""
    kept = own.dtype if dtype is None or not own.is_floating_point() else dtype
    device = tensor.device if own.is_meta else own.device
    return tensor.to(device=device, dtype=kept).contiguous()
