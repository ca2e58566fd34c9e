"""One run from prepared data to a folder of weights: which model, which samples, then training, then saving."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers.utils.logging import disable_progress_bar

from ..datasets.prepared.dataset import PreparedDataset
from ..models.loading import DTYPES, load_model
from ..models.presets import Preset, load_preset
from ..output_folder import new_folder
from .batch_norms import measure_statistics
from .fine_tuning import FineTuning
from .new_model import Sources, new_model
from .processes import accelerator_of
from .samples import Samples, samples_for
from .settings import FineTuningSettings, TrainingError, settings_of
from .training_log import read_log

if TYPE_CHECKING:
    from ..datasets.prepared import PreparedSample
    from ..models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor

_log = logging.getLogger(__name__)
_TRAINING, _VALIDATION = "train", "val"
_MEASURED = 4  # scenes for the statistics of a new encoder


@dataclass(frozen=True)
class PreparedRun:
    """preset: name, file or folder of weights; data: of ``omd3d prepare``; tags: None for all that it has.

    choices: settings by name, over those of the preset's ``training: fine_tuning``.  llm, spformer: of a new model.
    """

    preset: str
    data: Path
    out: Path
    tags: tuple[str, ...] | None = None
    choices: dict[str, Any] = field(default_factory=dict)
    llm: Path | None = None
    spformer: Path | None = None
    mixed_precision: str | None = None
    threads: int | None = None
    quiet: bool = False


def train_on_prepared(run: PreparedRun) -> Path:
    """The folder of the trained model.  Raises a ValueError that says what is wrong before anything is trained."""
    if run.threads:
        torch.set_num_threads(run.threads)
    preset = load_preset(run.preset)
    _check_speaks(preset)
    data = PreparedDataset.open(run.data)
    tags = run.tags or tuple(t for t in data.tags if data.manifest.samples[t].get(_TRAINING))
    settings = settings_of({**preset.training.get("fine_tuning", {}), **run.choices}, tags)
    accelerator = accelerator_of(run.mixed_precision)
    samples = data.samples(list(tags), _TRAINING)
    model, processor = _model(run, preset, data, samples, settings)
    chosen = samples_for(model, samples, data, settings.train_encoder)
    if chosen.left_out and accelerator.is_main_process:
        _log.warning("%d of %d samples name objects that the model can't be shown", chosen.left_out, len(samples))
    _extend_spoken(model, processor, samples)
    run.out.mkdir(parents=True, exist_ok=True)
    validation = _validation(model, data, tags, settings)
    tuning = FineTuning(model, processor, chosen, settings, run.out, accelerator, validation, run.quiet)
    tuning.run()
    state = tuning.result()
    target = run.out / "model"
    if state is not None:
        with new_folder(target, replace=True) as folder:
            _save(folder, model, processor, state, run, settings)
        tuning.say(f"the trained model is in {target}")
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return target


def _check_speaks(preset: Preset) -> None:
    """Raises TrainingError for a model without words of its own: it answers with query programs."""
    config = preset.weights / "config.json"
    saved = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
    if preset.model.get("text_encoder") or saved.get("text_encoder"):
        raise TrainingError(
            f"preset {preset.name} answers with query programs and can't learn the sentences of prepared data: train "
            "it on rooms (omd3d train without --data), or use --preset openmaskdino3d_tiny for this data"
        )


def _model(
    run: PreparedRun, preset: Preset, data: PreparedDataset, samples: list[PreparedSample], settings: FineTuningSettings
) -> tuple[OpenMaskDINO3DModel, OpenMaskDINO3DProcessor]:
    """The preset's weights, or a new model of its form; on the CPU, from where accelerate takes it."""
    dtype = preset.runtime.get("dtype", "float32")
    if run.llm is None and run.spformer is None and (preset.weights / "config.json").is_file():
        return load_model(preset.weights, "cpu", dtype, None, preset.runtime.get("attention"))
    channels = data.manifest.point_channels, data.manifest.image_channels
    texts = (text for sample in samples for text in (sample.prompt, *sample.answers))
    sources = Sources(run.llm, run.spformer, DTYPES.get(dtype, torch.float32))
    model, processor = new_model(preset.model, channels, texts, sources, settings.seed)
    if run.spformer is None:
        measure_statistics(model, map(data.scene, sorted({s.scene_id for s in samples})[:_MEASURED]))
    return model, processor


def _validation(
    model: OpenMaskDINO3DModel, data: PreparedDataset, tags: tuple[str, ...], settings: FineTuningSettings
) -> Samples | None:
    """Of the tags that have a validation split, evenly over each; None without any."""
    samples: list[PreparedSample] = []
    there = [tag for tag in tags if data.manifest.samples[tag].get(_VALIDATION)]
    each = -(-settings.validation_samples // max(len(there), 1))
    for tag in there:
        of_tag = data.samples([tag], _VALIDATION)
        samples += of_tag[:: max(1, len(of_tag) // each)][:each]
    return samples_for(model, samples, data, settings.train_encoder) if samples else None


def _extend_spoken(
    model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, samples: list[PreparedSample]
) -> None:
    """Where a model may only say what it has learned, that is now more."""
    if model.config.spoken_ids is None:
        return
    spoken = set(model.config.spoken_ids)
    for text in {answer for sample in samples for answer in sample.answers}:
        spoken.update(i for i in processor.answer(text).tolist() if i < model.first_object_id)
    model.config.spoken_ids = processor.config.spoken_ids = sorted(spoken)


def _save(
    folder: Path,
    model: OpenMaskDINO3DModel,
    processor: OpenMaskDINO3DProcessor,
    state: dict[str, torch.Tensor],
    run: PreparedRun,
    settings: FineTuningSettings,
) -> None:
    disable_progress_bar()  # transformers' own
    model.save_pretrained(folder, state_dict=state)
    processor.save_pretrained(folder)
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)  # written for its owner only
    logs = {name: read_log(run.out / f"{name}.csv") for name in ("training", "validation")}
    facts = {
        "preset": run.preset,
        "settings": asdict(settings),
        **{f"last_{name}": rows[-1] for name, rows in logs.items() if rows},
    }
    (folder / "training.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
