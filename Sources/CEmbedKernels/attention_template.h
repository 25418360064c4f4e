// SPDX-License-Identifier: Apache-2.0

/// Attention with a running softmax; included after tile_template.h.
///
/// Keys are taken in blocks: a block's keys (transposed) and values are packed like weights, and for each tile of
/// queries scores = Q Kᵀ, weights = 2^(scores · c − maximum · c), output = output · correction + weights · V. The
/// scores of one tile and one block are all that is ever held.
///
/// Masks and biases belong into what the sums of a tile of scores begin with, in units of scores before they are
/// scaled, so that the maxima know of them. `start` holds a number for each key. A bias depends on the distance of key
/// and query only, and so does whether the query sees the key: all rows of a tile read the same line of numbers, each
/// row one place before the row above it. With a cap the mask is added after it, and the maxima are found then.
///
/// Keys that no query sees are not packed, and a tile leaves out those that none of its rows sees, in whole panels at
/// the front. This must not change a bit: the weight of a key that a row doesn't see is zero exactly (`hidden`), and
/// zeros change no sum; a row that sees nothing of a block keeps its maximum, and its correction is 1; one that saw
/// nothing so far has the sums 0, whatever they are corrected by. Blocks begin at the same keys for all queries.

/// Keys in a block: most texts are one block, and a block of head size 64 fits with its scores in a 512 KB cache.
/// On Zen 4, 256 keys are up to 2 % slower, and 1,024 up to 2 % faster on long texts, for twice the memory.
enum { KEY_BLOCK = 512 };

/// Elements between rows of scores: an odd number of cache lines, so that rows don't compete for the same cache sets.
enum { SCORE_STRIDE = KEY_BLOCK + 16 };

/// Steps at a tile's end that are taken row by row; depths are filled up with zeros to a multiple.
enum { LAST_STEPS = 4 };

/// Lanes that hold a number for each row of a tile.
enum { ROW_LANES = (TILE_ROWS + LANES - 1) / LANES * LANES };

static size_t round_up(size_t count, size_t multiple) { return (count + multiple - 1) / multiple * multiple; }

static size_t attention_scratch(size_t queries, size_t head_size) {
    const size_t depth = round_up(head_size, LAST_STEPS), width = round_up(head_size, PANEL_COLUMNS);
    return TILE_ROWS * SCORE_STRIDE                                           // scores
           + KEY_BLOCK * depth                                                // keys, transposed
           + KEY_BLOCK * width                                                // values
           + round_up(TILE_ROWS * depth, LANES)                               // queries
           + TILE_ROWS * width                                                // output
           + 2 * round_up(queries, TILE_ROWS) / TILE_ROWS * ROW_LANES;        // maxima and sums
}

/// Calls for the rows of a head in advance: they lie so far apart that the processor doesn't guess them.
///
/// Into the second-level cache: on Zen 4 up to 4 % faster than into the first with heads of 64, level with 32.
static inline void fetch_rows(const float *rows, ptrdiff_t stride, size_t count, size_t head_size) {
    for (size_t row = 0; row < count; row++, rows += stride) {
        for (size_t i = 0; i < head_size; i += 16) __builtin_prefetch(rows + i, 0, 2);
    }
}

static void copy_rows(const float *source, ptrdiff_t source_stride, size_t rows, size_t size, float *target,
                      ptrdiff_t target_stride) {
    for (size_t row = 0; row < rows; row++, source += source_stride, target += target_stride) {
        memcpy(target, source, size * sizeof(float));
    }
}

/// Turns LANES rows into LANES columns: each stage deals out two halves like a pack of cards.
static inline __attribute__((always_inline)) void transpose(vec rows[LANES]) {
    UNROLL for (int stage = 1; stage < LANES; stage *= 2) {
        vec dealt[LANES];
        UNROLL for (int i = 0; i < LANES / 2; i++) {
            dealt[2 * i] = vec_interleave_low(rows[i], rows[i + LANES / 2]);
            dealt[2 * i + 1] = vec_interleave_high(rows[i], rows[i + LANES / 2]);
        }
        UNROLL for (int i = 0; i < LANES; i++) rows[i] = dealt[i];
    }
}

