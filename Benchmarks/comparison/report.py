# SPDX-License-Identifier: Apache-2.0
"""The Markdown report of a result."""

from comparison import goals
from comparison.results import Phase, figure, phases

METHOD = """\
- One process for each contender and number of threads, all alive for the whole of the measurement with that number of
  threads; those not measured are stopped (SIGSTOP), so that no thread of theirs spins or wakes. The contenders take
  turns. In a turn the first call is not counted, for any contender: it finds the caches full of the predecessor's data,
  which no service meets. The median of the turn's other calls is the figure of the round; the tables have the median
  over the rounds and, further down, the tenth and the ninetieth percentile.
- Peers are measured inside their own process: their figures hold no HTTP and no pipe. Embedder is measured by a Python
  client over HTTP: its figures hold JSON, base64, the loopback and the client's own work. All include tokenizing,
  pooling and normalising. Texts longer than 512 tokens do not occur.
- sentence-transformers is used as its manual shows. ONNX Runtime and OpenVINO get what their users write: batches of 32
  texts sorted by length, padded; mean pooling in NumPy. All have the same number of threads, tokenizing included.
- The narrow modes are each library's own: sentence-transformers with bfloat16 weights, ONNX Runtime with dynamic
  quantisation, OpenVINO with bfloat16 as its inference precision, and with 8-bit weights as its compressor makes them
  (and its default precision for the rest). In the float32 rows OpenVINO is told to compute in float32.
- "Of peak" is model FLOP utilisation: the time that the model's multiplications and additions would take at the peak of
  the unit that multiplies weights of that type, and of float32 for attention, divided by the time taken. The peaks are
  those that register-only loops reach in `embedder bench` in the same run on the same threads.
- Words of the timed texts are drawn at random from the vocabulary, so that each has exactly the tokens it is said to
  have. Accuracy and tokenizing use English: paragraphs of the reference of the Python language.
- MB are 1,000,000 bytes."""


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def versus(best, ours):
    """How many times as fast as the best peer `ours` is, and plainly if it is not."""
    ratio = best[1] / ours
    return f"**{ratio:.2f} ×**" if ratio >= 1 else f"{ratio:.2f} × (**slower** than {best[0]})"


def float32_table(phase):
    peers, ours = phase.labels("float32", ours=False), phase.label("float32")
    head = [phase.title, *peers, *([f"**{ours}**"] if ours else []), *(["vs. best peer"] if peers and ours else [])]
    if "sentence-transformers" in peers and ours:
        head.append("vs. sentence-transformers")
    rows = []
    for work in phase.works:
        row = [f"{work['name']}, {work['unit']}", *(figure(work, phase.median(work, label)) for label in peers)]
        if ours:
            seconds = phase.median(work, ours)
            row.append(f"**{figure(work, seconds)}**")
            row += [versus(phase.best_peer(work, "float32"), seconds)] if peers else []
            if "sentence-transformers" in peers:
                row.append(f"{phase.median(work, 'sentence-transformers') / seconds:.2f} ×")
        rows.append(row)
    return table(head, rows)


def narrow_table(phase):
    """Each type against the best peer with that type; Embedder's float16 has none."""
    labels = [c["label"] for c in phase.contenders if c["dtype"] != "float32"]
    pairs = [dtype for dtype in ["bfloat16", "int8"] if phase.label(dtype) and phase.labels(dtype, ours=False)]
    rows = []
    for work in phase.works:
        row = [f"{work['name']}, {work['unit']}", *(figure(work, phase.median(work, label)) for label in labels)]
        for dtype in pairs:
            row.append(versus(phase.best_peer(work, dtype), phase.median(work, phase.label(dtype))))
        rows.append(row)
    return table([phase.title, *labels, *(f"{dtype}, vs. best peer" for dtype in pairs)], rows) if labels else ""


def spread_table(phase):
    labels = [c["label"] for c in phase.contenders]
    rows = []
    for work in phase.works:
        cells = []
        for label in labels:
            ends = sorted((phase.seconds[work["key"]][label][end] for end in ("p10", "p90")), reverse=True)
            ends = ends if work["unit"] == "tokens/s" else ends[::-1]
            cells.append(" to ".join(figure(work, seconds) for seconds in ends))
        rows.append([f"{work['name']}, {work['unit']}, {work['rounds']} rounds", *cells])
    return table([phase.title, *labels], rows)


def utilisation_table(phase):
    dtypes = list(phase.bench)
    head = [phase.title]
    for dtype in dtypes:
        head += [f"{dtype}, over HTTP", "bare pass"]
    rows = []
    for work in phase.works:
        row = [work["name"]]
        for dtype in dtypes:
            bare = phase.bench_row(dtype, work)
            row.append(f"{100 * phase.http_utilisation(work, dtype):.0f} %")
            row.append(f"{100 * bare['utilisation']:.0f} %" if bare else "")
        rows.append(row)
    peaks = ", ".join(f"{dtype} {phase.peak(dtype) / 1e9:,.0f}" for dtype in dtypes)
    return table(head, rows) + f"\n\nThe peak measured, GFLOP/s: {peaks}."


def accuracy_table(phase):
    rows = []
    for label, cosine in phase.cosines.items():
        note = "the reference" if not rows else ""
        note = "**below 0.99**" if cosine["worst"] < 0.99 else note
        rows.append([label, f"{cosine['worst']:.6f}", f"{cosine['mean']:.6f}", note])
    return table([f"{cosine['texts']} English paragraphs", "worst cosine", "mean cosine", ""], rows)


