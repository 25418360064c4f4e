# SPDX-License-Identifier: Apache-2.0
"""Judges one answer for Scripts/check-contracts: contract_answer.py FOLDER STATUS CONDITION.

FOLDER/answer is what curl or HTTPie printed, FOLDER/errors what they said on standard error. CONDITION is Python; it
sees `body`, the answer's JSON or, where it is none, its text.
"""

import base64  # noqa: F401  (for conditions)
import json
import math
import sys
from pathlib import Path


def read(printed):
    """The status and the body of what a client printed."""
    if "HTTP_STATUS:" in printed:  # curl, by its configuration
        text, _, status = printed.rpartition("HTTP_STATUS:")
    else:  # HTTPie: first the header
        head, _, text = printed.replace("\r\n", "\n").partition("\n\n")
        status = (head.split() + ["", ""])[1]
    try:
        return status.strip(), json.loads(text)
    except ValueError:
        return status.strip(), text


def vectors(items, count, size=384):
    """Whether `items` are `count` lists of `size` finite numbers."""
    return len(items) == count and all(len(item) == size and all(map(math.isfinite, item)) for item in items)


def unit(vector):
    """Whether the vector has length 1."""
    return abs(sum(x * x for x in vector) - 1) < 1e-3


def problem(status, body, wanted, condition):
    if status != wanted:
        return f"status {status}, expected {wanted}"
    try:
        return None if eval(condition) else f"the answer doesn't fulfil {condition}"
    except Exception as error:
        return f"{condition}: {error!r}"


def main(folder, wanted, condition):
    printed = (Path(folder) / "answer").read_text()
    status, body = read(printed)
    if found := problem(status, body, wanted, condition):
        errors = (Path(folder) / "errors").read_text()
        sys.exit(f"        {found}\n        {printed[:300]}{errors[:300]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
