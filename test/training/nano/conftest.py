"""The made-up rooms of the evaluation's tests are those of training too."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "evaluation"))
