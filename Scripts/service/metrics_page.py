# SPDX-License-Identifier: Apache-2.0
"""Sends a server requests and judges what /metrics makes of them, for Scripts/check-metrics: metrics_page.py URL FILE.

FILE gets the page.
"""

import http.client
import json
import math
import sys
import urllib.parse
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

# Names as they are read: the parser takes `_total` from those of counters.
TYPES = {
    "embedder_build_info": "gauge",
    "embedder_requests": "counter",
    "embedder_request_seconds": "histogram",
    "embedder_requests_in_flight": "gauge",
    "encode_request_processing_seconds": "summary",
    "encode_request_processing_seconds_created": "gauge",
    "embedder_models_loaded": "gauge",
    "embedder_model_loads": "counter",
    "embedder_model_unloads": "counter",
    "embedder_model_load_seconds": "gauge",
    "embedder_model_weight_bytes": "gauge",
    "embedder_inputs": "counter",
    "embedder_tokens": "counter",
    "embedder_truncated_inputs": "counter",
    "embedder_tokenize_seconds": "histogram",
    "embedder_images": "counter",
    "embedder_image_seconds": "histogram",
    "embedder_queue_requests": "gauge",
    "embedder_queue_tokens": "gauge",
    "embedder_queue_wait_seconds": "histogram",
    "embedder_batch_inputs": "histogram",
    "embedder_batch_tokens": "histogram",
    "embedder_inference_seconds": "histogram",
    "process_cpu_seconds": "counter",
    "process_resident_memory_bytes": "gauge",
    "process_virtual_memory_bytes": "gauge",
    "process_start_time_seconds": "gauge",
    "process_open_fds": "gauge",
    "process_max_fds": "gauge",
}
EMBEDDINGS = "/v1/embeddings"
SECRET = "a planted text nobody may find"


def main(url, page):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
    model = json.loads(send(connection, "GET", "/v1/models", None, 200))["data"][0]["id"]
    before = scrape(connection)
    bodies = [{"model": model, "input": text} for text in ("Hello world", ["a", "b", "c"], f"{SECRET} " * 5000)]
    usage = 0
    for body in bodies:
        usage += json.loads(send(connection, "POST", EMBEDDINGS, body, 200))["usage"]["total_tokens"]
    send(connection, "POST", EMBEDDINGS, {"model": f"{SECRET} of a model", "input": SECRET}, 400)
    send(connection, "POST", EMBEDDINGS, {"model": model}, 422)
    send(connection, "GET", EMBEDDINGS, None, 405)
    send(connection, "GET", "/" + urllib.parse.quote(SECRET), None, 404)
    after = scrape(connection, keep=page)

    check_families(after)
    check_histograms(after)
    check_growth(before, after)

    counted = grown(before, after, "embedder_requests_total", route=EMBEDDINGS)
    expect("POST requests by status", counted,
           {(model, "POST", "200"): 3, ("", "POST", "400"): 1, ("", "POST", "422"): 1, ("", "GET", "405"): 1},
           lambda labels: (labels["model"], labels["method"], labels["status"]))
    expect("requests to no route", grown(before, after, "embedder_requests_total", route="unknown"), {"404": 1},
           lambda labels: labels["status"])
    expect("embedding-server's count", grown(before, after, "encode_request_processing_seconds_count"), {(): 5})
    for name, count in {"inputs": 5, "tokens": usage, "truncated_inputs": 1}.items():
        expect(name, grown(before, after, f"embedder_{name}_total", model=model), {(): count}, lambda _: ())
    for name in ("tokenize_seconds", "queue_wait_seconds"):
        expect(name, grown(before, after, f"embedder_{name}_count", model=model), {(): 3}, lambda _: ())
    for name, count in {"batch_inputs": 5, "batch_tokens": usage}.items():
        expect(name, grown(before, after, f"embedder_{name}_sum", model=model), {(): count}, lambda _: ())
    for name, value in {"models_loaded": 1, "requests_in_flight": 1}.items():
        expect(name, {s.value for s in samples(after, f"embedder_{name}")}, {value})
    print(f"{len(after)} families, {sum(len(family.samples) for family in after.values())} samples: as expected")


