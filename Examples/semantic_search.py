#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Finds the texts that are nearest in meaning to a question; words in common are not needed.

  Examples/semantic_search.py "how do I get my money back?"
  Examples/semantic_search.py --file notes.txt --top 5 "where did we leave the keys?"
"""

import argparse

from embedder import cosine, embed, lines

CORPUS = [
    "You can return any article within 30 days for a full refund.",
    "Our shops are open from nine to six, Monday to Saturday.",
    "Parcels to other countries take between five and eight working days.",
    "Forgot your password? Ask for a link to set a new one.",
    "The battery lasts about ten hours with the screen at half brightness.",
    "Invoices are sent by e-mail on the first day of each month.",
    "The train to the coast leaves from platform four.",
    "Water the plant twice a week and keep it out of direct sunlight.",
    "Invest regularly, and don't look at your portfolio every day.",
    "Knead the dough for ten minutes, then let it rest under a cloth.",
    "The museum shows paintings from the seventeenth century.",
    "Students and pensioners pay half the price of admission.",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("question")
    parser.add_argument("--file", help="texts to search, one a line (default: a few built in)")
    parser.add_argument("--top", type=int, default=3, help="how many to show")
    arguments = parser.parse_args()

    texts = lines(arguments.file) if arguments.file else CORPUS
    question, *vectors = embed([arguments.question, *texts])
    ranked = sorted(zip((cosine(question, vector) for vector in vectors), texts), reverse=True)
    for score, text in ranked[: arguments.top]:
        print(f"{score:.3f}  {text}")


if __name__ == "__main__":
    main()
