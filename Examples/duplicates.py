#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Finds texts that say the same in other words.

  Examples/duplicates.py
  Examples/duplicates.py --threshold 0.8 tickets.txt
"""

import argparse

from embedder import cosine, embed, lines

TEXTS = [
    "The app crashes when I open the settings.",
    "I can't log in with my new password.",
    "Opening the settings makes the application crash.",
    "Please add a dark mode.",
    "Logging in fails after I changed my password.",
    "The export to PDF loses all images.",
    "It would be nice to have a dark theme.",
    "How do I change the language?",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", help="texts, one a line (default: a few built in)")
    parser.add_argument("--threshold", type=float, default=0.5, help="cosine from which texts count as the same")
    arguments = parser.parse_args()

    texts = lines(arguments.file) if arguments.file else TEXTS
    vectors = embed(texts)
    # Every pair: fine for a few thousand texts; beyond that use an index for nearest neighbours.
    pairs = (
        (cosine(vectors[first], vectors[second]), texts[first], texts[second])
        for first in range(len(texts))
        for second in range(first + 1, len(texts))
    )
    for score, first, second in sorted(pairs, reverse=True):
        if score >= arguments.threshold:
            print(f"{score:.3f}  {first}\n       {second}")


if __name__ == "__main__":
    main()
