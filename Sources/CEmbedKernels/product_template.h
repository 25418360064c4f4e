// SPDX-License-Identifier: Apache-2.0

/// Products with packed panels; included after math_template.h, with `TILE_ROWS` and `TILE_VECTORS` defined.
///
/// A tile is TILE_ROWS rows of y by one panel's columns, held in registers while the loop runs over the whole depth:
/// each element of y is one chain of multiply-adds in the order of the inputs, whatever tile it belongs to.

enum { PANEL_COLUMNS = TILE_VECTORS * LANES, HALF_PANEL = PANEL_COLUMNS / 2 };

typedef struct {
    const float *x;
    ptrdiff_t x_stride;
    const float *panel;
    size_t depth;
    float *y;
    ptrdiff_t y_stride;
    /// What the sums begin with: the bias, never null, and a start for each row unless null.
    const float *bias;
    const float *start;
    ptrdiff_t start_stride;
    /// Where the weights needed after this panel lie; a quarter of a line of them is fetched at each step.
    const float *next;
    size_t next_step;
} tile_job;

#define UNROLL _Pragma("clang loop unroll(full)")

/// `vectors` of the panel's columns are computed: all, or half of them.
static inline __attribute__((always_inline)) void tile(const int rows, const int vectors, const tile_job *job) {
    vec sums[TILE_ROWS][TILE_VECTORS];
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
    const float *x = job->x;
    const ptrdiff_t x_stride = job->x_stride;
    const float *panel = job->panel;
    const float *next = job->next;
    const size_t next_step = job->next_step;
    // A pointer to every third row: base, base + stride and base + 2 · stride are addresses that need no instruction.
    // The compiler must not know how the pointers hang together, or it would compute one from the other at every step; so a
    // step of 14 rows takes 54 instructions instead of 62, which four a cycle can keep up with.
    const float *thirds[(TILE_ROWS + 2) / 3];
    UNROLL for (int row = 0; row < rows; row += 3) {
        thirds[row / 3] = x + row * x_stride;
        __asm__("" : "+r"(thirds[row / 3]));
    }
    // Unrolled, the compiler would load the factors of several steps at once and spill the sums.
    _Pragma("clang loop unroll(disable)") for (size_t left = job->depth; left > 0; left--) {
        __builtin_prefetch(next, 0, 2);
        next += next_step;
        vec columns[TILE_VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) columns[v] = vec_load(panel + v * LANES);
        UNROLL for (int row = 0; row < rows; row++) {
            const vec factor = vec_set(thirds[row / 3][row % 3 * x_stride]);
            UNROLL for (int v = 0; v < vectors; v++) sums[row][v] = vec_fma(factor, columns[v], sums[row][v]);
        }
        UNROLL for (int row = 0; row < rows; row += 3) {
            thirds[row / 3]++;
            __asm__("" : "+r"(thirds[row / 3]));
        }
        panel += PANEL_COLUMNS;
    }
    float *y = job->y;
    const ptrdiff_t y_stride = job->y_stride;
    UNROLL for (int row = 0; row < rows; row++) {
        UNROLL for (int v = 0; v < vectors; v++) vec_store(y + row * y_stride + v * LANES, sums[row][v]);
    }
}

#define TILE(rows)                                                                                               \
    static __attribute__((noinline)) void tile_##rows(const tile_job *job) { tile(rows, TILE_VECTORS, job); }       \
    static __attribute__((noinline)) void half_##rows(const tile_job *job) { tile(rows, TILE_VECTORS / 2, job); }
TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)
#if TILE_ROWS > 6
TILE(7)
TILE(8)
TILE(9)
TILE(10)
TILE(11)
TILE(12)
TILE(13)
TILE(14)
#endif
#undef TILE

/// The tile function for each number of rows.
static void (*const tiles[TILE_ROWS + 1])(const tile_job *) = {
    NULL, tile_1, tile_2, tile_3, tile_4, tile_5, tile_6,
#if TILE_ROWS > 6
    tile_7, tile_8, tile_9, tile_10, tile_11, tile_12, tile_13, tile_14,
#endif
};
static void (*const half_tiles[TILE_ROWS + 1])(const tile_job *) = {
    NULL, half_1, half_2, half_3, half_4, half_5, half_6,
#if TILE_ROWS > 6
    half_7, half_8, half_9, half_10, half_11, half_12, half_13, half_14,
#endif
};

