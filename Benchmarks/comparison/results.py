# SPDX-License-Identifier: Apache-2.0
"""Questions to a result, as it stands in the JSON file."""


class Phase:
    """What was measured with one number of threads."""

    def __init__(self, threads, content, works):
        self.threads, self.works = int(threads), works
        self.contenders, self.seconds = content["contenders"], content["seconds"]
        self.cosines, self.bench = content["cosines"], content["bench"]
        self.title = "one thread" if self.threads == 1 else f"{self.threads} threads"

    def labels(self, dtype, ours):
        return [c["label"] for c in self.contenders if c["dtype"] == dtype and c["ours"] == ours]

    def label(self, dtype):
        """Embedder's label with that type; None when it was not measured."""
        return next(iter(self.labels(dtype, ours=True)), None)

    def median(self, work, label):
        return self.seconds[work["key"]][label]["median"]

    def best_peer(self, work, *dtypes):
        """Label and seconds of the fastest peer of these types; None when there is none."""
        peers = [label for dtype in dtypes for label in self.labels(dtype, ours=False)]
        return min(((label, self.median(work, label)) for label in peers), key=lambda pair: pair[1], default=None)

    def work(self, key):
        return next(work for work in self.works if work["key"] == key)

    def peak(self, dtype):
        """The best of the peaks that the rows of bench saw: another load can only lower one."""
        return max(row["peak_flops"] for row in self.bench[dtype])

    def utilisation(self, operations, seconds, dtype):
        """Of the peak: of the unit that multiplies weights of that type, and of float32 for attention."""
        attention_peak = self.peak("float32") if "float32" in self.bench else self.peak(dtype)
        ideal = operations["products"] / self.peak(dtype) + operations["attention"] / attention_peak
        return ideal / seconds

    def http_utilisation(self, work, dtype):
        return self.utilisation(work["operations"], self.median(work, self.label(dtype)), dtype)

    def bench_row(self, dtype, work):
        """The row of `embedder bench` that is nearest in kind."""
        names = {"text200": "one text of 200", "text500": "one text of 500", "query": "one text of 8"}
        name = names.get(work["key"], "512 mixed paragraphs")
        return next((row for row in self.bench[dtype] if row["work"] == name), None)


def phases(result):
    """In order of threads."""
    numbers = sorted(result["phases"], key=int)
    return [Phase(number, result["phases"][number], result["works"]) for number in numbers]


def figure(work, seconds):
    """Tokens a second, or milliseconds, as text."""
    return f"{work['tokens'] / seconds:,.0f}" if work["unit"] == "tokens/s" else f"{1000 * seconds:.2f}"
