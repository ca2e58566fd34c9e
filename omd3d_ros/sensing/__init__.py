"""What camera topics carry, read without ROS: images, calibrations, transforms, and which images belong together.

Messages are read by attribute, so that those of a running graph (``omd3d_ros.ros``) and those of a recording
(``omd3d_ros.datasets.rosbag2``) go through the same code.
"""
