# SPDX-License-Identifier: Apache-2.0
"""Starts `embedder serve` for a measurement, and makes texts of an exact number of tokens. Standard library only."""

import json
import os
import random
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".build/release/embedder"
FIXTURES = ROOT / "Tests/Fixtures/Models"


class Server:
    """A server on a free port of the loopback, stopped at the end of a `with`."""

    def __init__(self, program, model, arguments=(), environment=None):
        command = [str(program), "serve", str(model), "--port", "0", "--log-format", "json", *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}
        )
        self.url = self._wait_for("listening", "model loaded")["listening"]["url"]
        # A full pipe would stop the server: requests that fail are logged.
        threading.Thread(target=self._discard_log, daemon=True).start()
        self.model = json.loads(self.get("/v1/models"))["data"][0]["id"]

    @property
    def pid(self):
        return self.process.pid

    @property
    def address(self):
        """Host and port, as http.client takes them."""
        return self.url.removeprefix("http://")

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read()

    def cpu_seconds(self):
        """Processor time of all threads so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, key="VmRSS"):
        """Bytes of a line of /proc/PID/status; `VmHWM` is the peak since `reset_peak`."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
        raise KeyError(key)

    def reset_peak(self):
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _discard_log(self):
        for _ in self.process.stdout:
            pass

    def _wait_for(self, *messages):
        """The first line of the log that says each of `messages`, in whatever order they come."""
        seen = []
        found = {}
        for line in self.process.stdout:
            seen.append(line.decode())
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            found.setdefault(entry.get("message"), entry)
            if all(message in found for message in messages):
                return found
        raise SystemExit("the server ended:\n" + "".join(seen))


class Texts:
    """Texts of words that are one token each, in a random order that is the same in every run."""

    def __init__(self, model_folder, seed=20261121):
        vocabulary = json.loads((Path(model_folder) / "tokenizer.json").read_text())["model"]["vocab"]
        self.words = sorted(word for word in vocabulary if word.isascii() and word.isalpha() and word.islower())
        self.random = random.Random(seed)

    def text(self, tokens):
        """A text of `tokens` tokens with the two of the frame, [CLS] and [SEP]."""
        return " ".join(self.random.choices(self.words, k=tokens - 2))


def wait_until_idle(server, seconds=0.2):
    """Returns when the server has used no processor time for a while."""
    before = server.cpu_seconds()
    while True:
        time.sleep(seconds)
        now = server.cpu_seconds()
        if now == before:
            return
        before = now
