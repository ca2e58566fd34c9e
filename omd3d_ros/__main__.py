"""``python -m omd3d_ros``: the same as the ``omd3d`` command."""

import sys

from omd3d_ros.cli import main

sys.exit(main())