/// Combines each row's elements with one another, as `transpose` and then combining the columns would: row i in lane i.
static inline __attribute__((always_inline)) vec fold(vec rows[LANES], vec (*const combine)(vec, vec)) {
    UNROLL for (int half = LANES / 2; half > 0; half /= 2) {
        UNROLL for (int i = 0; i < half; i++) {
            const vec low = vec_interleave_low(rows[i], rows[i + half]);
            rows[i] = combine(low, vec_interleave_high(rows[i], rows[i + half]));
        }
    }
    return rows[0];
}

/// [keys, head_size] to [panel][depth][PANEL_COLUMNS] with a key in each column; zeros past the last key, up to half a
/// panel, and past the head.
static void pack_keys(const float *key, ptrdiff_t stride, size_t keys, size_t head_size, float *panels) {
    const size_t depth = round_up(head_size, LAST_STEPS);
    for (size_t first = 0; first < round_up(keys, HALF_PANEL); first += LANES) {
        const size_t count = keys <= first ? 0 : keys - first < LANES ? keys - first : LANES;
        float *column = panels + first / PANEL_COLUMNS * PANEL_COLUMNS * depth + first % PANEL_COLUMNS;
        for (size_t i = 0; i < head_size; i += LANES) {
            const size_t width = head_size - i < LANES ? head_size - i : LANES;
            const size_t padded = depth - i < LANES ? depth - i : LANES;
            const float *source = key + (ptrdiff_t)first * stride + (ptrdiff_t)i;
            const float *next = source + LANES * stride;
            for (size_t row = 0; row < LANES; row++) __builtin_prefetch(next + (ptrdiff_t)row * stride, 0, 2);
            vec rows[LANES];
            if (count == LANES && width == LANES) {
                UNROLL for (int row = 0; row < LANES; row++) rows[row] = vec_load(source + row * stride);
            } else {
                for (size_t row = 0; row < LANES; row++) {
                    const float *part = source + (ptrdiff_t)row * stride;
                    rows[row] = row >= count     ? vec_zero()
                                : width == LANES ? vec_load(part)
                                                 : vec_load_part(part, width);
                }
            }
            transpose(rows);
            for (size_t row = 0; row < padded; row++) vec_store(column + (i + row) * PANEL_COLUMNS, rows[row]);
        }
    }
}

/// [keys, head_size] to [panel][depth][PANEL_COLUMNS]; zeros past the last key, up to LAST_STEPS, and past the head.
static void pack_values(const float *value, ptrdiff_t stride, size_t keys, size_t head_size, size_t depth,
                        float *first_panel) {
    for (size_t first = 0; first < head_size; first += PANEL_COLUMNS) {
        const size_t width = head_size - first < PANEL_COLUMNS ? head_size - first : PANEL_COLUMNS;
        float *panels = first_panel + first * depth;
        for (size_t key = 0; key < keys; key++, panels += PANEL_COLUMNS) {
            const float *row = value + (ptrdiff_t)key * stride + first;
            fetch_rows(row + 16 * stride, stride, 1, PANEL_COLUMNS);
            if (width == PANEL_COLUMNS) {
                for (size_t v = 0; v < PANEL_COLUMNS; v += LANES) vec_store(panels + v, vec_load(row + v));
            } else {
                memset(panels, 0, PANEL_COLUMNS * sizeof(float));
                memcpy(panels, row, width * sizeof(float));
            }
        }
        const size_t padding = (round_up(keys, LAST_STEPS) - keys) * PANEL_COLUMNS;
        memset(panels, 0, padding * sizeof(float));
    }
}

/// y = (start + x · panels) · factors for the rows of a tile.
typedef struct {
    const float *x;
    ptrdiff_t x_stride;
    const float *panels;
    /// Steps from one panel to the next.
    size_t panel_depth;
    /// A multiple of LAST_STEPS.
    size_t depth;
    float *y;
    ptrdiff_t y_stride;
    /// From a multiple of PANEL_COLUMNS to a multiple of HALF_PANEL.
    size_t first_column;
    size_t columns_end;
    /// What the sums begin with: a number for each column; when null, y times a number for each row, or zeros.
    const float *start;
    const float *corrections;
    /// Added to the start: row r's numbers for the columns begin at bias − r. Or null.
    const float *bias;
    /// A number for each row, or null for ones.
    const float *factors;
    /// Each row's largest elements so far, lane by lane, raised here; or null.
    vec *maxima;
} attention_job;

