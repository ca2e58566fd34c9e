"""What the pipeline costs on this machine, from frames to answers: the measuring code behind ``omd3d bench``."""
