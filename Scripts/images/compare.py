# SPDX-License-Identifier: Apache-2.0
"""Compares the decoders with Pillow: random files must have its pixels; of damaged ones the outcomes are counted.

Each file is read as it is stored and as its orientation asks for.

Usage: compare.py PROGRAM [COUNT [SEED]], with PROGRAM of Tests/EmbedImagesChecks/DecodingPipe.swift.
"""

import collections
import io
import struct
import subprocess
import sys
import warnings

import numpy as np
from image_files import (
    ADOBE,
    JFIF,
    PNG_CHANNELS,
    gif,
    gif_control,
    gif_frame,
    jpeg,
    picture,
    png,
    saved,
    webp_animation,
)
from orientations import random_oriented
from PIL import Image, ImageOps


class Decoder:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def numbers(self, count):
        return struct.unpack(f"<{count}Q", self.process.stdout.read(8 * count))

    def decode(self, data, turned):
        """The pixels or an error's text, and the seconds that took."""
        self.process.stdin.write(struct.pack("<QQ", turned, len(data)) + data)
        self.process.stdin.flush()
        is_read, nanoseconds = self.numbers(2)
        if is_read:
            width, height = self.numbers(2)
            pixels = np.frombuffer(self.process.stdout.read(3 * width * height), dtype=np.uint8)
            return pixels.reshape(height, width, 3), nanoseconds / 1e9
        return self.process.stdout.read(self.numbers(1)[0]).decode(), nanoseconds / 1e9


def pillow(data, turned):
    """The pixels or an error's text; as Transformers' `load_image` if they are turned."""
    try:
        image = Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "WEBP", "GIF"])
        if turned:
            image = ImageOps.exif_transpose(image)
        return np.asarray(image.convert("RGB"))
    except Exception as error:
        return repr(error)


def size(rng):
    limits = [(12, 12), (400, 5), (5, 400), (200, 200)][rng.integers(0, 4)]
    return tuple(int(rng.integers(1, limit + 1)) for limit in limits)


def random_png(rng):
    depth, color_type = [
        (1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2), (1, 3), (2, 3), (4, 3), (8, 3), (8, 4), (16, 4),
        (8, 6), (16, 6),
    ][rng.integers(0, 15)]
    width, height = size(rng)
    samples = picture(width, height, PNG_CHANNELS[color_type], rng, depth)
    colors = None
    if color_type == 3:
        colors = rng.integers(0, 256, 3 * int(rng.integers(1, (1 << depth) + 1))).astype(np.uint8).tobytes()
    return png(samples, depth, color_type, rng, bool(rng.integers(0, 2)), colors, parts=int(rng.integers(1, 5)))


def random_jpeg(rng):
    width, height = size(rng)
    if rng.integers(0, 3) == 0:
        factors = [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (1, 4), (4, 2), (2, 4), (3, 1)]
        count = [1, 3, 4][rng.integers(0, 3)]
        sampling = [factors[rng.integers(0, len(factors))]] + [(1, 1)] * (count - 1)
        head = [b"", JFIF, ADOBE[0], ADOBE[1], ADOBE[2]][rng.integers(0, 5)]
        return jpeg(
            width % 90 + 1, height % 90 + 1, sampling, rng, head=head, interleaved=bool(rng.integers(0, 2)),
            restart=int(rng.integers(0, 4)))
    mode = ["L", "RGB", "CMYK"][rng.integers(0, 3)]
    values = picture(width, height, {"L": 1, "RGB": 3, "CMYK": 4}[mode], rng).astype(np.uint8)
    return saved(
        Image.frombytes(mode, (width, height), values.tobytes()), "JPEG", quality=int(rng.integers(1, 101)),
        subsampling=int(rng.integers(0, 3)), progressive=bool(rng.integers(0, 2)), optimize=bool(rng.integers(0, 2)),
        restart_marker_blocks=int(rng.integers(0, 9)))


def random_webp(rng):
    width, height = size(rng)
    image = Image.fromarray(picture(width, height, int(rng.integers(3, 5)), rng).astype(np.uint8))
    still = saved(
        image, "WEBP", lossless=bool(rng.integers(0, 2)), quality=int(rng.integers(0, 101)),
        method=int(rng.integers(0, 7)), exact=bool(rng.integers(0, 2)), alpha_quality=int(rng.integers(0, 101)))
    if rng.integers(0, 4):
        return still
    left, top = 2 * int(rng.integers(0, 20)), 2 * int(rng.integers(0, 20))
    place = (still, width, height, left, top, int(rng.integers(0, 4)))
    return webp_animation(width + left + int(rng.integers(0, 20)), height + top + int(rng.integers(0, 20)), [place] * 2)


