# SPDX-License-Identifier: Apache-2.0
"""The contenders, each a process of its own that stands still while another is measured."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from comparison.client import Client, NoAnswer, Refused, free_port
from comparison.texts import MAX_TOKENS

NAMES = {"st": "sentence-transformers", "onnx": "ONNX Runtime", "openvino": "OpenVINO"}
OURS = "Embedder"


class Failed(Exception):
    """A contender that does not start or stops answering; the message says why."""


@dataclass
class Setting:
    """What all contenders of a run share."""

    model: Path
    files: Path
    program: Path
    threads: int
    texts: Path  # A JSON object: lists of texts by name; "query" is one of them.
    max_tokens: int = MAX_TOKENS

    def loaded(self, name):
        return json.loads(self.texts.read_text())[name]


@dataclass
class Contender:
    """A process that embeds; a subclass knows how to ask it."""

    name: str
    dtype: str
    setting: Setting
    start_seconds: float = 0
    resident: dict = field(default_factory=dict)

    @property
    def label(self):
        return self.name if self.dtype == "float32" else f"{self.name} {self.dtype}"

    @property
    def is_ours(self):
        return self.name == OURS

    def spawn(self, command, environment=None, **pipes):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(part) for part in command], env=environment, stderr=self.log, **{"stdout": self.log, **pipes})

    def freeze(self):
        """Takes the processor from it, so that no waiting thread of it spins."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def note_memory(self, moment):
        """Resident bytes, under the name of the moment."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
        self.resident[moment] = 1024 * int(kibibytes)

    def failure(self, what):
        """The error to raise: what happened, and the last that the process said."""
        self.log.seek(0)
        said = self.log.read().decode(errors="replace").strip().splitlines()
        return Failed(f"{self.label}: {what}" + "".join(f"\n       {line}" for line in said[-3:]))

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.thaw()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Peer(Contender):
    """A Python process with one of the libraries, asked over pipes; it times itself."""

    def start(self, key):
        shared, setting = {}, self.setting
        for name in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"]:
            shared[name] = str(setting.threads)
        shared["TOKENIZERS_PARALLELISM"] = "true" if setting.threads > 1 else "false"
        shared.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1")
        settings = {
            "peer": key, "model": str(setting.model), "files": str(setting.files), "dtype": self.dtype,
            "threads": setting.threads, "texts": str(setting.texts), "max_tokens": setting.max_tokens}
        started = time.perf_counter()
        self.spawn(
            [sys.executable, "-m", "comparison.worker", json.dumps(settings)], {**os.environ, **shared},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.run("query", calls=1)
        self.start_seconds = time.perf_counter() - started

    def ask(self, **task):
        try:
            self.process.stdin.write(json.dumps(task).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except OSError:
            line = b""
        if not line:
            raise self.failure("stopped")
        return json.loads(line)

    def run(self, texts, calls, first=None):
        """Seconds of each call."""
        return self.ask(texts=texts, calls=calls, first=first)["seconds"]

    def vectors(self, texts):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/vectors.npy"
            self.ask(texts=texts, vectors=path)
            return np.load(path)


class Server(Contender):
    """A server asked over HTTP; what is timed is a client's call, from texts to an array."""

    def start(self, command, timeout=60):
        """The command gets its port appended."""
        port = free_port()
        self.client = Client(port, self.setting.model.name)
        started = time.perf_counter()
        self.spawn([*command, "--port", port])
        query = self.setting.loaded("query")
        while not self.answers(query):
            if self.process.poll() is not None or time.perf_counter() - started > timeout:
                self.close()
                raise self.failure("did not start")
            time.sleep(0.001)
        self.start_seconds = time.perf_counter() - started

    def answers(self, texts):
        try:
            self.client.embed(texts)
            return True
        except NoAnswer:
            return False
        except Refused as error:
            self.close()
            raise self.failure(str(error)) from error

    def run(self, texts, calls, first=None):
        chosen = self.setting.loaded(texts)[:first]
        seconds = []
        for _ in range(calls):
            started = time.perf_counter()
            self.client.embed(chosen)
            seconds.append(time.perf_counter() - started)
        return seconds

    def vectors(self, texts):
        return self.client.embed(self.setting.loaded(texts))

    def freeze(self):
        # A connection would be too old for a server that wakes after minutes.
        self.client.disconnect()
        super().freeze()


def embedder(setting, dtype):
    """Embedder, loaded and having answered once."""
    contender = Server(OURS, dtype, setting)
    contender.start([
        setting.program, "serve", setting.model, "--dtype", dtype, "--threads", setting.threads,
        "--max-input-tokens", setting.max_tokens, "--log-level", "error"])
    return contender


def peer(setting, key, dtype):
    contender = Peer(NAMES[key], dtype, setting)
    contender.start(key)
    return contender
