"""Where the files of config/ and launch/ are: in the checkout, the environment, or the ROS workspace."""

from __future__ import annotations

import os
import sys
from pathlib import Path

FAST_DDS_PROFILE = "FASTRTPS_DEFAULT_PROFILES_FILE"


def share_file(*parts: str) -> Path:
    """Path of a file such as ``share_file("config", "omd3d.yaml")``; raises FileNotFoundError with the places tried."""
    checkout = Path(__file__).resolve().parents[2]
    prefixes = [Path(sys.prefix), *map(Path, filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)))]
    candidates = [checkout.joinpath(*parts)] if (checkout / "package.xml").is_file() else []
    candidates += [prefix.joinpath("share", "omd3d", *parts) for prefix in prefixes]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(f"{'/'.join(parts)} is in none of {', '.join(str(c.parent) for c in candidates)}")


def use_fast_dds_profile() -> None:
    """Give Fast DDS room for images; has an effect only before rclpy starts, and never overrides the user's own."""
    os.environ.setdefault(FAST_DDS_PROFILE, str(share_file("config", "fastdds.xml")))
