# SPDX-License-Identifier: Apache-2.0
"""The process of one peer: reads a line of JSON, does it, answers a line; python -m comparison.worker SETTINGS

The peer is timed in here, so that neither JSON nor pipes are on its bill.
"""

import json
import logging
import os
import sys
import time
import warnings
from pathlib import Path

# What libraries print must not get between the answers.
ANSWERS = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def main():
    settings = json.loads(sys.argv[1])
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    from comparison.peers import PEERS

    import numpy as np

    texts = json.loads(Path(settings["texts"]).read_text())
    folder, files = Path(settings["model"]), Path(settings["files"])
    peer = PEERS[settings["peer"]](folder, files, settings["dtype"], settings["threads"], settings["max_tokens"])
    for line in sys.stdin:
        task = json.loads(line)
        chosen = texts[task["texts"]][: task.get("first")]
        if "vectors" in task:
            np.save(task["vectors"], np.asarray(peer.embed(chosen), np.float32))
            answer = {}
        else:
            answer = {"seconds": []}
            for _ in range(task["calls"]):
                started = time.perf_counter()
                peer.embed(chosen)
                answer["seconds"].append(time.perf_counter() - started)
        ANSWERS.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