/// Half the columns of a panel or all of them; as in product_template.h, but for the end.
///
/// There the last steps are taken row by row, and a row is stored while the next ones are still computed. 28 stores at
/// once would hold up the multiplications for 80 cycles (Zen 4), which is 9 % of a tile of depth 32.
static inline __attribute__((always_inline)) void attention_tile(const int rows, const int vectors, size_t column,
                                                                 const attention_job *job) {
    float *y = job->y + column;
    const ptrdiff_t y_stride = job->y_stride;
    vec sums[TILE_ROWS][TILE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
        const vec start = job->start != NULL ? vec_load(job->start + column + v * LANES) : vec_zero();
        UNROLL for (int row = 0; row < rows; row++) sums[row][v] = start;
    }
    if (job->corrections != NULL) {
        UNROLL for (int row = 0; row < rows; row++) {
            const vec correction = vec_set(job->corrections[row]);
            UNROLL for (int v = 0; v < vectors; v++) {
                sums[row][v] = vec_multiply(vec_load(y + row * y_stride + v * LANES), correction);
            }
        }
    }
    if (job->bias != NULL) {
        const float *bias = job->bias + column;
        UNROLL for (int row = 0; row < rows; row++) {
            UNROLL for (int v = 0; v < vectors; v++) {
                sums[row][v] = vec_add(sums[row][v], vec_load(bias - row + v * LANES));
            }
        }
    }
    const ptrdiff_t x_stride = job->x_stride;
    const float *panel = job->panels + column * job->panel_depth;
    const float *thirds[(TILE_ROWS + 2) / 3];
    UNROLL for (int row = 0; row < rows; row += 3) {
        thirds[row / 3] = job->x + row * x_stride;
        __asm__("" : "+r"(thirds[row / 3]));
    }
    _Pragma("clang loop unroll(disable)") for (size_t left = job->depth - LAST_STEPS; left > 0; left--) {
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
    const float *factors = job->factors;
    vec *maxima = job->maxima;
    UNROLL for (int row = 0; row < rows; row++) {
        UNROLL for (int step = 0; step < LAST_STEPS; step++) {
            const vec factor = vec_set(thirds[row / 3][row % 3 * x_stride + step]);
            UNROLL for (int v = 0; v < vectors; v++) {
                sums[row][v] = vec_fma(factor, vec_load(panel + step * PANEL_COLUMNS + v * LANES), sums[row][v]);
            }
        }
        UNROLL for (int v = 0; v < vectors; v++) {
            if (factors != NULL) sums[row][v] = vec_multiply(sums[row][v], vec_set(factors[row]));
            vec_store(y + row * y_stride + v * LANES, sums[row][v]);
        }
        if (maxima != NULL) {
            UNROLL for (int v = 0; v < vectors; v++) maxima[row] = vec_max(maxima[row], sums[row][v]);
        }
        // Or the compiler would gather the stores at the end.
        __asm__ volatile("" ::: "memory");
    }
}

static inline __attribute__((always_inline)) void attention_product(const int rows, const attention_job *job) {
    size_t column = job->first_column;
    for (; column + PANEL_COLUMNS <= job->columns_end; column += PANEL_COLUMNS) {
        attention_tile(rows, TILE_VECTORS, column, job);
    }
    if (column < job->columns_end) attention_tile(rows, TILE_VECTORS / 2, column, job);
}

/// Turns scores into weights 2^(scores · scale + offset), in place, and gives each row's sum.
///
/// Columns from `first_column` to `end`, multiples of LANES.
static inline __attribute__((always_inline)) void weigh(const int rows, float *scores, size_t first_column, size_t end,
                                                        float scale, const float *offsets, float *sums) {
    const vec factor = vec_set(scale);
    vec row_sums[ROW_LANES];
    UNROLL for (int row = 0; row < ROW_LANES; row++) row_sums[row] = vec_zero();
    for (size_t column = first_column; column < end; column += LANES) {
        UNROLL for (int row = 0; row < rows; row++) {
            float *score = scores + row * SCORE_STRIDE + column;
            const vec weight = vec_exp2(vec_fma(vec_load(score), factor, vec_set(offsets[row])));
            vec_store(score, weight);
            row_sums[row] = vec_add(row_sums[row], weight);
        }
    }
    UNROLL for (int first = 0; first < ROW_LANES; first += LANES) {
        vec_store(sums + first, fold(row_sums + first, vec_add));
    }
}

/// The functions for one number of rows.
typedef struct {
    void (*product)(const attention_job *job);
    void (*weigh)(float *scores, size_t first_column, size_t end, float scale, const float *offsets, float *sums);
} attention_steps;

#define STEPS(rows)                                                                                                  \
    static void attention_product_##rows(const attention_job *job) { attention_product(rows, job); }                 \
    static void weigh_##rows(float *scores, size_t first_column, size_t end, float scale, const float *offsets,      \
                             float *sums) {                                                                          \
        weigh(rows, scores, first_column, end, scale, offsets, sums);                                                \
    }
