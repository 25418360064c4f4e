# SPDX-License-Identifier: Apache-2.0
"""Eight clients at once: every answer is 200 and the vector of the text that was sent.

    python3 concurrent.py URL [ROUNDS=5]

Prints the number of requests, the largest difference to the vector of the same text sent alone, and latencies.
"""

import json
import statistics
import sys
import threading
import time
import urllib.request

CLIENTS = 8
# How far two float32 numbers in JSON may be apart that should be the same.
TOLERANCE = 1e-6

url, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5


def ask(text):
    request = urllib.request.Request(
        url + "/embeddings", json.dumps({"text": text}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as response:
        return json.load(response)["embeddings"][0]


# Short and long: the longest are embedded in several parts.
texts = [" ".join(["word", "of", "client", str(client)] * (1 + client * 20)) for client in range(CLIENTS)]
alone = [ask(text) for text in texts]
worst, times, failures = [0.0] * CLIENTS, [], []
begin = threading.Barrier(CLIENTS)


def work(client):
    begin.wait()
    for _ in range(rounds):
        started = time.monotonic()
        try:
            vector = ask(texts[client])
        except OSError as error:
            failures.append(f"client {client}: {error}")
            continue
        times.append(time.monotonic() - started)
        worst[client] = max([worst[client]] + [abs(a - b) for a, b in zip(vector, alone[client], strict=True)])


threads = [threading.Thread(target=work, args=(client,)) for client in range(CLIENTS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

if failures or max(worst) > TOLERANCE:
    sys.exit(f"error: {len(failures)} of {CLIENTS * rounds} failed, difference {max(worst)}: {failures[:3]}")
print(
    f"{len(times)} requests of {CLIENTS} clients at once: all 200, each the vector of its own text"
    f" (largest difference {max(worst):.1e}); median {statistics.median(times) * 1000:.0f} ms"
)
