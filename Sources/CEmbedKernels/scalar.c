// SPDX-License-Identifier: Apache-2.0

/// The reference: every kernel in plain C, as its definition reads. It runs on any CPU; the others must agree with it.

#include "kernels.h"
#include "numbers.h"

#include <math.h>

enum { panel_columns = 8 };

static bool usable(void) { return true; }

static float activate(float x, embed_activation activation) {
    switch (activation) {
    case EMBED_ACTIVATION_IDENTITY: return x;
    case EMBED_ACTIVATION_GELU: return 0.5f * x * erfcf(-x * 0.70710678f);
    case EMBED_ACTIVATION_GELU_TANH: return x / (1 + expf(-1.5957691f * (x + 0.044715f * x * x * x)));
    case EMBED_ACTIVATION_RELU: return x < 0 ? 0 : x;
    case EMBED_ACTIVATION_SILU: return x / (1 + expf(-x));
    case EMBED_ACTIVATION_QUICK_GELU: return x / (1 + expf(-1.702f * x));
    case EMBED_ACTIVATION_TANH: return tanhf(x);
    }
}

static const embed_layout layouts[] = {
    [EMBED_WEIGHTS_F32] = {.type = EMBED_WEIGHTS_F32, .panel_columns = panel_columns, .interleave = 1, .padding = 1},
    [EMBED_WEIGHTS_F16] = {.type = EMBED_WEIGHTS_F16, .panel_columns = panel_columns, .interleave = 1, .padding = 1},
    [EMBED_WEIGHTS_BF16] = {.type = EMBED_WEIGHTS_BF16, .panel_columns = panel_columns, .interleave = 1, .padding = 1},
    [EMBED_WEIGHTS_I8] = {.type = EMBED_WEIGHTS_I8, .panel_columns = panel_columns, .interleave = 1, .padding = 1},
};

/// An element of numbers stored in this type; for int8 the whole number.
static inline float element(const void *numbers, const embed_weight_type type, size_t index) {
    switch (type) {
    case EMBED_WEIGHTS_F32: return ((const float *)numbers)[index];
    case EMBED_WEIGHTS_F16: return from_f16(((const uint16_t *)numbers)[index]);
    case EMBED_WEIGHTS_BF16: return from_bf16(((const uint16_t *)numbers)[index]);
    case EMBED_WEIGHTS_I8: return ((const int8_t *)numbers)[index];
    }
}

/// sums += x Wᵀ for up to EMBED_DEPTH_STEP inputs of one panel.
static inline void add_inputs(const float *x, size_t inputs, const char *panel, const embed_weight_type type,
                              float *sums) {
    const bool is_int8 = type == EMBED_WEIGHTS_I8;
    const char *weights = is_int8 ? panel + embed_layout_header(&layouts[type]) : panel;
    float parts[panel_columns];
    for (size_t column = 0; column < panel_columns; column++) parts[column] = is_int8 ? 0 : sums[column];
    for (size_t i = 0; i < inputs; i++) {
        for (size_t column = 0; column < panel_columns; column++) {
            parts[column] += x[i] * element(weights, type, i * panel_columns + column);
        }
    }
    const float *factors = (const float *)panel;
    for (size_t column = 0; column < panel_columns; column++) {
        sums[column] = is_int8 ? sums[column] + factors[column] * parts[column] : parts[column];
    }
}

static inline void product(const embed_product *p, const embed_weight_type type) {
    for (size_t first = 0; first < p->columns; first += panel_columns) {
        const char *panel = (const char *)p->panels + first / panel_columns * p->panel_stride;
        const size_t width = p->columns - first < panel_columns ? p->columns - first : panel_columns;
        for (size_t row = 0; row < p->rows; row++) {
            const float *x = p->x + (ptrdiff_t)row * p->x_stride;
            float *y = p->y + (ptrdiff_t)row * p->y_stride + first;
            const float *start = p->start ? p->start + (ptrdiff_t)row * p->start_stride + first : NULL;
            float sums[panel_columns] = {0};
            for (size_t column = 0; column < width; column++) {
                sums[column] = (start ? start[column] : 0) + (p->bias ? p->bias[first + column] : 0);
            }
            for (size_t i = 0; i < p->depth; i += EMBED_DEPTH_STEP) {
                const size_t inputs = p->depth - i < EMBED_DEPTH_STEP ? p->depth - i : EMBED_DEPTH_STEP;
                add_inputs(x + i, inputs, panel + embed_layout_bytes(&layouts[type], i), type, sums);
            }
            for (size_t column = 0; column < width; column++) y[column] = activate(sums[column], p->activation);
        }
    }
}

