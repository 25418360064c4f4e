// SPDX-License-Identifier: Apache-2.0

/// Products with packed panels in one format; included once for each, with these defined:
///
/// `FORMAT(name)`            the name with the format's before it;
/// `LINKAGE`                 static, or nothing when the table stands in another file;
/// `LAYOUT`                  how the panels lie, the members of an `embed_layout` after `panel_columns`;
/// `WEIGHT_BYTES`            bytes of a weight;
/// `STEP_INPUTS`             inputs that one step of the loop takes: those that lie interleaved;
/// `STEP_FACTORS`            elements of x that one step takes: as many as inputs, or 1 when they stand in one element;
/// `COLUMNS(step, v, k)`     the panel's vector number v for element k of x; `step` is where the step's weights begin;
/// `MULTIPLY(x, columns, sums)`  sums + x · columns;
///
/// and for int8, where each group of inputs is summed from zero and then added to y:
///
/// `GROUP_HEADER`            bytes before a group's weights;
/// `GROUP_BEGIN(group, v)`   what the group's sums begin with; `group` is where its header begins;
/// `GROUP_END(sums, group, v, job, row, number, y)`  y + factor · sums, for the job's group `number`.
///
/// A tile is TILE_ROWS rows of y by one panel's columns, held in registers while the loop runs over the whole depth:
/// each element of y is one chain of multiply-adds in the order of the inputs, whatever tile it belongs to. With few
/// rows that chain's latency would be all there is, so a tile then takes several panels.

static const embed_layout FORMAT(layout) = {.panel_columns = PANEL_COLUMNS, LAYOUT};

LINKAGE size_t FORMAT(panel_bytes)(size_t inputs) { return embed_layout_bytes(&FORMAT(layout), inputs); }

LINKAGE bool FORMAT(pack)(const void *weight, embed_storage storage, size_t outputs, size_t inputs, size_t first_column,
                          void *panels) {
    return embed_layout_pack(&FORMAT(layout), weight, storage, outputs, inputs, first_column, panels);
}

enum { FORMAT(STEP_BYTES) = PANEL_COLUMNS * STEP_INPUTS * WEIGHT_BYTES };

/// A pointer to every third row of x: base, base + stride and base + 2 · stride are addresses that need no instruction.
typedef struct {
    const float *thirds[(TILE_ROWS + 2) / 3];
} FORMAT(rows_of_x);

/// The compiler must not know how the pointers hang together, or it would compute one from the other at every step; so
/// a step of 14 rows takes 55 instructions instead of 63, which four a cycle can keep up with.
#define FORGET(pointer) __asm__("" : "+r"(pointer))

static inline __attribute__((always_inline)) void FORMAT(step)(const int rows, const int vectors, const int factors,
                                                               FORMAT(rows_of_x) *x, ptrdiff_t x_stride,
                                                               const char *panel, size_t panel_stride,
                                                               vec sums[TILE_ROWS][WIDE_VECTORS]) {
    UNROLL for (int k = 0; k < factors; k++) {
        vec columns[WIDE_VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) {
            columns[v] = COLUMNS(panel + v / TILE_VECTORS * panel_stride, v % TILE_VECTORS, k);
        }
        UNROLL for (int row = 0; row < rows; row++) {
            const vec factor = vec_set(x->thirds[row / 3][row % 3 * x_stride]);
            UNROLL for (int v = 0; v < vectors; v++) sums[row][v] = MULTIPLY(factor, columns[v], sums[row][v]);
        }
        UNROLL for (int row = 0; row < rows; row += 3) {
            x->thirds[row / 3]++;
            FORGET(x->thirds[row / 3]);
        }
    }
}

