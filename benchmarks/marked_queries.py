"""``omd3d eval kitchen``: how far off answers about a recording are whose objects were marked by hand.

python benchmarks/marked_queries.py path/to/rgbd_7scenes
"""

from __future__ import annotations

import sys

from omd3d_ros import cli

if __name__ == "__main__":
    sys.exit(cli.main(["eval", "kitchen", *sys.argv[1:]]))