def random_gif(rng):
    width, height = size(rng)
    bits = int(rng.integers(2, 9))
    colors = rng.integers(0, 256, 3 << bits).astype(np.uint8).tobytes()
    left, top = (int(rng.integers(0, 30)) for _ in range(2)) if rng.integers(0, 2) else (0, 0)
    frame = gif_frame(
        picture(width, height, 1, rng, bits)[:, :, 0], bits, left, top, colors if rng.integers(0, 2) else None,
        bool(rng.integers(0, 2)), bool(rng.integers(0, 2)))
    control = [gif_control(int(rng.integers(0, 256)), int(rng.integers(0, 4)))] if rng.integers(0, 2) else []
    screen = int(rng.integers(1, 220)), int(rng.integers(1, 220))
    return gif(*screen, control + [frame, frame], colors if rng.integers(0, 3) else None)


def damaged(data, rng):
    if rng.integers(0, 4) == 0:
        return data[: int(rng.integers(0, len(data)))]
    data = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(0, len(data)))
        data[at] = [0, 255, data[at] ^ 1 << int(rng.integers(0, 8)), int(rng.integers(0, 256))][rng.integers(0, 4)]
    return bytes(data)


def upright(data):
    """What `pillow` gives turned, and where Pillow fails over EXIF only, what Embedder gives.

    That is the image with the orientation that Pillow had when it failed, or none.
    """
    theirs = pillow(data, turned=True)
    if not isinstance(theirs, str) or isinstance(pillow(data, turned=False), str):
        return theirs, False
    orientation = 1
    image = Image.open(io.BytesIO(data))
    try:
        image.load()
        orientation = image.getexif().get(0x0112, 1)
    except Exception:
        pass
    method = METHODS.get(orientation)
    return np.asarray((image if method is None else image.transpose(method)).convert("RGB")), True


METHODS = dict(enumerate(
    [
        Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM,
        Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90,
    ],
    start=2))


def outcome(ours, theirs):
    if isinstance(ours, str):
        if isinstance(theirs, str):
            return "refused by both"
        return "over the limits" if "at most" in ours else "read by Pillow only"
    if isinstance(theirs, str):
        return "read by Embedder only"
    return "same pixels" if same(ours, theirs) else "OTHER PIXELS"


def same(one, other):
    return one.shape == other.shape and np.array_equal(one, other)


def main(program, count=2000, seed=1):
    warnings.simplefilter("ignore")
    decoder = Decoder(program)
    rng = np.random.default_rng(int(seed))
    outcomes = collections.Counter()
    failures, slowest = 0, 0
    for index in range(int(count)):
        for kind in (random_png, random_jpeg, random_webp, random_gif):
            name = kind.__name__[7:]
            whole = random_oriented(name, kind(rng), rng)
            files = [("whole", whole, False), ("turned", whole, True), ("damaged", damaged(whole, rng), False)]
            files.append(("damaged and turned", files[-1][1], True))
            for condition, data, turned in files:
                ours, seconds = decoder.decode(data, turned)
                theirs, has_failed = upright(data) if turned else (pillow(data, turned), False)
                what = outcome(ours, theirs)
                if turned and what == "same pixels" and not same(theirs, pillow(data, turned=False)):
                    what += ", not as stored"
                outcomes[name, condition, what + (", Pillow fails over EXIF" if has_failed else "")] += 1
                slowest = max(slowest, seconds)
                is_whole = condition in ("whole", "turned")
                if what == "OTHER PIXELS" or is_whole and not what.startswith(("same pixels", "refused by both")):
                    failures += 1
                    print(f"{name} {index}, {condition}: {what}", file=sys.stderr)
    for (kind, condition, what), number in sorted(outcomes.items()):
        print(f"{kind:5} {condition:18} {what:38} {number}")
    print(f"slowest: {slowest:.3f} s")
    return failures


if __name__ == "__main__":
    sys.exit(1 if main(*sys.argv[1:]) else 0)
