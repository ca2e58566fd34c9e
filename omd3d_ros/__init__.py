"""OMD3D: ask a robot's map questions.  Importing this package pulls in neither ROS nor torch."""

__version__ = "0.1.0"
