"""What training teaches is what evaluation reads: masks learned by heart are found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_data import write_data
from published_model import a_base_model, a_reference

from omd3d_ros.datasets.prepared import PreparedDataset
from omd3d_ros.evaluation.prepared.run import PreparedEvaluation, evaluate_prepared
from omd3d_ros.training.fine_tuning import FineTuning
from omd3d_ros.training.processes import accelerator_of
from omd3d_ros.training.samples import samples_for
from omd3d_ros.training.settings import FineTuningSettings


def test_masks_learned_by_heart_score_full_marks(tmp_path: Path) -> None:
    """Against the proposals and against the true objects, whatever the order of the identifiers."""
    data = PreparedDataset.open(write_data(tmp_path / "data"))
    model, processor = a_reference(a_base_model(tmp_path / "llm"))
    settings = FineTuningSettings(
        ("scanrefer",), steps=80, batch_size=4, learning_rate=1e-2, warmup_epochs=2, augment=False, feature_noise=0.0,
        box_noise=0.0, checkpoint_minutes=9.0,
    )  # fmt: skip
    samples = samples_for(model, data.samples(["scanrefer"], "train"), data)
    tuning = FineTuning(model, processor, samples, settings, tmp_path / "run", accelerator_of(), quiet=True)
    tuning.run()
    model.save_pretrained(tmp_path / "model", state_dict=tuning.result())
    processor.save_pretrained(tmp_path / "model")
    for seed in (None, 1):
        run = PreparedEvaluation(
            str(tmp_path / "model"),
            data.folder,
            tmp_path / f"out-{seed}",
            ("scanrefer",),
            shuffle_seed=seed,
            quiet=True,
        )
        scores = evaluate_prepared(run)[0].scores
        for kind in ("Seg", "Mask", "Superpoint mask"):
            assert scores[f"[scanrefer] {kind} mIoU"] == pytest.approx(1.0, abs=1e-6)