static size_t no_scratch(size_t rows, size_t depth) {
    (void)rows;
    (void)depth;
    return 0;
}

static size_t attention_scratch(size_t queries, size_t head_size) {
    (void)queries;
    (void)head_size;
    return 0;
}

static float bias(const embed_attention *a, size_t query, size_t key) {
    if (a->bias == NULL) return 0;
    const ptrdiff_t reach = (ptrdiff_t)a->bias_reach;
    const ptrdiff_t distance = (ptrdiff_t)key - (ptrdiff_t)(a->first_query + query);
    return a->bias[reach + (distance < -reach ? -reach : distance > reach ? reach : distance)];
}

static float score(const embed_attention *a, size_t query, size_t key) {
    const float *q = a->query + (ptrdiff_t)query * a->query_stride;
    const float *k = a->key + (ptrdiff_t)key * a->key_stride;
    float sum = 0;
    for (size_t i = 0; i < a->head_size; i++) sum += q[i] * k[i];
    const float score = sum * a->scale + bias(a, query, key);
    return a->score_cap > 0 ? a->score_cap * tanhf(score / a->score_cap) : score;
}

static void attention(const embed_attention *a) {
    for (size_t query = 0; query < a->queries; query++) {
        float *output = a->output + (ptrdiff_t)query * a->output_stride;
        const size_t first = embed_first_visible(a, query), end = embed_visible_end(a, query);
        float largest = -INFINITY;
        for (size_t key = first; key < end; key++) largest = fmaxf(largest, score(a, query, key));
        float sum = 0;
        for (size_t i = 0; i < a->head_size; i++) output[i] = 0;
        for (size_t key = first; key < end; key++) {
            const float weight = expf(score(a, query, key) - largest);
            const float *value = a->value + (ptrdiff_t)key * a->key_stride;
            sum += weight;
            for (size_t i = 0; i < a->head_size; i++) output[i] += weight * value[i];
        }
        for (size_t i = 0; i < a->head_size; i++) output[i] /= sum;
    }
}

static void embedding_sum(const int32_t *ids, size_t count, const embed_table *tokens, float scale,
                          const float *positions, const float *type, size_t size, float *y, ptrdiff_t y_stride) {
    for (size_t t = 0; t < count; t++) {
        const size_t row = (size_t)ids[t];
        const float factor = tokens->factors ? tokens->factors[row] : 1;
        for (size_t i = 0; i < size; i++) {
            const float token = factor * element(tokens->rows, tokens->type, row * size + i) * scale;
            y[(ptrdiff_t)t * y_stride + (ptrdiff_t)i] =
                token + (type ? type[i] : 0) + (positions ? positions[t * size + i] : 0);
        }
    }
}

static void layer_norm(const float *x, ptrdiff_t x_stride, const float *weight, const float *bias, float epsilon,
                       size_t rows, size_t size, float *y, ptrdiff_t y_stride) {
    for (size_t row = 0; row < rows; row++, x += x_stride, y += y_stride) {
        double sum = 0;
        for (size_t i = 0; i < size; i++) sum += x[i];
        const float mean = (float)(sum / (double)size);
        double squares = 0;
        for (size_t i = 0; i < size; i++) squares += (double)(x[i] - mean) * (x[i] - mean);
        const float scale = 1 / sqrtf((float)(squares / (double)size) + epsilon);
        for (size_t i = 0; i < size; i++) y[i] = (x[i] - mean) * scale * weight[i] + (bias ? bias[i] : 0);
    }
}

