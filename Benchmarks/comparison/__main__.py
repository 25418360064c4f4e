# SPDX-License-Identifier: Apache-2.0
"""The whole comparison; Benchmarks/compare starts it in the environment that has the peers."""

import os

# Before the libraries read it: this process only asks and counts.
os.environ.update(TOKENIZERS_PARALLELISM="false", OMP_NUM_THREADS="1")

import hashlib
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from comparison import alone, chart, client, contenders, convert, machine, options as choices, report, texts
from comparison.measure import cosines, rounds, say

# What one switch of each library gives.
NARROW = {"st": ["bfloat16"], "onnx": ["int8"], "openvino": ["bfloat16", "int8"]}
# A float32 contender further from the reference computes something else.
SAME = 0.99999


def enter(options, setting, dropped):
    """All contenders, started and frozen; those that don't start are told and left out."""
    wanted = [(key, "float32") for key in options.peers]
    if options.narrow_peers:
        wanted += [(key, dtype) for key in options.peers for dtype in NARROW[key]]
    wanted += [(None, dtype) for dtype in options.dtype]
    entered = []
    try:
        for key, dtype in wanted:
            say("starting", contenders.NAMES.get(key, contenders.OURS), dtype)
            try:
                contender = start(setting, key, dtype)
            except contenders.Failed as failure:
                say(f"left out: {failure}")
                dropped.append(str(failure).replace("\n       ", ": "))
                continue
            entered.append(contender)
            contender.note_memory("loaded")
            contender.freeze()
    except BaseException:
        close(entered)
        raise
    return entered


def start(setting, key, dtype):
    if key is None:
        return contenders.embedder(setting, dtype)
    return contenders.peer(setting, key, dtype)


def close(entered):
    for contender in entered:
        contender.close()


def phase(options, setting, works, dropped):
    """Everything that is measured with one number of threads."""
    say(f"with {setting.threads} thread{'s' if setting.threads > 1 else ''}")
    entered = enter(options, setting, dropped)
    try:
        accuracy = cosines(entered, "accuracy")
        for contender in entered:
            if contender.dtype == "float32" and not accuracy[contender.label]["worst"] > SAME:
                raise contenders.Failed(f"{contender.label} gives other vectors: {accuracy[contender.label]}")
        timings = rounds(entered, works)
        for contender in entered:
            contender.note_memory("worked")
    finally:
        close(entered)
    ours = [contender.dtype for contender in entered if contender.is_ours]
    say("measuring the bare pass:", ", ".join(ours))
    return {
        "contenders": [
            {"label": c.label, "name": c.name, "dtype": c.dtype, "ours": c.is_ours, "start_seconds": c.start_seconds,
             "resident": c.resident}
            for c in entered],
        "seconds": {
            key: {label: {"median": t.median, "p10": t.p10, "p90": t.p90, "rounds": t.rounds}
                  for label, t in row.items()}
            for key, row in timings.items()},
        "cosines": accuracy,
        "bench": {dtype: alone.bench(options, dtype, setting.threads) for dtype in ours},
    }


def recipe():
    """A name for what the conversions give: it changes with how and by what they are made."""
    sources = [Path(convert.__file__), choices.ROOT / "Benchmarks/requirements-bench.txt"]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def measure(options, folder):
    """All results, ready for JSON."""
    works = texts.works(options.model, options.quick)
    config = json.loads((options.model / "config.json").read_text())
    paragraphs = texts.prose()
    step = max(1, len(paragraphs) // (20 if options.quick else 200))
    lists = {work.key: work.texts for work in works} | {"accuracy": paragraphs[::step]}
    (folder / "texts.json").write_text(json.dumps(lists))
    files = choices.SCRATCH / "models" / recipe()
    subprocess.run(
        [sys.executable, "-m", "comparison.convert", options.model, files, *options.peers], check=True)
    result = {
        "date": time.strftime("%Y-%m-%d"), "quick": options.quick, "machine": machine.describe(),
        "versions": machine.versions(options.program),
        "works": [
            {"key": w.key, "name": w.name, "unit": w.unit, "tokens": w.tokens, "rounds": w.rounds, "calls": w.calls,
             "operations": w.operations(config)}
            for w in works],
        "dropped": [], "phases": {}}

    def setting(threads):
        return contenders.Setting(options.model, files, options.program, threads, folder / "texts.json")

    for threads in options.threads:
        result["phases"][str(threads)] = phase(options, setting(threads), works, result["dropped"])
    every = options.threads[-1]
    ours = list(result["phases"][str(every)]["bench"])
    count = 2 if options.quick else 7
    say("starting Embedder", count, "times")
    result["start"] = {dtype: alone.starts(setting(every), dtype, count) for dtype in ours}
    if "float32" in ours:
        say("bulk through HTTP and through the command")
        many = texts.bulk_texts(options.model, options.quick)
        result["bulk"] = alone.bulk(options, setting(every), many, folder, 1 if options.quick else 3)
        say("a long text")
        long_lists, work = texts.long_texts(options.model, options.quick)
        (folder / "long.json").write_text(json.dumps(long_lists | {"query": lists["query"]}))
        long = contenders.Setting(
            files / "long", files, options.program, every, folder / "long.json", texts.LONG_TOKENS)
        result["long"] = alone.long_text(options, long, long_lists, work, config)
    say("tokenizing")
    result["tokenizing"] = alone.tokenizing(options, paragraphs * 5, folder, 2 if options.quick else 7)
    result["dropped"] = sorted(set(result["dropped"]))
    return result


def main():
    options = choices.parse()
    started = time.monotonic()
    if options.again:
        result = json.loads(options.again.read_text())
    else:
        with tempfile.TemporaryDirectory() as folder:
            result = measure(options, Path(folder))
        result["minutes"] = (time.monotonic() - started) / 60
    for path, content in [
        (options.output.with_suffix(".json"), json.dumps(result, indent=1) + "\n"),
        (options.output, report.markdown(result)), (options.chart, chart.svg(result))]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        say("wrote", path)


if __name__ == "__main__":
    # So that ending this ends the contenders too, which may stand still.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        main()
    except (contenders.Failed, client.Refused, client.NoAnswer, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")
