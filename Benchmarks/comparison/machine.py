# SPDX-License-Identifier: Apache-2.0
"""What ran the measurement: processor, system, versions."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ["sentence-transformers", "transformers", "tokenizers", "torch", "onnxruntime", "openvino", "nncf", "numpy"]
# Those that decide which arithmetic a library chooses.
FEATURES = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "avx_vnni", "amx_bf16", "amx_int8",
            "asimddp", "i8mm", "bf16"]


def describe():
    lines = [line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines()]
    facts = {name.strip(): value.strip() for name, _, value in lines}
    flags = (facts.get("flags") or facts.get("Features") or "").split()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": facts.get("model name", platform.machine()), "processors": len(os.sched_getaffinity(0)),
        "features": [flag for flag in FEATURES if flag in flags], "memory_bytes": memory,
        "system": f"{platform.system()} {platform.release().partition('-')[0]}", "load_before": os.getloadavg()[0]}


def versions(program):
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    done = subprocess.run([program, "--version"], capture_output=True, text=True)
    found["embedder"] = done.stdout.strip()
    return found