static void rms_norm(const float *x, ptrdiff_t x_stride, const float *weight, float epsilon, size_t rows, size_t size,
                     float *y, ptrdiff_t y_stride) {
    for (size_t row = 0; row < rows; row++, x += x_stride, y += y_stride) {
        double squares = 0;
        for (size_t i = 0; i < size; i++) squares += (double)x[i] * x[i];
        const float scale = 1 / sqrtf((float)(squares / (double)size) + epsilon);
        for (size_t i = 0; i < size; i++) y[i] = x[i] * scale * weight[i];
    }
}

static void rotate(float *x, ptrdiff_t x_stride, size_t rows, size_t heads, size_t head_size, size_t size,
                   const float *angles) {
    const size_t half = size / 2;
    for (size_t row = 0; row < rows; row++, x += x_stride, angles += size) {
        for (size_t head = 0; head < heads; head++) {
            float *first = x + head * head_size, *second = first + half;
            for (size_t i = 0; i < half; i++) {
                const float a = first[i], b = second[i], cosine = angles[i], sine = angles[half + i];
                first[i] = a * cosine - b * sine;
                second[i] = b * cosine + a * sine;
            }
        }
    }
}

static void multiply(const float *x, ptrdiff_t x_stride, size_t rows, size_t size, float *y, ptrdiff_t y_stride) {
    for (size_t row = 0; row < rows; row++, x += x_stride, y += y_stride) {
        for (size_t i = 0; i < size; i++) y[i] *= x[i];
    }
}

static void add_scaled(const float *x, float scale, size_t size, float *y) {
    for (size_t i = 0; i < size; i++) y[i] += scale * x[i];
}

static void maximum(const float *x, size_t size, float *y) {
    for (size_t i = 0; i < size; i++) y[i] = (x[i] > y[i] ? x[i] : y[i]) + 0 * x[i];
}

static void normalize(float *x, size_t size, float smallest) {
    double squares = 0;
    for (size_t i = 0; i < size; i++) squares += (double)x[i] * x[i];
    const float root = (float)sqrt(squares);
    const float length = root < smallest ? smallest : root;
    for (size_t i = 0; i < size; i++) x[i] /= length;
}

static double peak(size_t iterations, float *sink) {
    enum { chains = 16 };
    float sums[chains] = {0};
    for (size_t i = 0; i < iterations; i++) {
        for (size_t chain = 0; chain < chains; chain++) sums[chain] = sums[chain] * 0.5f + (float)chain;
    }
    for (size_t chain = 0; chain < chains; chain++) *sink += sums[chain];
    return (double)(2 * chains * iterations);
}

/// The functions of one type of weights, and the row of the table that names them.
#define FORMAT(name, weights)                                                                                      \
    static size_t name##_bytes(size_t inputs) { return embed_layout_bytes(&layouts[weights], inputs); }            \
    static bool name##_pack(const void *weight, embed_storage storage, size_t outputs, size_t inputs,              \
                            size_t first_column, void *panels) {                                                   \
        return embed_layout_pack(&layouts[weights], weight, storage, outputs, inputs, first_column, panels);       \
    }                                                                                                              \
    static void name##_product(const embed_product *p) { product(p, weights); }
FORMAT(f32, EMBED_WEIGHTS_F32)
FORMAT(f16, EMBED_WEIGHTS_F16)
FORMAT(bf16, EMBED_WEIGHTS_BF16)
FORMAT(i8, EMBED_WEIGHTS_I8)

#define ROW(name, weights) \
    {weights, "float32", usable, name##_bytes, name##_pack, no_scratch, name##_product, peak}

static const embed_format formats[] = {
    ROW(f32, EMBED_WEIGHTS_F32),
    ROW(f16, EMBED_WEIGHTS_F16),
    ROW(bf16, EMBED_WEIGHTS_BF16),
    ROW(i8, EMBED_WEIGHTS_I8),
};

const embed_kernels embed_kernels_scalar = {
    .isa = "scalar",
    .usable = usable,
    .panel_columns = panel_columns,
    .tile_rows = 1,
    .formats = formats,
    .format_count = sizeof formats / sizeof formats[0],
    .attention = attention,
    .attention_scratch = attention_scratch,
    .embedding_sum = embedding_sum,
    .layer_norm = layer_norm,
    .rms_norm = rms_norm,
    .rotate = rotate,
    .multiply = multiply,
    .add_scaled = add_scaled,
    .maximum = maximum,
    .normalize = normalize,
};