def send(connection, method, path, body, status):
    headers = {"content-type": "application/json"} if body else {}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != status:
        sys.exit(f"error: {method} {path}: expected {status}, found {answer.status}: {text[:500]}")
    return text


def scrape(connection, keep=None):
    text = send(connection, "GET", "/metrics", None, 200)
    if SECRET.split()[1] in text:
        sys.exit("error: the page holds a client's words")
    if keep:
        Path(keep).write_text(text)
    families = list(text_string_to_metric_families(text))
    names = [family.name for family in families]
    expect("families that are there twice", {name for name in names if names.count(name) > 1}, set())
    return {family.name: family for family in families}


def samples(families, name):
    return [sample for family in families.values() for sample in family.samples if sample.name == name]


def key(sample):
    return sample.name, tuple(sorted(sample.labels.items()))


def grown(before, after, name, **labels):
    """How much each series of `name` with these labels has grown, by all its labels; those that have not are left out."""
    old = {key(sample): sample.value for sample in samples(before, name)}
    growth = {key(sample)[1]: sample.value - old.get(key(sample), 0) for sample in samples(after, name)
              if labels.items() <= sample.labels.items()}
    return {series: value for series, value in growth.items() if value}


def expect(what, found, expected, select=None):
    if select:
        found = {select(dict(series)): value for series, value in found.items()}
    if found != expected:
        sys.exit(f"error: {what}: expected {expected}, found {found}")


def check_families(families):
    documentation = Path("Documentation/Operations.md").read_text()
    expect("names and types", {family.name: family.type for family in families.values()}, TYPES)
    for family in families.values():
        if not family.documentation:
            sys.exit(f"error: {family.name} has no help")
        name = family.name + ("_total" if family.type == "counter" else "")
        if f"| `{name}` | {family.type} |" not in documentation:
            sys.exit(f"error: Documentation/Operations.md has no row for {name}, {family.type}")
        # What the kernel, a start and the requests above have made must be there.
        if not family.samples:
            sys.exit(f"error: {family.name} has no sample")


def check_histograms(families):
    for family in families.values():
        if family.type != "histogram":
            continue
        series = {}
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "le"}
            entry = series.setdefault(tuple(sorted(labels.items())), {"buckets": []})
            if sample.name.endswith("_bucket"):
                entry["buckets"].append((float(sample.labels["le"]), sample.value))
            else:
                entry[sample.name.rpartition("_")[2]] = sample.value
        for labels, entry in series.items():
            check_histogram(f"{family.name}{dict(labels)}", **entry)


def check_histogram(name, buckets, count, sum):
    bounds, counts = zip(*buckets)
    least = most = previous = last = 0
    for bound, value in buckets:
        least += (value - previous) * last
        most += (value - previous) * bound if value > previous else 0
        previous, last = value, bound
    if list(bounds) != sorted(set(bounds)) or bounds[-1] != math.inf:
        sys.exit(f"error: {name}: bounds {bounds}")
    if list(counts) != sorted(counts) or counts[-1] != count:
        sys.exit(f"error: {name}: buckets {counts}, count {count}")
    if not least * 0.999 <= sum <= most * 1.001:
        sys.exit(f"error: {name}: sum {sum} not within what its buckets allow, {least} to {most}")


def check_growth(before, after):
    """Whatever counts only grows, and no series is lost."""
    values = {key(sample): sample.value for family in after.values() for sample in family.samples}
    for family in before.values():
        for sample in family.samples:
            if key(sample) not in values:
                sys.exit(f"error: {key(sample)} is gone")
            if family.type != "gauge" and values[key(sample)] < sample.value:
                sys.exit(f"error: {key(sample)} fell from {sample.value} to {values[key(sample)]}")


main(*sys.argv[1:])
