# SPDX-License-Identifier: Apache-2.0
"""The chart of a result, as SVG: Embedder beside the best peer of the same type, for each work.

One picture serves light and dark pages: its background is transparent and its colours follow the reader's scheme.
"""

from xml.sax.saxutils import escape

from comparison.results import phases

TYPES = ["float32", "bfloat16", "int8"]
WIDTH, MARGIN = 900, 16
TYPE_WIDTH, NAME_WIDTH, BAR_WIDTH, VALUE_WIDTH, COLUMN_GAP = 62, 132, 152, 110, 18
BAR, PITCH, PAIR_GAP = 12, 16, 5
HEAD, ROW_HEAD, ROW_GAP = 92, 24, 14

STYLE = """
text{font:12px -apple-system,BlinkMacSystemFont,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;fill:#1f2328}
.title{font-size:18px;font-weight:600}.work,.column{font-weight:600}.work{font-size:13px}
.soft{fill:#59636e}.end{text-anchor:end}.ours{font-weight:600}.behind{fill:#bc4c00}
.peer{fill:#b6bec8}.embedder{fill:#0969da}.line{stroke:#d1d9e0}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.soft{fill:#9198a1}.behind{fill:#f0883e}
.peer{fill:#59636e}.embedder{fill:#4493f8}.line{stroke:#3d444d}}
"""


def text(x, y, content, *classes):
    kind = f' class="{" ".join(classes)}"' if classes else ""
    return f'<text x="{x:g}" y="{y:g}"{kind}>{escape(content)}</text>'


def speed(work, seconds):
    """What a bar's length tells: tokens a second, or calls a second where the table has milliseconds."""
    return work["tokens"] / seconds if work["unit"] == "tokens/s" else 1 / seconds


def value(work, seconds):
    return f"{speed(work, seconds):,.0f}" if work["unit"] == "tokens/s" else f"{1000 * seconds:.2f} ms"


def pairs(phase, work):
    """For each type: Embedder's seconds, and the best peer's name and seconds or None."""
    for dtype in TYPES:
        if label := phase.label(dtype):
            yield dtype, phase.median(work, label), phase.best_peer(work, dtype)


def bars(phase, work, x, y, scale):
    """The bars of one panel, whose names end at x."""
    parts = []
    for _, ours, best in pairs(phase, work):
        rows = [("Embedder", ours, True)]
        if best:
            rows.insert(0, (best[0].removesuffix(" bfloat16").removesuffix(" int8"), best[1], False))
        for name, seconds, is_ours in rows:
            length = max(1, speed(work, seconds) * scale)
            middle = y + BAR - 2
            parts.append(text(x - 7, middle, name, "end", *(["ours"] if is_ours else [])))
            parts.append(
                f'<rect class="{"embedder" if is_ours else "peer"}" x="{x:g}" y="{y:g}" width="{length:.1f}" '
                f'height="{BAR}" rx="2"/>')
            after = [value(work, seconds)]
            classes = ["ours"] if is_ours else ["soft"]
            if is_ours and best:
                ratio = best[1] / seconds
                after.append(f"{ratio:.2f} ×")
                classes += ["behind"] if ratio < 1 else []
            parts.append(text(x + length + 6, middle, "  ".join(after).replace("  ", " · "), *classes))
            y += PITCH
        y += PAIR_GAP
    return parts


def row_height(every, work):
    heights = []
    for phase in every:
        rows = list(pairs(phase, work))
        heights.append(sum(PITCH * (2 if best else 1) + PAIR_GAP for _, _, best in rows))
    return max(heights, default=0)


def svg(result):
    # The fewest and the most threads, if there are more than two.
    every = phases(result)
    every = every[:1] + every[-1:] if len(every) > 1 else every
    column = NAME_WIDTH + BAR_WIDTH + VALUE_WIDTH + COLUMN_GAP
    starts = [MARGIN + TYPE_WIDTH + NAME_WIDTH + column * number for number in range(len(every))]
    machine = f"{result['machine']['processor']}, {result['date']}"
    parts = [
        text(MARGIN, 28, "all-MiniLM-L6-v2: Embedder and the best peer of the same type", "title"),
        text(MARGIN, 48, f"Longer bars are faster; × says how many times as fast as the bar above. {machine}.", "soft"),
        text(MARGIN, 64, "Embedder is measured over HTTP, the peers inside their own process.", "soft")]
    parts += [text(x, HEAD - 8, phase.title, "column") for x, phase in zip(starts, every)]
    y = HEAD
    for work in every[0].works:
        figures = [s for phase in every for _, ours, best in pairs(phase, work) for s in (ours, *(best or ())[1:])]
        if not figures:
            continue
        scale = BAR_WIDTH / speed(work, min(figures))
        parts.append(f'<path class="line" d="M{MARGIN} {y - 1}H{WIDTH - MARGIN}"/>')
        unit = "tokens/s" if work["unit"] == "tokens/s" else "time of one"
        parts.append(
            f'<text x="{MARGIN}" y="{y + 16}"><tspan class="work">{escape(work["name"])}</tspan>'
            f'<tspan class="soft" dx="8">{unit}</tspan></text>')
        top = y + ROW_HEAD
        at = top
        for dtype, _, best in pairs(every[0], work):
            parts.append(text(MARGIN, at + BAR - 2, dtype, "soft"))
            at += PITCH * (2 if best else 1) + PAIR_GAP
        for x, phase in zip(starts, every):
            parts += bars(phase, work, x, top, scale)
        y = top + row_height(every, work) + ROW_GAP - PAIR_GAP
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" role="img">',
        "<!-- SPDX-License-Identifier: Apache-2.0; written by Benchmarks/compare -->",
        "<title>Speed of Embedder and its peers</title>", f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"