/// sums += x Wᵀ for `inputs` inputs; `next` moves on.
static inline __attribute__((always_inline)) void FORMAT(steps)(const int rows, const int vectors, const tile_job *job,
                                                                size_t inputs, FORMAT(rows_of_x) *x, const char *panel,
                                                                const char **next,
                                                                vec sums[TILE_ROWS][WIDE_VECTORS]) {
    const ptrdiff_t x_stride = job->x_stride;
    const size_t panel_stride = job->panel_stride, next_step = job->next_step;
    // The last inputs may fill only a part of a step: narrow x is filled up with zeros, but a float past the last one
    // must not be read.
    const size_t whole = STEP_FACTORS > 1 ? inputs / STEP_INPUTS : (inputs + STEP_INPUTS - 1) / STEP_INPUTS;
    const char *fetched = *next;
    // Unrolled, the compiler would load the factors of several steps at once and spill the sums.
    _Pragma("clang loop unroll(disable)") for (size_t left = whole; left > 0; left--) {
        __builtin_prefetch(fetched, 0, 2);
        if (FORMAT(STEP_BYTES) > 64) __builtin_prefetch(fetched + 64, 0, 2);
        fetched += next_step;
        FORMAT(step)(rows, vectors, STEP_FACTORS, x, x_stride, panel, panel_stride, sums);
        panel += FORMAT(STEP_BYTES);
    }
    if (STEP_FACTORS > 1 && inputs % STEP_INPUTS > 0) {
        FORMAT(step)(rows, vectors, 1, x, x_stride, panel, panel_stride, sums);
    }
    *next = fetched;
}

/// `vectors` columns are computed: those of one panel, half of them, or those of several panels.
static inline __attribute__((always_inline)) void FORMAT(tile)(const int rows, const int vectors, const tile_job *job) {
    vec sums[TILE_ROWS][WIDE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
        const vec bias = vec_load(job->bias + v * LANES);
        UNROLL for (int row = 0; row < rows; row++) sums[row][v] = bias;
    }
    if (job->start != NULL) {
        UNROLL for (int row = 0; row < rows; row++) {
            const float *start = job->start + row * job->start_stride;
            UNROLL for (int v = 0; v < vectors; v++) {
                sums[row][v] = vec_add(vec_load(start + v * LANES), sums[row][v]);
            }
        }
    }
    float *y = job->y;
    const ptrdiff_t y_stride = job->y_stride;
    const char *next = job->next;
    FORMAT(rows_of_x) x;
    UNROLL for (int row = 0; row < rows; row += 3) {
        x.thirds[row / 3] = job->x + row * job->x_stride;
        FORGET(x.thirds[row / 3]);
    }
#ifdef GROUP_BEGIN
    UNROLL for (int row = 0; row < rows; row++) {
        UNROLL for (int v = 0; v < vectors; v++) vec_store(y + row * y_stride + v * LANES, sums[row][v]);
    }
    const char *group = job->panel;
    const size_t group_count = (job->depth + EMBED_DEPTH_STEP - 1) / EMBED_DEPTH_STEP;
    for (size_t number = 0; number < group_count; number++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            const vec begin = GROUP_BEGIN(group + v / TILE_VECTORS * job->panel_stride, v % TILE_VECTORS);
            UNROLL for (int row = 0; row < rows; row++) sums[row][v] = begin;
        }
        const size_t inputs = smaller(job->depth - number * EMBED_DEPTH_STEP, EMBED_DEPTH_STEP);
        FORMAT(steps)(rows, vectors, job, inputs, &x, group + GROUP_HEADER, &next, sums);
        UNROLL for (int row = 0; row < rows; row++) {
            UNROLL for (int v = 0; v < vectors; v++) {
                float *target = y + row * y_stride + v * LANES;
                vec_store(target, GROUP_END(sums[row][v], group + v / TILE_VECTORS * job->panel_stride,
                                            v % TILE_VECTORS, job, row, number, vec_load(target)));
            }
        }
        group += GROUP_HEADER + EMBED_DEPTH_STEP / STEP_INPUTS * FORMAT(STEP_BYTES);
    }
#else
    FORMAT(steps)(rows, vectors, job, job->depth, &x, job->panel, &next, sums);
    UNROLL for (int row = 0; row < rows; row++) {
        UNROLL for (int v = 0; v < vectors; v++) vec_store(y + row * y_stride + v * LANES, sums[row][v]);
    }
#endif
}

