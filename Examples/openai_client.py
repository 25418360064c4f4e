#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OpenAI's own Python client against Embedder; only base_url differs.

  pip install openai
  Examples/openai_client.py
"""

import os

from openai import OpenAI

url = os.environ.get("EMBEDDER_URL", "http://127.0.0.1:8080")
# The client wants a key; a server without keys accepts any.
client = OpenAI(base_url=f"{url}/v1", api_key=os.environ.get("EMBEDDER_API_KEY", "none"))

models = [model.id for model in client.models.list()]
print("models:", ", ".join(models))

texts = ["Hello world", "Bonjour tout le monde"]
# The client asks for base64 by itself and unpacks it.
packed = client.embeddings.create(model=models[0], input=texts)
plain = client.embeddings.create(model=models[0], input=texts, encoding_format="float")
for text, one, other in zip(texts, packed.data, plain.data):
    assert max(abs(a - b) for a, b in zip(one.embedding, other.embedding)) < 1e-6
    print(f"{text}: {len(one.embedding)} numbers, first {one.embedding[0]:.6f}")
print("tokens:", packed.usage.total_tokens)

short = client.embeddings.create(model=models[0], input=texts, dimensions=64)
print("shortened:", len(short.data[0].embedding))
