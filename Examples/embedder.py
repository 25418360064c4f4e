# SPDX-License-Identifier: Apache-2.0
"""What the Python examples share: texts to vectors over HTTP, with nothing but the standard library.

EMBEDDER_URL (default http://127.0.0.1:8080), EMBEDDER_MODEL and EMBEDDER_API_KEY come from the environment.
"""

import array
import base64
import json
import os
import sys
import urllib.request

URL = os.environ.get("EMBEDDER_URL", "http://127.0.0.1:8080")
MODEL = os.environ.get("EMBEDDER_MODEL", "sentence-transformers/all-MiniLM-L6-v2")
BATCH = 256  # Texts a request: few round trips, and bodies far below the server's limit of 32 MiB.


def embed(texts):
    """One vector for each text, of length 1, so that a dot product is a cosine."""
    vectors = []
    for start in range(0, len(texts), BATCH):
        # Base64 is a third of the size of decimal numbers, and exact.
        body = {"model": MODEL, "input": texts[start : start + BATCH], "encoding_format": "base64"}
        headers = {"Content-Type": "application/json"}
        if os.environ.get("EMBEDDER_API_KEY"):
            headers["Authorization"] = f"Bearer {os.environ['EMBEDDER_API_KEY']}"
        request = urllib.request.Request(f"{URL}/v1/embeddings", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as response:
            data = json.load(response)["data"]
        vectors += [floats(item["embedding"]) for item in data]
    return vectors


def floats(text):
    """The little-endian float32 numbers of a base64 string."""
    numbers = array.array("f", base64.b64decode(text))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b))


def lines(path):
    """The lines of a file that are not empty."""
    with open(path, encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip()]
