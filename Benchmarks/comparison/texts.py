# SPDX-License-Identifier: Apache-2.0
"""The texts: what is timed, drawn with a fixed seed, and English prose for accuracy and tokenizing."""

import random
import statistics
from dataclasses import dataclass

from tokenizers import Tokenizer

SEED = 20261121
MAX_TOKENS = 512
LONG_TOKENS = 8192


@dataclass
class Work:
    """Texts that one call embeds.

    `calls` are timed in a turn and there are `rounds` turns; `warm` is how many of the texts the call before them gets,
    which nobody times.
    """

    key: str
    name: str
    unit: str
    texts: list
    lengths: list
    rounds: int
    calls: int
    warm: int

    @property
    def tokens(self):
        return sum(self.lengths)

    def figure(self, seconds):
        """Tokens a second, or milliseconds, by the work's unit."""
        return self.tokens / seconds if self.unit == "tokens/s" else 1000 * seconds

    def operations(self, config):
        """Multiplications and additions of one call in a model of BERT's shape: by weights, and in attention."""
        hidden, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
        attention = sum(4 * hidden * length * length for length in self.lengths)
        return {
            "products": layers * self.tokens * 2 * (4 * hidden * hidden + 2 * hidden * inner),
            "attention": layers * attention}


class Writer:
    """Texts of an exact number of tokens, of random words that are one token each."""

    def __init__(self, model):
        vocabulary = Tokenizer.from_file(str(model / "tokenizer.json")).get_vocab()
        self.words = sorted(word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 2)
        self.draw = random.Random(SEED)

    def text(self, tokens):
        """The two special tokens are counted."""
        return " ".join(self.draw.choice(self.words) for _ in range(tokens - 2))

    def paragraph_lengths(self, count):
        """Log-normal as real paragraphs are; the mean is about 40 after the cut at the model's own limit."""
        return [max(4, min(256, round(self.draw.lognormvariate(3.37, 0.8)))) for _ in range(count)]


def works(model, quick):
    """What is timed, in the order of the tables."""
    writer = Writer(model)

    def work(key, name, unit, lengths, rounds, calls, warm):
        texts = [writer.text(length) for length in lengths]
        return Work(key, name, unit, texts, lengths, 2 if quick else rounds, min(calls, 3) if quick else calls, warm)

    paragraphs = writer.paragraph_lengths(64 if quick else 512)
    mean = statistics.mean(paragraphs)
    return [
        work("text200", "200-token text", "tokens/s", [200], rounds=15, calls=5, warm=1),
        work("text500", "500-token text", "tokens/s", [500], rounds=15, calls=3, warm=1),
        work("query", "8-token query", "ms", [8], rounds=15, calls=20, warm=1),
        # 32 paragraphs are enough to bring a contender's own data back into the caches before seconds of work.
        work("paragraphs", f"{len(paragraphs)} mixed paragraphs (mean {mean:.0f} tokens)", "tokens/s", paragraphs,
             rounds=5, calls=1, warm=32),
    ]


def bulk_texts(model, quick):
    """Mixed paragraphs, enough for seconds on all threads."""
    writer = Writer(model)
    writer.draw.seed(SEED + 1)
    return [writer.text(length) for length in writer.paragraph_lengths(256 if quick else 2048)]


def long_texts(model, quick):
    """Texts by name, the longest last, for a model with many positions; and the longest as a work."""
    writer = Writer(model)
    longest = LONG_TOKENS // 8 if quick else LONG_TOKENS
    lists = {f"long{length}": [writer.text(length)] for length in (longest // 4, longest // 2, longest)}
    key = f"long{longest}"
    return lists, Work(
        key, f"{longest:,}-token text", "tokens/s", lists[key], [longest], rounds=1 if quick else 3, calls=1, warm=1)


def prose():
    """Some 900 paragraphs of English: the reference of the Python language, which every Python brings along."""
    from pydoc_data.topics import topics

    blocks = {" ".join(block.split()) for text in topics.values() for block in text.split("\n\n")}
    # Neither headings nor code nor grammar.
    return sorted(
        block for block in blocks
        if 60 <= len(block) <= 600 and sum(c.isalpha() or c == " " for c in block) > 0.9 * len(block))
