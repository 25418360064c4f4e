# SPDX-License-Identifier: Apache-2.0
"""What the project aims at, and what a run reached."""

from comparison.results import phases


class Goal:
    """A bound on a figure; `at_least` says which side of it is good."""

    def __init__(self, what, bound, reached, unit, at_least=True):
        self.what, self.bound, self.reached, self.unit, self.at_least = what, bound, reached, unit, at_least

    @property
    def is_met(self):
        return self.reached >= self.bound if self.at_least else self.reached <= self.bound

    def row(self):
        sign = "≥" if self.at_least else "≤"
        places = 2 if self.unit == "×" else 1 if self.reached < 10 else 0
        reached = f"{self.reached:.{places}f}"
        return [self.what, f"{sign} {self.bound:g} {self.unit}", f"{reached} {self.unit}",
                "met" if self.is_met else "**not met**"]


def against_peers(phase, key, bound, what):
    """How many times as fast as the best float32 peer."""
    work, ours = phase.work(key), phase.label("float32")
    best = phase.best_peer(work, "float32")
    if best and ours:
        yield Goal(f"{what}, vs. best peer ({best[0]})", bound, best[1] / phase.median(work, ours), "×")


def one_thread(phase):
    for key, bound, peak in [("text200", 1.45, 80), ("text500", 1.45, 80), ("paragraphs", 2.5, 70)]:
        work = phase.work(key)
        what = f"one thread, {work['name']}"
        yield from against_peers(phase, key, bound, what)
        if "float32" in phase.bench:
            yield Goal(f"{what}, of peak", peak, 100 * phase.http_utilisation(work, "float32"), "%")
    query = phase.work("query")
    best = phase.best_peer(query, "float32")
    for dtype, bound in [("float32", 0.62), ("float16", 0.35), ("bfloat16", 0.35), ("int8", 0.3)]:
        if best and (label := phase.label(dtype)):
            yield Goal(f"one thread, short query, {dtype}: time of the best float32 peer's", bound,
                       phase.median(query, label) / best[1], "×", at_least=False)


def more_threads(one, more):
    yield from against_peers(more, "paragraphs", 2.5, f"{more.title}, {more.work('paragraphs')['name']}")
    # The bounds are for twice the threads.
    if more.threads == 2 * one.threads and one.label("float32") and more.label("float32"):
        for key, bound in [("paragraphs", 1.9), ("text200", 1.7)]:
            work = more.work(key)
            ratio = one.median(work, "Embedder") / more.median(work, "Embedder")
            yield Goal(f"{more.title}, {work['name']}, vs. our own {one.title}", bound, ratio, "×")


def long_utilisation(result):
    """Of the peak, through HTTP, for the longest text."""
    long, phase = result["long"], phases(result)[-1]
    return phase.utilisation(long["operations"], long["seconds"]["Embedder"], "float32")


def long_text(result):
    sizes = list(result["long"]["resident"]["Embedder"].values())
    what = f"{result['long']['threads']} threads, {result['long']['work']}"
    yield Goal(f"{what}, of peak", 60, 100 * long_utilisation(result), "%")
    # Lengths double: linear memory grows by twice as much again, quadratic by four times.
    growth = (sizes[-1] - sizes[-2]) / max(1, sizes[-2] - sizes[-3])
    yield Goal(f"{what}, memory added by the last doubling, over the one before", 2.5, growth, "×", at_least=False)


def rest(result, one):
    last = phases(result)[-1]
    if result.get("long"):
        yield from long_text(result)
    if start := result["start"].get("float32"):
        yield Goal("exec to first vector, float32", 100, 1000 * start["median"], "ms", at_least=False)
    for contender in last.contenders:
        bound = {"float32": 110, "float16": 70}.get(contender["dtype"])
        if contender["ours"] and bound:
            resident = max(contender["resident"].values()) / 1e6
            yield Goal(f"resident, serving, {contender['dtype']}", bound, resident, "MB", at_least=False)
    if bulk := result.get("bulk"):
        yield Goal("bulk through HTTP, vs. `embedder embed`", 90, 100 * bulk["embed"] / bulk["http"], "%")
    if tokens := result.get("tokenizing"):
        yield Goal("tokenizing, vs. PyPI `tokenizers`", 10, tokens["tokenizers"] / tokens["embedder"], "×")
        if one.label("float32"):
            work = one.work("paragraphs")
            share = tokens["embedder"] / tokens["tokens"] * work["tokens"] / one.median(work, "Embedder")
            yield Goal("tokenizing, share of the time of paragraphs", 3, 100 * share, "%", at_least=False)


def all_goals(result):
    one, *more = phases(result)
    found = list(one_thread(one)) if one.threads == 1 else []
    for phase in more:
        found += more_threads(one, phase)
    return found + list(rest(result, one))


def table(result, write):
    return write(["goal", "bound", "reached", ""], [goal.row() for goal in all_goals(result)])
