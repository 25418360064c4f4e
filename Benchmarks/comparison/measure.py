# SPDX-License-Identifier: Apache-2.0
"""The rounds: every contender does every work in turn, again and again, so that noise meets all alike."""

import statistics
import sys
from dataclasses import dataclass

import numpy as np


@dataclass
class Timing:
    """Seconds of one call, over the rounds."""

    rounds: list

    @property
    def median(self):
        return statistics.median(self.rounds)

    @property
    def p10(self):
        return float(np.percentile(self.rounds, 10))

    @property
    def p90(self):
        return float(np.percentile(self.rounds, 90))


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def turn(contender, work):
    """Median seconds of a call; the first call, which finds the predecessor's data in the caches, is not counted."""
    contender.thaw()
    try:
        contender.run(work.key, calls=1, first=work.warm)
        return statistics.median(contender.run(work.key, calls=work.calls))
    finally:
        contender.freeze()


def rounds(contenders, works):
    """Timings by work and contender's label. All contenders are frozen before and after."""
    seconds = {work.key: {contender.label: [] for contender in contenders} for work in works}
    count = max(work.rounds for work in works)
    for number in range(count):
        say(f"round {number + 1} of {count}")
        # Each round begins with another one, so that nobody always follows the same.
        start = number % len(contenders)
        for work in works:
            # Works of fewer rounds are spread over the whole time.
            if (number * work.rounds) // count == ((number - 1) * work.rounds) // count:
                continue
            for contender in contenders[start:] + contenders[:start]:
                seconds[work.key][contender.label].append(turn(contender, work))
    return {key: {label: Timing(values) for label, values in row.items()} for key, row in seconds.items()}


def cosines(contenders, texts):
    """Worst and mean cosine to the first contender, by label; and how many texts there were."""
    expected, result = None, {}
    for contender in contenders:
        contender.thaw()
        try:
            vectors = contender.vectors(texts).astype(np.float64)
        finally:
            contender.freeze()
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        expected = vectors if expected is None else expected
        each = (vectors * expected).sum(1)
        result[contender.label] = {"worst": float(each.min()), "mean": float(each.mean()), "texts": len(each)}
    return result
