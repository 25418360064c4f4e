#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares Embedder with its peers: same machine, same model, one thread each, interleaved, medians.

    pip install -r Benchmarks/requirements-bench.txt
    python3 Benchmarks/compare.py --program .build/release/embedder

The peers run in this process, in float32; Embedder runs as a server and is measured over HTTP, so its figures include
JSON, base64 and the loopback. Every figure includes tokenizing, pooling and normalising. Before anything is timed, all
contenders must give the same vectors. The table goes to standard output, progress to standard error.
"""

import os

# Before the libraries read it.
THREADS = 1
os.environ.update({name: str(THREADS) for name in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]})
os.environ.update(TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1")

import argparse
import base64
import http.client
import json
import logging
import math
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

SEED = 20261121
MAX_TOKENS = 512
BATCH = 32  # sentence-transformers' default; the runtimes, which leave it to their user, get the same
SCRATCH = tempfile.TemporaryDirectory()  # removed at exit


@dataclass
class Workload:
    """Texts that are embedded by one call, and how the result is told."""

    name: str
    texts: list
    tokens: int
    runs: int
    unit: str = "tokens/s"

    def figure(self, seconds):
        return f"{self.tokens / seconds:,.0f}" if self.unit == "tokens/s" else f"{1000 * seconds:.1f}"


def workloads(tokenizer, quick):
    draw = random.Random(SEED)
    words = sorted(word for word in tokenizer.get_vocab() if word.isascii() and word.isalpha() and len(word) > 2)

    def text(tokens):
        """A text of exactly that many tokens, the two special ones included."""
        return " ".join(draw.choice(words) for _ in range(tokens - 2))

    # Log-normal as real paragraphs are; the mean is about 40 after the cut at the model's own limit.
    lengths = [max(4, min(256, round(draw.lognormvariate(3.37, 0.8)))) for _ in range(64 if quick else 512)]
    runs = 3 if quick else 15
    return [
        Workload("200-token text", [text(200)], 200, runs),
        Workload("500-token text", [text(500)], 500, runs),
        Workload("8-token query", [text(8)], 8, 2 * runs, unit="ms"),
        Workload(
            f"{len(lengths)} mixed paragraphs (mean {statistics.mean(lengths):.0f} tokens)",
            [text(length) for length in lengths], sum(lengths), 2 if quick else 5),
    ]


class SentenceTransformers:
    name = "sentence-transformers"

    def __init__(self, folder):
        import torch
        import transformers
        from sentence_transformers import SentenceTransformer

        transformers.utils.logging.disable_progress_bar()
        torch.set_num_threads(THREADS)
        self.model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": torch.float32})
        self.model.max_seq_length = MAX_TOKENS

    def embed(self, texts):
        return self.model.encode(texts, batch_size=BATCH, show_progress_bar=False)


class Runtime:
    """What a user writes around a bare runtime: padded batches of texts of similar length, mean pooling, length 1."""

    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.enable_padding()

    def embed(self, texts):
        order = sorted(range(len(texts)), key=lambda position: -len(texts[position]))
        vectors = [None] * len(texts)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            encodings = self.tokenizer.encode_batch([texts[position] for position in chosen])
            ids = np.array([encoding.ids for encoding in encodings], np.int64)
            mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
            states = self.hidden_states(ids, mask)
            weights = mask[:, :, None].astype(np.float32)
            pooled = (states * weights).sum(1) / weights.sum(1)
            pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
            for position, vector in zip(chosen, pooled):
                vectors[position] = vector
        return np.stack(vectors)


class ONNXRuntime(Runtime):
    name = "ONNX Runtime"

    def __init__(self, folder):
        import onnxruntime

        super().__init__(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = THREADS
        self.session = onnxruntime.InferenceSession(exported(folder), options, providers=["CPUExecutionProvider"])

    def hidden_states(self, ids, mask):
        return self.session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


class OpenVINO(Runtime):
    name = "OpenVINO"

    def __init__(self, folder):
        import openvino

        super().__init__(folder)
        model = openvino.convert_model(exported(folder))
        # By itself OpenVINO computes in bfloat16 where the CPU can.
        settings = {"INFERENCE_NUM_THREADS": THREADS, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self.request = openvino.Core().compile_model(model, "CPU", settings).create_infer_request()

    def hidden_states(self, ids, mask):
        return self.request.infer({"input_ids": ids, "attention_mask": mask})[0]


@cache
def exported(folder):
    """Path of the transformer as ONNX, with batch and length free."""
    import torch
    from transformers import BertModel

    class HiddenStates(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = BertModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32).eval()

        def forward(self, input_ids, attention_mask):
            return self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    # Two tensors: the exporter takes one object given twice for one input.
    ids, mask = torch.ones(2, 16, dtype=torch.int64), torch.ones(2, 16, dtype=torch.int64)
    axes = {0: torch.export.Dim("batch", max=1024), 1: torch.export.Dim("length", max=MAX_TOKENS)}
    path = f"{SCRATCH.name}/model.onnx"
    torch.onnx.export(
        HiddenStates().eval(), (ids, mask), path, input_names=["input_ids", "attention_mask"],
        dynamic_shapes=(axes, axes), dynamo=True, verbose=False)
    return path


class Embedder:
    name = "Embedder"

    def __init__(self, folder, program):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.model = folder.name
        self.log = tempfile.TemporaryFile()
        self.server = subprocess.Popen(
            [program, "serve", str(folder), "--port", str(port), "--threads", str(THREADS),
             "--max-input-tokens", str(MAX_TOKENS)],
            stdout=self.log, stderr=self.log)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        deadline = time.monotonic() + 30
        while not self.is_ready():
            if self.server.poll() is not None or time.monotonic() > deadline:
                self.close()
                self.log.seek(0)
                sys.exit("error: the server did not start:\n" + self.log.read().decode(errors="replace"))
            time.sleep(0.05)

    def is_ready(self):
        try:
            self.connection.request("GET", "/health/ready")
            response = self.connection.getresponse()
            response.read()
            return response.status == 200
        except OSError:
            self.connection.close()
            return False

    def embed(self, texts):
        body = json.dumps({"model": self.model, "input": texts, "encoding_format": "base64"})
        self.connection.request("POST", "/v1/embeddings", body, {"Content-Type": "application/json"})
        answer = (response := self.connection.getresponse()).read()
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {answer[:500]!r}")
        rows = json.loads(answer)["data"]
        return np.stack([np.frombuffer(base64.b64decode(row["embedding"]), np.float32) for row in rows])

    def close(self):
        self.server.terminate()
        self.server.wait(timeout=30)


def check_agreement(contenders, texts):
    expected = contenders[0].embed(texts)
    for contender in contenders[1:]:
        cosine = (contender.embed(texts) * expected).sum(1).min()
        if not cosine > 0.99999:
            sys.exit(f"error: {contender.name} gives other vectors: worst cosine {cosine}")


def measure(contenders, workload):
    """Median seconds of one call, by contender; each round runs all of them, so noise meets all alike."""
    times = {contender.name: [] for contender in contenders}
    for contender in contenders:
        contender.embed(workload.texts)
    for _ in range(workload.runs):
        for contender in contenders:
            started = time.perf_counter()
            contender.embed(workload.texts)
            times[contender.name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in times.items()}


def table(names, results):
    """Markdown: a row for each workload; the ratios say how many times faster Embedder is."""
    ours = Embedder.name
    peers = [name for name in names if name != ours]
    extra = ["vs. best peer", "vs. sentence-transformers"] if ours in names and peers else []
    rows = [["one thread", *names, *extra], ["---"] * (1 + len(names) + len(extra))]
    for workload, seconds in results:
        cells = [workload.figure(seconds[name]) for name in names]
        if extra:
            best, reference = min(seconds[name] for name in peers), seconds.get(SentenceTransformers.name, math.nan)
            cells += [f"{best / seconds[ours]:.2f} ×", f"{reference / seconds[ours]:.2f} ×"]
        rows.append([f"{workload.name}, {workload.unit}", *cells])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main():
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    models = Path(os.environ.get("EMBEDDER_MODELS_DIR") or cache / "embedder/models")
    peers = {"st": SentenceTransformers, "onnx": ONNXRuntime, "openvino": OpenVINO}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", help="path of the embedder binary; without it only the peers are measured")
    parser.add_argument("--model", type=Path, default=models / "sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--peers", default="st,onnx,openvino", help="comma-separated, of: st, onnx, openvino")
    parser.add_argument("--quick", action="store_true", help="a few runs and fewer paragraphs: to see that it works")
    options = parser.parse_args()
    if not (options.model / "model.safetensors").exists():
        sys.exit(f"error: no model in {options.model}\n       Type:  Scripts/bootstrap model")

    warnings.simplefilter("ignore")  # The exporters and loaders talk a lot.
    logging.disable(logging.WARNING)
    contenders = []
    try:
        for key in filter(None, options.peers.split(",")):
            print("loading", peers[key].name, file=sys.stderr)
            contenders.append(peers[key](options.model))
        if options.program:
            print("starting", options.program, file=sys.stderr)
            contenders.append(Embedder(options.model, options.program))
        work = workloads(Tokenizer.from_file(str(options.model / "tokenizer.json")), options.quick)
        check_agreement(contenders, [text for workload in work for text in workload.texts[:40]])
        results = []
        for workload in work:
            print("measuring", workload.name, file=sys.stderr)
            results.append((workload, measure(contenders, workload)))
        cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
        print(f"{cpu}, {time.strftime('%Y-%m-%d')}, medians of interleaved runs\n")
        print(table([contender.name for contender in contenders], results))
    finally:
        for contender in contenders:
            if isinstance(contender, Embedder):
                contender.close()


if __name__ == "__main__":
    main()