STEPS(1)
STEPS(2)
STEPS(3)
STEPS(4)
STEPS(5)
STEPS(6)
#if TILE_ROWS > 6
STEPS(7)
STEPS(8)
STEPS(9)
STEPS(10)
STEPS(11)
STEPS(12)
STEPS(13)
STEPS(14)
#endif
#undef STEPS
#define STEPS(rows) {attention_product_##rows, weigh_##rows}

static const attention_steps steps_of_rows[TILE_ROWS + 1] = {
    {NULL, NULL}, STEPS(1), STEPS(2), STEPS(3), STEPS(4), STEPS(5), STEPS(6),
#if TILE_ROWS > 6
    STEPS(7), STEPS(8), STEPS(9), STEPS(10), STEPS(11), STEPS(12), STEPS(13), STEPS(14),
#endif
};
#undef STEPS

/// A score that a softmax turns into zero, and that stays finite when it is scaled.
static const float hidden = -1e30f;

/// line[i] = factor · the bias at the distance `first` + i, for `count` distances.
static void fill_bias(const embed_attention *a, ptrdiff_t first, size_t count, float factor, float *line) {
    const ptrdiff_t reach = (ptrdiff_t)a->bias_reach, end = first + (ptrdiff_t)count;
    const float *bias = a->bias + reach;
    const float before = factor * bias[-reach], after = factor * bias[reach];
    ptrdiff_t distance = first;
    for (; distance < end && distance < -reach; distance++) line[distance - first] = before;
    for (; distance < end && distance <= reach; distance++) line[distance - first] = factor * bias[distance];
    for (; distance < end; distance++) line[distance - first] = after;
}

/// Hides the distances that no query sees among `count` from `first` on.
static void fill_mask(const embed_attention *a, ptrdiff_t first, size_t count, float *line) {
    const ptrdiff_t before = (ptrdiff_t)smaller(a->keys_before, PTRDIFF_MAX), end = first + (ptrdiff_t)count;
    const ptrdiff_t after = (ptrdiff_t)smaller(a->keys_after, PTRDIFF_MAX);
    for (ptrdiff_t distance = first; distance < end && distance < -before; distance++) line[distance - first] = hidden;
    for (ptrdiff_t distance = end - 1; distance >= first && distance > after; distance--) {
        line[distance - first] = hidden;
    }
}

/// scores = height · tanh(scores · factor) + start + mask, and the largest of each row.
static void cap_scores(const size_t rows, float *scores, size_t first_column, size_t end, float height, float factor,
                       const float *start, const float *mask, vec *maxima) {
    for (size_t row = 0; row < rows; row++, scores += SCORE_STRIDE) {
        for (size_t column = first_column; column < end; column += LANES) {
            const vec bent = vec_tanh(vec_multiply(vec_load(scores + column), vec_set(factor)));
            vec score = vec_fma(bent, vec_set(height), vec_load(start + column));
            if (mask != NULL) score = vec_add(score, vec_load(mask + column - row));
            vec_store(scores + column, score);
            maxima[row] = vec_max(maxima[row], score);
        }
    }
}