#define TILE(name, rows, vectors) \
    static __attribute__((noinline)) void FORMAT(name)(const tile_job *job) { FORMAT(tile)(rows, vectors, job); }
#define TILES(rows) TILE(tile_##rows, rows, TILE_VECTORS) TILE(half_##rows, rows, TILE_VECTORS / 2)
TILES(1)
TILES(2)
TILES(3)
TILES(4)
TILES(5)
TILES(6)
#if TILE_ROWS > 6
TILES(7)
TILES(8)
TILES(9)
TILES(10)
TILES(11)
TILES(12)
TILES(13)
TILES(14)
#endif
TILE(wide_1, 1, WIDE_VECTORS)
#if TILE_ROWS > 6
TILE(wide_2, 2, WIDE_VECTORS)
TILE(wide_3, 3, WIDE_VECTORS)
#endif
#undef TILE
#undef TILES

/// The tile function for each number of rows.
static void (*const FORMAT(tiles)[])(const tile_job *) = {
    NULL, FORMAT(tile_1), FORMAT(tile_2), FORMAT(tile_3), FORMAT(tile_4), FORMAT(tile_5), FORMAT(tile_6),
#if TILE_ROWS > 6
    FORMAT(tile_7), FORMAT(tile_8), FORMAT(tile_9), FORMAT(tile_10), FORMAT(tile_11), FORMAT(tile_12), FORMAT(tile_13),
    FORMAT(tile_14),
#endif
};
static void (*const FORMAT(half_tiles)[])(const tile_job *) = {
    NULL, FORMAT(half_1), FORMAT(half_2), FORMAT(half_3), FORMAT(half_4), FORMAT(half_5), FORMAT(half_6),
#if TILE_ROWS > 6
    FORMAT(half_7), FORMAT(half_8), FORMAT(half_9), FORMAT(half_10), FORMAT(half_11), FORMAT(half_12), FORMAT(half_13),
    FORMAT(half_14),
#endif
};
/// For the numbers of rows at which WIDE_PANELS panels fit into the registers.
static void (*const FORMAT(wide_tiles)[])(const tile_job *) = {
    NULL, FORMAT(wide_1),
#if TILE_ROWS > 6
    FORMAT(wide_2), FORMAT(wide_3),
#endif
};

/// A tile of the last panel when y ends inside it: computed beside y, then its columns copied.
static void FORMAT(tile_part)(size_t rows, size_t width, const tile_job *job) {
    float start[TILE_ROWS][PANEL_COLUMNS] = {{0}}, bias[PANEL_COLUMNS] = {0}, result[TILE_ROWS][PANEL_COLUMNS];
    tile_job whole = *job;
    memcpy(bias, job->bias, width * sizeof(float));
    whole.bias = bias;
    if (job->start != NULL) {
        for (size_t row = 0; row < rows; row++) {
            memcpy(start[row], job->start + (ptrdiff_t)row * job->start_stride, width * sizeof(float));
        }
        whole.start = start[0];
        whole.start_stride = PANEL_COLUMNS;
    }
    whole.y = result[0];
    whole.y_stride = PANEL_COLUMNS;
    FORMAT(tiles)[rows](&whole);
    for (size_t row = 0; row < rows; row++) {
        memcpy(job->y + (ptrdiff_t)row * job->y_stride, result[row], width * sizeof(float));
    }
}

