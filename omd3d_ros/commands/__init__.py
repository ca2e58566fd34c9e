"""Subcommands of ``omd3d`` that need no ROS, one module each."""