static void attention(const embed_attention *a) {
    // exp(x) = 2^(x log₂ e)
    const float scale = a->scale * 1.442695041f;
    const bool caps = a->score_cap > 0;
    // The maximum of a row that sees nothing of a block lies here; its scores must become zeros all the same.
    const bool is_limited = a->keys_before < a->keys || a->keys_after < a->keys;
    const float smallest_maximum = is_limited ? hidden / 100 : -INFINITY;
    const size_t head_size = a->head_size;
    const size_t depth = round_up(head_size, LAST_STEPS), width = round_up(head_size, PANEL_COLUMNS);
    const size_t tile_count = (a->queries + TILE_ROWS - 1) / TILE_ROWS;
    if (tile_count == 0) return;
    float *scores = a->scratch;
    float *key_panels = scores + TILE_ROWS * SCORE_STRIDE;
    float *value_panels = key_panels + KEY_BLOCK * depth;
    // Queries whose depth must be filled up, and output that ends inside a panel, are copied.
    float *query_copy = value_panels + KEY_BLOCK * width;
    float *output_copy = query_copy + round_up(TILE_ROWS * depth, LANES);
    const bool copies_query = depth != head_size, copies_output = head_size % HALF_PANEL != 0;
    if (copies_query) memset(query_copy, 0, TILE_ROWS * depth * sizeof(float));
    float *all_maxima = output_copy + TILE_ROWS * width;
    float *all_sums = all_maxima + tile_count * ROW_LANES;
    float start[KEY_BLOCK] = {0};
    float bias_line[KEY_BLOCK + TILE_ROWS], mask_line[KEY_BLOCK + TILE_ROWS];

    // The keys that some query sees.
    const size_t seen = embed_first_visible(a, 0), seen_end = embed_visible_end(a, a->queries - 1);
    for (size_t first_key = seen / KEY_BLOCK * KEY_BLOCK; first_key < seen_end; first_key += KEY_BLOCK) {
        const size_t skipped = seen > first_key ? (seen - first_key) / PANEL_COLUMNS * PANEL_COLUMNS : 0;
        const size_t keys = smaller(seen_end - first_key, KEY_BLOCK);
        const size_t value_depth = round_up(keys, LAST_STEPS);
        const ptrdiff_t first_packed = (ptrdiff_t)(first_key + skipped) * a->key_stride;
        pack_keys(a->key + first_packed, a->key_stride, keys - skipped, head_size, key_panels + skipped * depth);
        pack_values(a->value + first_packed, a->key_stride, keys - skipped, head_size, value_depth,
                    value_panels + skipped * PANEL_COLUMNS);
        for (size_t i = keys; i < round_up(keys, HALF_PANEL); i++) start[i] = hidden;

        for (size_t t = 0; t < tile_count; t++) {
            const size_t first = a->queries * t / tile_count;
            const size_t rows = a->queries * (t + 1) / tile_count - first;
            // The columns whose keys some row sees. A branch, or full attention would wait for the numbers: 1 to 3 %.
            size_t seen_columns = 0, columns = keys;
            bool is_first = first_key == 0, is_last = first_key + keys == a->keys, masks = false;
            if (is_limited) {
                const size_t last = first + rows - 1;
                const size_t tile_seen = embed_first_visible(a, first), tile_end = embed_visible_end(a, last);
                if (tile_seen >= first_key + keys || tile_end <= first_key) continue;
                is_first = tile_seen >= first_key;
                is_last = tile_end <= first_key + keys;
                if (tile_seen > first_key) seen_columns = tile_seen - first_key;
                columns = smaller(tile_end - first_key, keys);
                // Whether one of the rows doesn't see one of the columns that are computed.
                masks = embed_first_visible(a, last) > first_key + seen_columns / PANEL_COLUMNS * PANEL_COLUMNS ||
                        embed_visible_end(a, first) < first_key + smaller(round_up(columns, HALF_PANEL), keys);
            }
            const size_t first_column = seen_columns / PANEL_COLUMNS * PANEL_COLUMNS;
            const size_t columns_end = round_up(columns, HALF_PANEL);

            const attention_steps *steps = &steps_of_rows[rows];
            const float *query = a->query + (ptrdiff_t)first * a->query_stride;
            float *output = a->output + (ptrdiff_t)first * a->output_stride;
            float *maxima = all_maxima + t * ROW_LANES, *sums = all_sums + t * ROW_LANES;
            float offsets[ROW_LANES], corrections[ROW_LANES], block_sums[ROW_LANES], factors[ROW_LANES];

            if (copies_query) copy_rows(query, a->query_stride, rows, head_size, query_copy, (ptrdiff_t)depth);
            // From the last row's first key to the first row's last.
            const ptrdiff_t last_query = (ptrdiff_t)(a->first_query + first + rows - 1);
            const ptrdiff_t distance = (ptrdiff_t)(first_key + first_column) - last_query;
            const size_t distances = columns_end - first_column + rows - 1;
            float *bias = bias_line + first_column, *mask = caps ? mask_line + first_column : bias;
            if (a->bias != NULL) fill_bias(a, distance, distances, 1 / a->scale, bias);
            if (masks) {
                if (caps || a->bias == NULL) memset(mask, 0, distances * sizeof(float));
                fill_mask(a, distance, distances, mask);
            }
            vec tile_maxima[ROW_LANES];
            for (int row = 0; row < ROW_LANES; row++) tile_maxima[row] = vec_set(hidden);
            const attention_job query_by_key = {
                .x = copies_query ? query_copy : query,
                .x_stride = copies_query ? (ptrdiff_t)depth : a->query_stride,
                .panels = key_panels,
                .panel_depth = depth,
                .depth = depth,
                .y = scores,
                .y_stride = SCORE_STRIDE,
                .first_column = first_column,
                .columns_end = columns_end,
                .start = caps ? NULL : start,
                .bias = a->bias != NULL || (masks && !caps) ? bias_line + rows - 1 : NULL,
                .maxima = caps ? NULL : tile_maxima,
            };
            steps->product(&query_by_key);
            if (caps) {
                cap_scores(rows, scores, first_column, columns_end, a->score_cap / a->scale, a->scale / a->score_cap,
                           start, masks ? mask_line + rows - 1 : NULL, tile_maxima);
            }
            fetch_rows(output, a->output_stride, rows, head_size);

            for (int i = 0; i < ROW_LANES; i += LANES) {
                const vec found = fold(tile_maxima + i, vec_max);
                const vec before = is_first ? found : vec_load(maxima + i);
                const vec maximum = vec_max(before, found);
                vec_store(maxima + i, maximum);
                const vec bounded = vec_max(vec_set(smallest_maximum), maximum);
                vec_store(offsets + i, vec_multiply(vec_set(-scale), bounded));
                vec_store(corrections + i, vec_exp2(vec_multiply(vec_set(scale), vec_subtract(before, maximum))));
            }
            const size_t first_weight = seen_columns / LANES * LANES;
            steps->weigh(scores, first_weight, round_up(columns, LANES), scale, offsets, block_sums);
            for (int i = 0; i < ROW_LANES; i += LANES) {
                const vec added = vec_load(block_sums + i);
                const vec sum = is_first ? added : vec_fma(vec_load(sums + i), vec_load(corrections + i), added);
                vec_store(sums + i, sum);
                vec_store(factors + i, vec_divide(vec_set(1), sum));
            }

            const size_t first_step = seen_columns / LAST_STEPS * LAST_STEPS;
            const attention_job weights_by_value = {
                .x = scores + first_step,
                .x_stride = SCORE_STRIDE,
                .panels = value_panels + first_step * PANEL_COLUMNS,
                .panel_depth = value_depth,
                .depth = round_up(columns, LAST_STEPS) - first_step,
                .y = copies_output ? output_copy : output,
                .y_stride = copies_output ? (ptrdiff_t)width : a->output_stride,
                .columns_end = round_up(head_size, HALF_PANEL),
                .corrections = is_first ? NULL : corrections,
                .factors = is_last ? factors : NULL,
            };
            if (copies_output && !is_first) {
                copy_rows(output, a->output_stride, rows, head_size, output_copy, (ptrdiff_t)width);
            }
            // The next tile's.
            fetch_rows(query + (ptrdiff_t)rows * a->query_stride, a->query_stride, rows, head_size);
            steps->product(&weights_by_value);
            if (copies_output) copy_rows(output_copy, (ptrdiff_t)width, rows, head_size, output, a->output_stride);
        }
    }
}
