"""Pictures of maps and answers, drawn in software: no display, no GPU."""

from omd3d_ros.pictures.annotate import draw_answer, draw_map, save_png
from omd3d_ros.pictures.render import DEFAULT_CAMERA, render_cloud
from omd3d_ros.pictures.viewpoint import answer_pose, overview_pose

__all__ = ["DEFAULT_CAMERA", "answer_pose", "draw_answer", "draw_map", "overview_pose", "render_cloud", "save_png"]
