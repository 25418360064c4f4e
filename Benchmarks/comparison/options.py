# SPDX-License-Identifier: Apache-2.0
"""What Benchmarks/compare can be told; only the standard library, because no environment exists yet when it is read."""

import argparse
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".build/benchmarks"
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
PEERS = ["st", "onnx", "openvino"]
DTYPES = ["float32", "float16", "bfloat16", "int8"]

DESCRIPTION = """Compares Embedder with its peers: same machine, same model, same texts, one interleaved run, medians.

Sets itself up: a Python environment with the peers in .build/benchmarks/venv, and the model. The program comes from
`make build`. Writes a Markdown report, the same as JSON beside it, and a chart. A full run takes about 20 minutes;
leave the machine alone meanwhile."""


def several(allowed):
    """A parser of comma-separated names, each of `allowed`."""

    def parse(text):
        names = [name for name in text.split(",") if name]
        for name in names:
            if name not in allowed:
                raise argparse.ArgumentTypeError(f"{name} is none of: {', '.join(allowed)}")
        return names

    return parse


def default_model():
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("EMBEDDER_MODELS_DIR") or cache / "embedder/models") / MODEL


def parse(arguments=None):
    parser = argparse.ArgumentParser(
        prog="Benchmarks/compare", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--quick", action="store_true", help="a functional try of 2 to 3 minutes; its figures mean little")
    add("--program", type=Path, default=ROOT / ".build/release/embedder", help="the embedder binary")
    add("--model", type=Path, default=default_model(), help="folder of all-MiniLM-L6-v2")
    add("--peers", type=several(PEERS), default=PEERS, metavar="LIST", help=f"default: {','.join(PEERS)}")
    add("--dtype", type=several(DTYPES), default=DTYPES, metavar="LIST", help=f"default: {','.join(DTYPES)}")
    add("--no-narrow-peers", dest="narrow_peers", action="store_false", help="leave out the peers' bfloat16 and int8")
    add("--threads", type=several([str(n) for n in range(1, 257)]), metavar="LIST",
        help="default: 1 and all the processors this process may use")
    add("--python", help="use this Python's environment instead of making one")
    add("--output", type=Path, help="the Markdown report (default: Benchmarks/results.md; with --quick: .build/…)")
    add("--chart", type=Path, help="the SVG (default: Documentation/Images/speed.svg; with --quick: .build/…)")
    add("--again", type=Path, metavar="JSON", help="measure nothing; write report and chart again from this file")
    options = parser.parse_args(arguments)
    folder = SCRATCH / "quick" if options.quick else None
    options.output = options.output or (folder / "results.md" if folder else ROOT / "Benchmarks/results.md")
    options.chart = options.chart or (folder / "speed.svg" if folder else ROOT / "Documentation/Images/speed.svg")
    processors = len(os.sched_getaffinity(0))
    options.threads = sorted({int(n) for n in options.threads or [1, processors]})
    return options
