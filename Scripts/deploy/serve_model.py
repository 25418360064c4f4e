# SPDX-License-Identifier: Apache-2.0
"""Serves one model directory as a Hub on this machine: python3 serve_model.py ID DIRECTORY; prints its address."""

import pathlib
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "hub"))

import stand_in  # noqa: E402

name, directory = sys.argv[1], pathlib.Path(sys.argv[2])
files = {
    str(path.relative_to(directory)): path.read_bytes()
    for path in sorted(directory.rglob("*"))
    if path.is_file()
}
hub = stand_in.StandIn({name: files})
print(hub.endpoint, flush=True)
signal.pause()
