// SPDX-License-Identifier: Apache-2.0

/// Attention with a running softmax; included after product_template.h.
///
/// Keys are taken in blocks: a block's keys (transposed) and values are packed like weights, and for each tile of
/// queries scores = Q Kᵀ, weights = 2^(scores · c − maximum · c), output = output · correction + weights · V. The scores of one
/// tile and one block are all that is ever held. A mask belongs between the scores and the maximum, where the columns
/// past the last key are masked now.

/// Keys in a block: most texts are one block, and a block of head size 64 fits with its scores in a 512 KB cache.
enum { KEY_BLOCK = 512 };

/// Elements between rows of scores: an odd number of cache lines, so that rows don't compete for the same cache sets.
enum { SCORE_STRIDE = KEY_BLOCK + 16 };

static size_t round_up(size_t count, size_t multiple) { return (count + multiple - 1) / multiple * multiple; }

static size_t attention_scratch(size_t queries, size_t head_size) {
    return TILE_ROWS * SCORE_STRIDE                           // scores
           + KEY_BLOCK * head_size                            // keys, transposed
           + KEY_BLOCK * round_up(head_size, PANEL_COLUMNS)   // values
           + 2 * round_up(queries, 16);                       // maxima and sums
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

/// [keys, head_size] to [panel][head_size][PANEL_COLUMNS] with a key in each column; zeros past the last key, up to half a panel.
static void pack_keys(const float *key, ptrdiff_t stride, size_t keys, size_t head_size, float *panels) {
    for (size_t first = 0; first < round_up(keys, HALF_PANEL); first += LANES) {
        const size_t count = keys <= first ? 0 : keys - first < LANES ? keys - first : LANES;
        float *column = panels + first / PANEL_COLUMNS * PANEL_COLUMNS * head_size + first % PANEL_COLUMNS;
        for (size_t i = 0; i < head_size; i += LANES) {
            const size_t width = head_size - i < LANES ? head_size - i : LANES;
            const float *source = key + (ptrdiff_t)first * stride + (ptrdiff_t)i;
            vec rows[LANES];
            if (count == LANES && width == LANES) {
                UNROLL for (int row = 0; row < LANES; row++) rows[row] = vec_load(source + row * stride);
            } else {
                for (size_t row = 0; row < LANES; row++) {
                    rows[row] = row < count ? vec_load_part(source + (ptrdiff_t)row * stride, width) : vec_zero();
                }
            }
            transpose(rows);
            for (size_t row = 0; row < width; row++) vec_store(column + (i + row) * PANEL_COLUMNS, rows[row]);
        }
    }
}

/// [keys, head_size] to [panel][keys][PANEL_COLUMNS]; zeros past the head.
static void pack_values(const float *value, ptrdiff_t stride, size_t keys, size_t head_size, float *panels) {
    for (size_t first = 0; first < head_size; first += PANEL_COLUMNS) {
        const size_t width = head_size - first < PANEL_COLUMNS ? head_size - first : PANEL_COLUMNS;
        for (size_t key = 0; key < keys; key++, panels += PANEL_COLUMNS) {
            const float *row = value + (ptrdiff_t)key * stride + first;
            if (width == PANEL_COLUMNS) {
                for (size_t v = 0; v < PANEL_COLUMNS; v += LANES) vec_store(panels + v, vec_load(row + v));
            } else {
                memset(panels, 0, PANEL_COLUMNS * sizeof(float));
                memcpy(panels, row, width * sizeof(float));
            }
        }
    }
}

/// Turns a row of scores into weights, in place, and returns their sum; `columns` is a multiple of LANES.
///
/// `largest` is the largest score so far of this row, raised here.
static inline float weigh(float *scores, size_t columns, float scale, float *largest) {
    vec maxima = vec_load(scores);
    for (size_t i = LANES; i < columns; i += LANES) maxima = vec_max(maxima, vec_load(scores + i));
    const float found = vec_largest(maxima);
    if (found > *largest) *largest = found;
    const vec factor = vec_set(scale);
    const vec offset = vec_set(-scale * *largest);
    vec sum = vec_zero();
    for (size_t i = 0; i < columns; i += LANES) {
        const vec weight = vec_exp2(vec_fma(vec_load(scores + i), factor, offset));
        vec_store(scores + i, weight);
        sum = vec_add(sum, weight);
    }
    return vec_sum(sum);
}

static inline void scale_row(float *row, size_t size, float scale) {
    size_t i = 0;
    for (; i + LANES <= size; i += LANES) vec_store(row + i, vec_multiply(vec_load(row + i), vec_set(scale)));
    for (; i < size; i++) row[i] *= scale;
}

static void attention(const embed_attention *a) {
    // A score that a softmax turns into zero, and that stays finite when it is scaled.
    const float masked = -1e30f;
    // exp(x) = 2^(x log₂ e)
    const float scale = a->scale * 1.442695041f;
    float *scores = a->scratch;
    float *key_panels = scores + TILE_ROWS * SCORE_STRIDE;
    float *value_panels = key_panels + KEY_BLOCK * a->head_size;
    float *largest = value_panels + KEY_BLOCK * round_up(a->head_size, PANEL_COLUMNS);
    float *sums = largest + round_up(a->queries, 16);
    const size_t tile_count = (a->queries + TILE_ROWS - 1) / TILE_ROWS;

    for (size_t first_key = 0; first_key < a->keys; first_key += KEY_BLOCK) {
        const size_t keys = a->keys - first_key < KEY_BLOCK ? a->keys - first_key : KEY_BLOCK;
        const size_t columns = round_up(keys, HALF_PANEL);
        const bool is_first = first_key == 0;
        const bool is_last = first_key + keys == a->keys;
        pack_keys(a->key + (ptrdiff_t)first_key * a->key_stride, a->key_stride, keys, a->head_size, key_panels);
        pack_values(a->value + (ptrdiff_t)first_key * a->key_stride, a->key_stride, keys, a->head_size, value_panels);

        for (size_t t = 0; t < tile_count; t++) {
            const size_t first = a->queries * t / tile_count;
            const size_t rows = a->queries * (t + 1) / tile_count - first;
            const embed_product query_by_key = {
                .x = a->query + (ptrdiff_t)first * a->query_stride,
                .x_stride = a->query_stride,
                .panels = key_panels,
                .panel_stride = a->head_size * PANEL_COLUMNS,
                .y = scores,
                .y_stride = SCORE_STRIDE,
                .rows = rows,
                .depth = a->head_size,
                .columns = columns,
            };
            product(&query_by_key);
            for (size_t row = 0; row < rows; row++) {
                float *row_scores = scores + row * SCORE_STRIDE;
                for (size_t i = keys; i < columns; i++) row_scores[i] = masked;
                float maximum = is_first ? masked : largest[first + row];
                const float before = maximum;
                const float sum = weigh(row_scores, round_up(keys, LANES), scale, &maximum);
                if (is_first) {
                    sums[first + row] = sum;
                } else {
                    float correction[LANES];
                    vec_store(correction, vec_exp2(vec_set((before - maximum) * scale)));
                    sums[first + row] = sums[first + row] * correction[0] + sum;
                    scale_row(a->output + (ptrdiff_t)(first + row) * a->output_stride, a->head_size, correction[0]);
                }
                largest[first + row] = maximum;
            }
            const embed_product weights_by_value = {
                .x = scores,
                .x_stride = SCORE_STRIDE,
                .panels = value_panels,
                .panel_stride = keys * PANEL_COLUMNS,
                .y = a->output + (ptrdiff_t)first * a->output_stride,
                .y_stride = a->output_stride,
                .rows = rows,
                .depth = keys,
                .columns = a->head_size,
                .start = is_first ? NULL : a->output + (ptrdiff_t)first * a->output_stride,
                .start_stride = a->output_stride,
            };
            product(&weights_by_value);
            if (!is_last) continue;
            for (size_t row = first; row < first + rows; row++) {
                scale_row(a->output + (ptrdiff_t)row * a->output_stride, a->head_size, 1 / sums[row]);
            }
        }
    }
}
