# SPDX-License-Identifier: Apache-2.0
"""Images a second of torch and ONNX Runtime for the image tower of a CLIP checkpoint, in float32: what
`embedder bench --images` measures of Embedder. Prepared pixels go in, projected vectors come out.

    image_peers.py MODEL SECONDS IMAGES…
"""

import logging
import os
import statistics
import sys
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import CLIPVisionModelWithProjection
from transformers.utils import logging as transformers_logging

THREADS = int(os.environ.get("THREADS") or len(os.sched_getaffinity(0)))


class Tower(torch.nn.Module):
    """Pixels to vectors, without names around them."""

    def __init__(self, folder):
        super().__init__()
        self.tower = CLIPVisionModelWithProjection.from_pretrained(folder, dtype=torch.float32).eval()

    def forward(self, pixel_values):
        return self.tower(pixel_values=pixel_values).image_embeds


def torch_runner(folder):
    tower = Tower(folder)

    def run(pixels):
        with torch.inference_mode():
            return tower(pixels)

    return run, tower.tower.config.image_size


def onnx_runner(folder):
    import onnxruntime

    path = Path(folder) / "vision.onnx"
    if not path.exists():
        tower = Tower(folder)
        size = tower.tower.config.image_size
        # Two images: the exporter takes a batch of one for a constant.
        torch.onnx.export(
            tower, (torch.zeros(2, 3, size, size),), str(path), input_names=["pixel_values"],
            dynamic_shapes=({0: torch.export.Dim("batch", max=1024)},), dynamo=True, verbose=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda pixels: session.run(None, {"pixel_values": pixels.numpy()})


def measure(run, pixels, seconds):
    """The median of a pass's seconds, after one that doesn't count."""
    run(pixels)
    samples = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(samples) < 3:
        start = time.perf_counter()
        run(pixels)
        samples.append(time.perf_counter() - start)
    return statistics.median(samples)


def main(folder, seconds, counts):
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    transformers_logging.disable_progress_bar()
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    runners = {}
    runners["torch"], size = torch_runner(folder)
    if find_spec("onnxruntime") and find_spec("onnxscript"):
        runners["onnxruntime"] = onnx_runner(folder)
    for name, run in runners.items():
        for count in counts:
            taken = measure(run, torch.randn(count, 3, size, size), seconds)
            images = "one image" if count == 1 else f"{count} images"
            print(f"{name + ', ' + images:22}{count / taken:10.2f}{taken * 1e3:10.2f}")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), [int(count) for count in sys.argv[3:]])
