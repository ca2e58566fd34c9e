"""Settings of the middleware that must be made before rclpy starts."""

from __future__ import annotations

import os

from omd3d_ros.files import share_file

FAST_DDS_PROFILE = "FASTRTPS_DEFAULT_PROFILES_FILE"


def use_fast_dds_profile() -> None:
    """Give Fast DDS room for images; has an effect only before rclpy starts, and never overrides the user's own."""
    os.environ.setdefault(FAST_DDS_PROFILE, str(share_file("config", "fastdds.xml")))