/// The product with x as the tiles read it: `x` points to elements of 4 bytes; `x_factors` is for int8.
static void FORMAT(multiply)(const embed_product *p, const float *x, ptrdiff_t x_stride, const float *x_factors,
                             ptrdiff_t x_factor_stride) {
    static const float zeros[WIDE_VECTORS * LANES];
    const size_t tile_count = (p->rows + TILE_ROWS - 1) / TILE_ROWS;
    if (tile_count == 0) return;
    // Rows are spread evenly, so that no tile is left with one or two.
    const size_t rows_each = p->rows / tile_count;
    const size_t one_more = p->rows % tile_count;
    const size_t panel_bytes = FORMAT(panel_bytes)(p->depth);
    const size_t steps = (p->depth + STEP_INPUTS - 1) / STEP_INPUTS;
    const bool is_wide = p->rows < sizeof FORMAT(wide_tiles) / sizeof *FORMAT(wide_tiles);
    size_t width;
    for (size_t first = 0; first < p->columns; first += width) {
        width = smaller(p->columns - first, is_wide ? WIDE_PANELS * PANEL_COLUMNS : PANEL_COLUMNS);
        if (width < WIDE_PANELS * PANEL_COLUMNS) width = smaller(width, PANEL_COLUMNS);
        const char *panel = (const char *)p->panels + first / PANEL_COLUMNS * p->panel_stride;
        // While many tiles use this panel, each of them fetches its share of the next one from memory. The processor's
        // own prefetcher follows the panels in order but ends at each page, so a single tile fetches from the page
        // behind: on Zen 4 14 rows are 10 to 30 % faster. Fewer than 5 rows read too fast to gain from that.
        const bool fetches = tile_count >= 2 && first + PANEL_COLUMNS < p->columns;
        const bool fetches_ahead = tile_count == 1 && p->rows >= 5;
        const size_t share = (panel_bytes / (steps > 0 ? steps : 1) + tile_count - 1) / tile_count;
        tile_job job = {
            .x = x,
            .x_stride = x_stride,
            .panel = panel,
            .panel_stride = p->panel_stride,
            .depth = p->depth,
            .y = p->y + first,
            .y_stride = p->y_stride,
            .bias = p->bias ? p->bias + first : zeros,
            .start = p->start ? p->start + first : NULL,
            .start_stride = p->start_stride,
            .x_factors = x_factors,
            .x_factor_stride = x_factor_stride,
            .next = panel + (fetches ? p->panel_stride : fetches_ahead ? 4096 : 0),
            .next_step = fetches ? share : fetches_ahead ? FORMAT(STEP_BYTES) : 0,
        };
        for (size_t t = 0; t < tile_count; t++) {
            const size_t rows = rows_each + (t < one_more);
            if (width > PANEL_COLUMNS) {
                FORMAT(wide_tiles)[rows](&job);
            } else if (width == PANEL_COLUMNS) {
                FORMAT(tiles)[rows](&job);
            } else if (width == HALF_PANEL) {
                FORMAT(half_tiles)[rows](&job);
            } else {
                FORMAT(tile_part)(rows, width, &job);
            }
            activate(job.y, p->y_stride, rows, width, p->activation);
            job.x += (ptrdiff_t)rows * x_stride;
            job.y += (ptrdiff_t)rows * p->y_stride;
            if (job.start != NULL) job.start += (ptrdiff_t)rows * p->start_stride;
            if (x_factors != NULL) job.x_factors += (ptrdiff_t)rows * x_factor_stride;
            if (fetches) job.next += panel_bytes / tile_count;
        }
    }
}

LINKAGE double FORMAT(peak)(size_t iterations, float *sink) {
    // As many chains as a tile has sums: enough to hide the latency of a multiplication, few enough for the registers.
    enum { CHAINS = TILE_ROWS * TILE_VECTORS };
    vec sums[CHAINS];
    const vec x = vec_set(0.5f + *sink * 0), columns = vec_set(0.25f + *sink * 0);
    UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = vec_set((float)chain);
    for (size_t i = 0; i < iterations; i++) {
        UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = MULTIPLY(x, columns, sums[chain]);
    }
    // One bit of everything: narrow numbers needn't make finite floats.
    uint32_t bits[CHAINS * LANES], all = 0;
    memcpy(bits, sums, sizeof bits);
    for (size_t i = 0; i < CHAINS * LANES; i++) all ^= bits[i];
    *sink += (float)(all & 1);
    return 2.0 * STEP_INPUTS / STEP_FACTORS * CHAINS * LANES * (double)iterations;
}

#undef FORGET
#undef FORMAT
#undef LINKAGE
#undef LAYOUT
#undef WEIGHT_BYTES
#undef STEP_INPUTS
#undef STEP_FACTORS
#undef COLUMNS
#undef MULTIPLY
#undef GROUP_HEADER
#undef GROUP_BEGIN
#undef GROUP_END
