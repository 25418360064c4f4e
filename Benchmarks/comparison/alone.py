# SPDX-License-Identifier: Apache-2.0
"""What is measured of Embedder alone, or beside one library only: start, the bare pass, bulk, tokenizing."""

import json
import statistics
import subprocess
import time

from tokenizers import Tokenizer

from comparison.contenders import Failed, embedder, peer
from comparison.measure import say
from comparison.texts import MAX_TOKENS

TEXTS_A_REQUEST = 512


def command(program, *arguments):
    """Standard output of a run of the program, and its seconds."""
    started = time.perf_counter()
    done = subprocess.run([str(part) for part in (program, *arguments)], capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise Failed(f"{program.name} {arguments[0]}: " + (done.stderr.strip().splitlines() or ["failed"])[0])
    return done.stdout, seconds


def bench(options, dtype, threads):
    """The rows of `embedder bench`: no tokenizing, no HTTP, with the peak measured in the same run."""
    # The mix, which is left out of a quick try, takes seconds a pass.
    amount = ["--seconds", 0.2, "--length", 8, "--length", 200] if options.quick else ["--seconds", 1]
    output, _ = command(
        options.program, "bench", "--model", options.model, "--json", "--dtype", dtype, "--threads", threads,
        "--max-input-tokens", MAX_TOKENS, *amount)
    return [json.loads(line) for line in output.splitlines()]


def starts(setting, dtype, count):
    """Seconds from exec to the first vector over HTTP, and resident bytes then, for each of some starts."""
    seconds, resident = [], []
    for _ in range(count):
        contender = embedder(setting, dtype)
        contender.note_memory("loaded")
        contender.close()
        seconds.append(contender.start_seconds)
        resident.append(contender.resident["loaded"])
    return {"seconds": seconds, "median": statistics.median(seconds), "resident": statistics.median(resident)}


def bulk(options, setting, texts, folder, count):
    """Seconds for the same texts through `embedder embed`, exec and file writing included, and through the server."""
    (folder / "bulk.txt").write_text("\n".join(texts) + "\n")
    server = embedder(setting, "float32")
    seconds = {"http": [], "embed": []}
    try:
        for _ in range(count):
            server.client.embed(texts[:32])
            started = time.perf_counter()
            for first in range(0, len(texts), TEXTS_A_REQUEST):
                server.client.embed(texts[first : first + TEXTS_A_REQUEST])
            seconds["http"].append(time.perf_counter() - started)
            server.freeze()
            _, taken = command(
                options.program, "embed", "--model", options.model, "--threads", setting.threads, "--max-input-tokens",
                MAX_TOKENS, "--input", folder / "bulk.txt", "--output", folder / "bulk.npy")
            seconds["embed"].append(taken)
            server.thaw()
    finally:
        server.close()
    return {
        "texts": len(texts), "threads": setting.threads, "texts_a_request": TEXTS_A_REQUEST,
        **{name: statistics.median(values) for name, values in seconds.items()}}


def long_text(options, setting, lists, work, config):
    """Seconds for a text of thousands of tokens, beside sentence-transformers; resident bytes after shorter ones."""
    contenders = [embedder(setting, "float32")]
    if "st" in options.peers:
        contenders.append(peer(setting, "st", "float32"))
    resident, seconds, vectors = {}, {contender.label: [] for contender in contenders}, []
    try:
        for contender in contenders:
            for name in lists:
                vectors.append(contender.vectors(name))
                contender.note_memory(name)
            resident[contender.label] = contender.resident
            contender.freeze()
        first, last = vectors[len(lists) - 1][0], vectors[-1][0]
        if not float(first @ last) > 0.9999:
            raise Failed(f"{work.name}: the vectors differ, cosine {first @ last}")
        for _ in range(work.rounds):
            for contender in contenders:
                contender.thaw()
                seconds[contender.label] += contender.run(work.key, calls=1)
                contender.freeze()
    finally:
        for contender in contenders:
            contender.close()
    return {
        "work": work.name, "tokens": work.tokens, "threads": setting.threads, "operations": work.operations(config),
        "seconds": {label: statistics.median(values) for label, values in seconds.items()},
        "resident": {
            label: {name.removeprefix("long"): size for name, size in sizes.items()}
            for label, sizes in resident.items()}}


def tokenizing(options, paragraphs, folder, count):
    """Seconds for the same paragraphs through Embedder's tokenizer and PyPI's, one thread each."""
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    (folder / "prose.txt").write_text("\n".join(paragraphs) + "\n")
    (folder / "one.txt").write_text(paragraphs[0] + "\n")
    measure, how = bare_tokenizing, "bare"
    try:
        bare_tokenizing(options, folder)
    except Failed:
        say("this binary has no `bench --tokenize`: timing `embedder tokenize`, which writes JSON as well")
        measure, how = printed_tokenizing, "with its JSON output"
    # With offsets and without, which is faster.
    theirs, ours = {"encode_batch": [], "encode_batch_fast": []}, []
    for _ in range(count):
        for name, values in theirs.items():
            started = time.perf_counter()
            encodings = getattr(tokenizer, name)(paragraphs)
            values.append(time.perf_counter() - started)
        ours.append(measure(options, folder))
    return {
        "texts": len(paragraphs), "characters": sum(map(len, paragraphs)),
        "tokens": sum(len(encoding.ids) for encoding in encodings), "how": how, "embedder": statistics.median(ours),
        "tokenizers": min(statistics.median(values) for values in theirs.values())}


def bare_tokenizing(options, folder):
    """Seconds for the file, by the program's own clock."""
    output, _ = command(
        options.program, "bench", "--model", options.model, "--json", "--threads", 1, "--seconds", 0.5,
        "--tokenize", folder / "prose.txt")
    rows = [json.loads(line) for line in output.splitlines()]
    return next(row["p50_seconds"] for row in rows if row["work"] == "tokenizing")


def printed_tokenizing(options, folder):
    """Seconds for the file by the command's wall time, less that of one line."""
    _, whole = command(options.program, "tokenize", "--model", options.model, "--input", folder / "prose.txt")
    _, empty = command(options.program, "tokenize", "--model", options.model, "--input", folder / "one.txt")
    return max(whole - empty, 1e-9)
