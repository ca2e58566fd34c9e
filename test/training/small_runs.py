"""Made-up prepared data and runs on it, small enough for tests; as a program: one run, for several processes.

torchrun --nproc-per-node 2 small_runs.py LLM OUT
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from published_model import OBJECTS, a_reference  # noqa: E402

from omd3d_ros.datasets.prepared import PreparedSample, PreparedScene  # noqa: E402
from omd3d_ros.language.identifiers import object_token  # noqa: E402
from omd3d_ros.models.openmaskdino3d import OpenMaskDINO3DModel, OpenMaskDINO3DProcessor  # noqa: E402
from omd3d_ros.training.fine_tuning import FineTuning  # noqa: E402
from omd3d_ros.training.processes import accelerator_of  # noqa: E402
from omd3d_ros.training.samples import samples_for  # noqa: E402
from omd3d_ros.training.settings import FineTuningSettings  # noqa: E402

SUPERPOINTS, POINT, IMAGE, MEDIA = 20, 12, 24, 8


def a_scene(seed: int = 0, features: bool = True, objects: int = 4) -> PreparedScene:
    """A chair, a table and two boxes of four superpoints each, and a floor; the proposals are in reverse order.

    What is of a kind looks alike in all scenes.
    """
    g = torch.Generator().manual_seed(seed)
    looks = torch.Generator().manual_seed(1000)
    owner = torch.arange(SUPERPOINTS) // 4
    masks = owner == torch.arange(objects)[:, None]
    superpoints = torch.arange(SUPERPOINTS).repeat_interleave(15)
    points = torch.rand(len(superpoints), 3, generator=g) * 0.5
    points[:, 0] += 1.5 * owner[superpoints]
    boxes = torch.cat([1.5 * torch.arange(objects)[:, None] + 0.25, torch.full((objects, 5), 0.25)], 1)
    boxes[:, 3:] = 0.5
    return PreparedScene(
        scene_id=f"made{seed}",
        points=points,
        colors=torch.randint(0, 256, (len(superpoints), 3), generator=g, dtype=torch.uint8),
        superpoints=superpoints,
        proposal_masks=masks.flip(0),
        proposal_boxes=boxes.flip(0),
        proposal_labels=["object"] * objects,
        point_features=_looking(torch.arange(objects).flip(0), POINT, looks, g),
        image_features=_looking(torch.arange(objects).flip(0), IMAGE, looks, g),
        object_ids=torch.arange(objects) + 10,
        object_masks=masks,
        object_boxes=boxes,
        object_labels=["chair", "table", "box", "box"][:objects],
        superpoint_features=_looking(owner, MEDIA, looks, g) if features else None,
    )


def _looking(kinds: torch.Tensor, width: int, looks: torch.Generator, g: torch.Generator) -> torch.Tensor:
    """Features of things of kinds 0..4: those of the kind, with some noise."""
    return torch.randn(5, width, generator=looks)[kinds] + 0.1 * torch.randn(len(kinds), width, generator=g)


class MadeScenes:
    """Where scenes come from, without files."""

    def __init__(self, *scenes: PreparedScene) -> None:
        self.scenes = {s.scene_id: s for s in scenes}

    def scene(self, scene_id: str) -> PreparedScene:
        return self.scenes[scene_id]


def a_sample(scene: str = "made0", target: int = 0, **changes) -> PreparedSample:
    """A description of object 10 + ``target``, which is proposal 3 - ``target``."""
    values = {
        "scene_id": scene, "task": "scanrefer", "prompt": f"the {('chair', 'table')[target % 2]}",
        "answers": [f"{object_token(3 - target)}."], "object_ids": [10 + target], "proposal_ids": [3 - target],
    }  # fmt: skip
    return PreparedSample(**{**values, **changes})


def grounding_samples(scenes: int = 4) -> list[PreparedSample]:
    """Two for each scene: the chair is the first object, the table the second."""
    return [a_sample(f"made{s}", target) for s in range(scenes) for target in (0, 1)]


def a_run(
    model: OpenMaskDINO3DModel, processor: OpenMaskDINO3DProcessor, out: Path, samples=None, scenes: int = 4, **choices
) -> FineTuning:
    """A run on grounding samples; ``choices`` are settings."""
    values = {"steps": 6, "batch_size": 4, "learning_rate": 1e-2, "seed": 1, "checkpoint_minutes": 0.0}
    settings = FineTuningSettings(("scanrefer",), **{**values, **choices})
    source = MadeScenes(*(a_scene(s) for s in range(scenes)))
    chosen = samples_for(model, samples or grounding_samples(scenes), source, settings.train_encoder)
    return FineTuning(model, processor, chosen, settings, out, accelerator_of(), quiet=True)


def main(llm: str, out: str, steps: str) -> None:
    assert OBJECTS >= 4
    torch.set_num_threads(1)  # sums in the same order in every process
    model, processor = a_reference(Path(llm))
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0  # each process draws its own
    # answers of unlike lengths, so that the mean over tokens is not the mean over processes
    samples = grounding_samples()
    samples[0].answers = ["the chair is near the table . a chair near a table"]
    samples[3] = a_sample("made1", 1, masked=False)
    # The step of Adam is as long as the learning rate where a gradient is nothing but rounding.
    run = a_run(model, processor, Path(out), samples, micro_batch=1, steps=int(steps), learning_rate=1e-4)
    run.run()
    state = run.result()
    if state is not None:
        from safetensors.torch import save_file

        save_file({n: t.contiguous() for n, t in state.items()}, Path(out) / "result.safetensors")


if __name__ == "__main__":
    main(*sys.argv[1:])
