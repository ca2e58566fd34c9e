"""The other side of EncodingProcess: ``python -m omd3d_ros.asking.encoding_program SOCKET``."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

import numpy as np

NICENESS = 10  # a scene can wait for frames and questions, and gets a tenth of a core that they want


def main(connection: socket.socket) -> int:
    """Encode what comes through a connected socket until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal, for the program that started us
    import torch

    from ..models.loading import load_model
    from ..perception.scene import SceneError
    from .array_channel import ArrayChannel, ChannelClosed
    from .scene_encoder import SceneEncoder
    from .scene_messages import material_of, scene_message

    channel = ArrayChannel(connection)
    try:
        settings, _ = channel.receive()
        torch.set_num_threads(settings["threads"])
        model, _ = load_model(Path(settings["weights"]), settings["device"], **settings["runtime"])
        encoder = SceneEncoder(model, None if settings["up"] is None else np.array(settings["up"]))
        os.nice(NICENESS)
        while True:
            material = material_of(channel.receive())
            try:
                answer = scene_message(encoder.build(material))
            except SceneError as refusal:
                answer = {"refused": str(refusal)}, {}
            except Exception as error:
                answer = {"failed": f"{type(error).__name__}: {error}"}, {}
            channel.send(*answer)
    except ChannelClosed:
        return 0


if __name__ == "__main__":
    sys.exit(main(socket.socket(fileno=int(sys.argv[1]))))