/// The activation, on a block of y that is still in the nearest cache.
static inline __attribute__((always_inline)) void activate_as(float *y, ptrdiff_t y_stride, size_t rows, size_t width,
                                                              const embed_activation activation) {
    for (size_t row = 0; row < rows; row++, y += y_stride) {
        size_t column = 0;
        for (; column + LANES <= width; column += LANES) {
            vec_store(y + column, vec_activate(vec_load(y + column), activation));
        }
        const size_t left = width - column;
        if (left > 0) vec_store_part(y + column, vec_activate(vec_load_part(y + column, left), activation), left);
    }
}

static void activate(float *y, ptrdiff_t y_stride, size_t rows, size_t width, embed_activation activation) {
    switch (activation) {
    case EMBED_ACTIVATION_IDENTITY: break;
    case EMBED_ACTIVATION_GELU: activate_as(y, y_stride, rows, width, EMBED_ACTIVATION_GELU); break;
    case EMBED_ACTIVATION_GELU_TANH: activate_as(y, y_stride, rows, width, EMBED_ACTIVATION_GELU_TANH); break;
    case EMBED_ACTIVATION_RELU: activate_as(y, y_stride, rows, width, EMBED_ACTIVATION_RELU); break;
    case EMBED_ACTIVATION_SILU: activate_as(y, y_stride, rows, width, EMBED_ACTIVATION_SILU); break;
    case EMBED_ACTIVATION_TANH: activate_as(y, y_stride, rows, width, EMBED_ACTIVATION_TANH); break;
    }
}

/// A tile of the last panel when y ends inside it: computed beside y, then its columns copied.
static void tile_part(size_t rows, size_t width, const tile_job *job) {
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
    tiles[rows](&whole);
    for (size_t row = 0; row < rows; row++) {
        memcpy(job->y + (ptrdiff_t)row * job->y_stride, result[row], width * sizeof(float));
    }
}

static void product(const embed_product *p) {
    static const float zeros[PANEL_COLUMNS];
    const size_t tile_count = (p->rows + TILE_ROWS - 1) / TILE_ROWS;
    if (tile_count == 0) return;
    // Rows are spread evenly, so that no tile is left with one or two.
    const size_t rows_each = p->rows / tile_count;
    const size_t one_more = p->rows % tile_count;
    for (size_t first = 0; first < p->columns; first += PANEL_COLUMNS) {
        const size_t width = p->columns - first < PANEL_COLUMNS ? p->columns - first : PANEL_COLUMNS;
        const float *panel = p->panels + first / PANEL_COLUMNS * p->panel_stride;
        // While many tiles use this panel, each of them fetches its share of the next one from memory. With few tiles
        // the processor's own prefetcher, which follows the panels in order, is faster.
        const bool fetches = tile_count >= 2 && first + PANEL_COLUMNS < p->columns;
        const size_t share = p->depth * PANEL_COLUMNS / tile_count;
        tile_job job = {
            .x = p->x,
            .x_stride = p->x_stride,
            .panel = panel,
            .depth = p->depth,
            .y = p->y + first,
            .y_stride = p->y_stride,
            .bias = p->bias ? p->bias + first : zeros,
            .start = p->start ? p->start + first : NULL,
            .start_stride = p->start_stride,
            .next = fetches ? panel + p->panel_stride : panel,
            .next_step = fetches ? (PANEL_COLUMNS + tile_count - 1) / tile_count : 0,
        };
        for (size_t t = 0; t < tile_count; t++) {
            const size_t rows = rows_each + (t < one_more);
            if (width == PANEL_COLUMNS) {
                tiles[rows](&job);
            } else if (width == HALF_PANEL) {
                half_tiles[rows](&job);
            } else {
                tile_part(rows, width, &job);
            }
            activate(job.y, p->y_stride, rows, width, p->activation);
            job.x += (ptrdiff_t)rows * p->x_stride;
            job.y += (ptrdiff_t)rows * p->y_stride;
            if (job.start != NULL) job.start += (ptrdiff_t)rows * p->start_stride;
            if (fetches) job.next += share;
        }
    }
}