def start_table(phase, result):
    rows = []
    for contender in phase.contenders:
        starts = result["start"].get(contender["dtype"]) if contender["ours"] else None
        seconds = starts["median"] if starts else contender["start_seconds"]
        cells = [f"{1000 * seconds:,.0f}", *(f"{contender['resident'][m] / 1e6:,.0f}" for m in ("loaded", "worked"))]
        rows.append([contender["label"], *cells])
    head = [phase.title, "exec to first vector, ms", "resident then, MB", "resident after all work, MB"]
    count = max((len(starts["seconds"]) for starts in result["start"].values()), default=0)
    return table(head, rows) + (
        f"\n\nEmbedder: median of {count} starts, over HTTP; peers: one start, Python's own included. Files are in the "
        "page cache.")


def bulk_line(bulk):
    ratio = bulk["embed"] / bulk["http"]
    return (
        f"- Bulk: {bulk['texts']:,} mixed paragraphs, {bulk['threads']} threads, float32: {bulk['http']:.2f} s through "
        f"HTTP ({bulk['texts_a_request']} texts a request, one connection), {bulk['embed']:.2f} s by `embedder embed` "
        f"(exec to file written): through HTTP {100 * ratio:.0f} % as fast.")


def long_line(long, utilisation):
    speeds = ", ".join(f"{label} {long['tokens'] / s:,.0f} tokens/s" for label, s in long["seconds"].items())
    resident = long["resident"]["Embedder"].items()
    sizes = "; ".join(f"{int(length):,} tokens {size / 1e6:,.0f} MB" for length, size in resident)
    return (
        f"- A text of {long['tokens']:,} tokens, {long['threads']} threads, float32, random weights in MiniLM's shape "
        f"with as many positions: {speeds}; {100 * utilisation:.0f} % of peak. Embedder's resident memory after "
        f"{sizes}.")


def tokenizing_line(tokens):
    ours, theirs = (tokens["texts"] / tokens[name] for name in ("embedder", "tokenizers"))
    return (
        f"- Tokenizing, one thread, {tokens['texts']:,} English paragraphs of {tokens['tokens'] / tokens['texts']:.0f} "
        f"tokens: {ours:,.0f} texts/s ({tokens['how']}), PyPI `tokenizers` {theirs:,.0f}: {ours / theirs:.1f} ×"
        f"{'' if ours > theirs else ', **slower**'}.")


def others(result):
    lines = [bulk_line(result["bulk"])] if "bulk" in result else []
    lines += [long_line(result["long"], goals.long_utilisation(result))] if "long" in result else []
    lines += [tokenizing_line(result["tokenizing"])] if "tokenizing" in result else []
    return "\n".join(lines)


def setting(result):
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return "\n".join([
        f"- {machine['processor']}, {machine['processors']} processors ({', '.join(machine['features'])}), "
        f"{machine['memory_bytes'] / 1e9:.0f} GB, {machine['system']}; load before the run: "
        f"{machine['load_before']:.1f}.", f"- {versions}."])


def losses(result):
    """Every place where a peer is ahead, as lines."""
    found = []
    for phase in phases(result):
        for work in phase.works:
            for dtype in phase.bench:
                best, seconds = phase.best_peer(work, dtype), phase.median(work, phase.label(dtype))
                if best and best[1] < seconds:
                    found.append(
                        f"- {phase.title}, {work['name']}, {dtype}: {best[0]} is {seconds / best[1]:.2f} × as fast.")
    long, tokens = result.get("long"), result.get("tokenizing")
    for label, seconds in (long["seconds"] if long else {}).items():
        if seconds < (ours := long["seconds"]["Embedder"]):
            found.append(f"- {long['threads']} threads, {long['work']}: {label} is {ours / seconds:.2f} × as fast.")
    if tokens and tokens["tokenizers"] < tokens["embedder"]:
        found.append(f"- Tokenizing: PyPI `tokenizers` is {tokens['embedder'] / tokens['tokenizers']:.2f} × as fast.")
    return found


def markdown(result):
    every = phases(result)
    last: Phase = every[-1]
    minutes = f", {result['minutes']:.0f} minutes" if "minutes" in result else ""
    parts = [
        "<!-- Written by Benchmarks/compare; don't edit. -->\n# Speed, measured",
        f"all-MiniLM-L6-v2, {result['machine']['processor']}, {result['date']}{minutes}. "
        "tokens/s: more is better; ms: less.",
        "**A quick try: these figures mean little.**" if result["quick"] else "", "## float32",
        *(float32_table(phase) for phase in every), "## Narrower types", *(narrow_table(phase) for phase in every),
        "## Where Embedder is behind", "\n".join(losses(result)) or "Nowhere among the contenders of this run.",
        "## Of the processor's peak", *(utilisation_table(phase) for phase in every if phase.bench), "## Accuracy",
        accuracy_table(last), "## Start and memory", start_table(last, result), "## Bulk, long texts, tokenizing",
        others(result), "## Goals", goals.table(result, table), "## Spread", "p10 to p90 over the rounds.",
        *(spread_table(phase) for phase in every), "## Method", METHOD, "## Machine and versions", setting(result),
        "\n".join(f"- Left out: {line}" for line in result["dropped"])]
    return "\n\n".join(part for part in parts if part) + "\n"
