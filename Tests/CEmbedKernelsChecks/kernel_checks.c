// SPDX-License-Identifier: Apache-2.0

/// Compares the kernels with scalar.c and with double-precision mathematics, at sizes around every tile's edge.

#include "CEmbedKernelsChecks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/// Written behind every row: a kernel that writes past the end of a row changes it.
static const float untouched = 12345.0f;

/// Checks may run at the same time on several threads; each begins the sequence anew.
static _Thread_local uint64_t random_state;

/// Uniform in −1 ..< 1.
static float random_float(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (float)((double)(random_state >> 40) / (double)(1 << 23) - 1);
}

static float *new_floats(size_t count) {
    // Exactly as long as needed: the address sanitizer sees a read past the end.
    float *result = malloc((count > 0 ? count : 1) * sizeof(float));
    for (size_t i = 0; i < count; i++) result[i] = random_float();
    return result;
}

static float *new_filled(size_t count, float value) {
    float *result = new_floats(count);
    for (size_t i = 0; i < count; i++) result[i] = value;
    return result;
}

static float *new_copy(const float *source, size_t count) {
    float *result = new_floats(count);
    memcpy(result, source, count * sizeof(float));
    return result;
}

static float *new_aligned(size_t count) {
    float *result = aligned_alloc(64, (count * sizeof(float) + 127) / 64 * 64);
    memset(result, 0, (count * sizeof(float) + 127) / 64 * 64);
    return result;
}

/// Adds a violation if `found` is further from `expected` than `tolerance`, or either is NaN.
#define EXPECT_NEAR(found, expected, tolerance, ...)                                                  \
    do {                                                                                              \
        const double f = (found), e = (expected);                                                     \
        if (!(fabs(f - e) <= (tolerance)) && violations++ == 0) {                                     \
            int used = snprintf(message, 200, __VA_ARGS__);                                           \
            snprintf(message + used, 200 - (size_t)used, ": found %.9g, expected %.9g", f, e);        \
        }                                                                                             \
    } while (0)

static float *new_panels(const embed_kernels *kernels, const float *weight, size_t outputs, size_t inputs) {
    const size_t panels = (outputs + kernels->panel_columns - 1) / kernels->panel_columns;
    float *packed = new_aligned(panels * inputs * kernels->panel_columns);
    embed_pack(weight, EMBED_STORAGE_F32, outputs, inputs, 0, kernels->panel_columns, packed);
    return packed;
}

static const embed_activation activations[] = {
    EMBED_ACTIVATION_IDENTITY, EMBED_ACTIVATION_GELU, EMBED_ACTIVATION_GELU_TANH,
    EMBED_ACTIVATION_RELU,     EMBED_ACTIVATION_SILU, EMBED_ACTIVATION_TANH,
};

static double exact_activation(double x, embed_activation activation) {
    switch (activation) {
    case EMBED_ACTIVATION_IDENTITY: return x;
    case EMBED_ACTIVATION_GELU: return 0.5 * x * erfc(-x * sqrt(0.5));
    case EMBED_ACTIVATION_GELU_TANH: return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case EMBED_ACTIVATION_RELU: return x > 0 ? x : 0;
    case EMBED_ACTIVATION_SILU: return x / (1 + exp(-x));
    case EMBED_ACTIVATION_TANH: return tanh(x);
    }
    return NAN;
}

// Products

static size_t product_violations(const embed_kernels *kernels, size_t rows, size_t depth, size_t columns, bool bias,
                                 embed_activation activation, bool residual, bool accumulates, char *message) {
    // The sums begin with a residual, with y itself, or with nothing.
    size_t violations = 0;
    const size_t x_stride = depth + 3, y_stride = columns + 5, r_stride = columns + 1;
    float *x = new_floats(rows * x_stride), *weight = new_floats(columns * depth);
    float *biases = new_floats(columns), *residuals = new_floats(rows * r_stride);
    float *start = new_floats(rows * y_stride);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = columns; i < y_stride; i++) start[row * y_stride + i] = untouched;
    }
    float *y = new_copy(start, rows * y_stride);
    float *panels = new_panels(kernels, weight, columns, depth);
    embed_product p = {
        .x = x,
        .x_stride = (ptrdiff_t)x_stride,
        .panels = panels,
        .panel_stride = depth * kernels->panel_columns,
        .y = y,
        .y_stride = (ptrdiff_t)y_stride,
        .rows = rows,
        .depth = depth,
        .columns = columns,
        .start = accumulates ? y : residual ? residuals : NULL,
        .start_stride = (ptrdiff_t)(accumulates ? y_stride : r_stride),
        .bias = bias ? biases : NULL,
        .activation = activation,
    };
    kernels->product(&p);
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < y_stride; column++) {
            double expected = untouched, tolerance = 0;
            if (column < columns) {
                double sum = 0;
                if (accumulates) sum = start[row * y_stride + column];
                if (residual && !accumulates) sum = residuals[row * r_stride + column];
                double size = 1;
                for (size_t i = 0; i < depth; i++) {
                    const double term = (double)x[row * x_stride + i] * weight[column * depth + i];
                    sum += term;
                    size += fabs(term);
                }
                if (bias) sum += biases[column];
                expected = exact_activation(sum, activation);
                tolerance = 1e-6 * size;
            }
            EXPECT_NEAR(y[row * y_stride + column], expected, tolerance,
                        "%zu x %zu x %zu, activation %d, row %zu, column %zu", rows, depth, columns, (int)activation,
                        row, column);
        }
    }
    // Each row alone: the same bits.
    float *alone = new_copy(start, rows * y_stride);
    for (size_t row = 0; row < rows; row++) {
        embed_product one = p;
        one.rows = 1;
        one.x += row * x_stride;
        one.y = alone + row * y_stride;
        if (accumulates) one.start = one.y;
        else if (residual) one.start += row * r_stride;
        kernels->product(&one);
        for (size_t column = 0; column < columns; column++) {
            EXPECT_NEAR(alone[row * y_stride + column], y[row * y_stride + column], 0,
                        "%zu x %zu x %zu: row %zu alone, column %zu", rows, depth, columns, row, column);
        }
    }
    // The depth in two parts: the same bits.
    if (depth > 1 && !accumulates) {
        float *parts = new_copy(start, rows * y_stride);
        const size_t first = depth / 2;
        embed_product part = p;
        part.y = parts;
        part.depth = first;
        part.activation = EMBED_ACTIVATION_IDENTITY;
        kernels->product(&part);
        part = p;
        part.y = parts;
        part.x += first;
        part.panels += first * kernels->panel_columns;
        part.depth = depth - first;
        part.start = parts;
        part.start_stride = (ptrdiff_t)y_stride;
        part.bias = NULL;
        kernels->product(&part);
        for (size_t i = 0; i < rows * y_stride; i++) {
            EXPECT_NEAR(parts[i], y[i], 0, "%zu x %zu x %zu in two parts, element %zu", rows, depth, columns, i);
        }
        free(parts);
    }
    free(x), free(weight), free(biases), free(residuals), free(start), free(y), free(panels), free(alone);
    return violations;
}

static size_t check_products(const embed_kernels *kernels, char *message) {
    random_state = 1;
    static const size_t rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 27, 57};
    static const size_t depths[] = {1, 3, 4, 7, 40};
    static const size_t columns[] = {1, 5, 8, 15, 16, 17, 31, 32, 33, 70};
    size_t violations = 0;
    for (size_t r = 0; r < COUNT(rows); r++) {
        for (size_t d = 0; d < COUNT(depths); d++) {
            for (size_t c = 0; c < COUNT(columns); c++) {
                violations += product_violations(kernels, rows[r], depths[d], columns[c], (r + c) % 2,
                                                 activations[(r + d + c) % COUNT(activations)], (d + c) % 2,
                                                 (r + d) % 3 == 0, violations ? (char[200]){0} : message);
            }
        }
    }
    return violations + product_violations(kernels, 61, 1536, 384, true, EMBED_ACTIVATION_IDENTITY, true, false,
                                           violations ? (char[200]){0} : message);
}

// Activations

static size_t check_activations(const embed_kernels *kernels, char *message) {
    random_state = 1;
    static const double errors[] = {0, 1.5e-7, 5e-7, 0, 5e-7, 3e-7};
    enum { columns = 4096 };
    size_t violations = 0;
    const float one = 1;
    float *panels = NULL;
    float *y = new_floats(columns), *x = new_floats(columns);
    for (size_t a = 0; a < COUNT(activations); a++) {
        // y = activation(1 · x): x is the weight, so that one product evaluates it at many points.
        for (int step = 0; step < 200; step++) {
            for (size_t i = 0; i < columns; i++) {
                const double t = (double)i / columns - 0.5;
                double point = (t + step - 99) * (step % 2 ? 0.2 : 0.05);
                if (step == 198) point = t * 200;
                if (step == 199) point = t * 1e6;
                x[i] = (float)point;
            }
            free(panels);
            panels = new_panels(kernels, x, columns, 1);
            const embed_product p = {
                .x = &one,
                .x_stride = 1,
                .panels = panels,
                .panel_stride = kernels->panel_columns,
                .y = y,
                .y_stride = columns,
                .rows = 1,
                .depth = 1,
                .columns = columns,
                .activation = activations[a],
            };
            kernels->product(&p);
            for (size_t i = 0; i < columns; i++) {
                EXPECT_NEAR(y[i], exact_activation(x[i], activations[a]), errors[a] * fmax(1, fabs(x[i])),
                            "activation %d of %g", (int)activations[a], x[i]);
            }
        }
    }
    free(panels), free(x), free(y);
    return violations;
}

// Attention

static size_t attention_violations(const embed_kernels *kernels, size_t tokens, size_t head_size, float scale,
                                   char *message) {
    size_t violations = 0;
    // Query, key and value side by side, as one product makes them.
    const size_t stride = 3 * head_size + 2, y_stride = head_size + 3;
    float *qkv = new_floats(tokens * stride);
    float *y = new_filled(tokens * y_stride, untouched), *expected = new_filled(tokens * y_stride, untouched);
    float *parts = new_filled(tokens * y_stride, untouched);
    float *scratch = new_aligned(kernels->attention_scratch(tokens, head_size));
    embed_attention a = {
        .query = qkv,
        .query_stride = (ptrdiff_t)stride,
        .key = qkv + head_size,
        .value = qkv + 2 * head_size,
        .key_stride = (ptrdiff_t)stride,
        .output = y,
        .output_stride = (ptrdiff_t)y_stride,
        .queries = tokens,
        .keys = tokens,
        .head_size = head_size,
        .scale = scale,
        .scratch = scratch,
    };
    kernels->attention(&a);
    a.output = expected;
    embed_kernels_choose("scalar")->attention(&a);
    // Scores differ by their rounding, which the softmax passes on.
    const double tolerance = 2e-6 * (1 + fabs(scale) * (double)head_size);
    for (size_t i = 0; i < tokens * y_stride; i++) {
        EXPECT_NEAR(y[i], expected[i], i % y_stride < head_size ? tolerance : 0,
                    "%zu tokens, head size %zu, token %zu, component %zu", tokens, head_size, i / y_stride,
                    i % y_stride);
    }
    // Some of the queries at a time: the same bits.
    const size_t cuts[] = {0, tokens / 3, tokens / 3 + (tokens > 1), tokens};
    for (size_t part = 0; part < 3; part++) {
        embed_attention some = a;
        some.query = qkv + cuts[part] * stride;
        some.output = parts + cuts[part] * y_stride;
        some.queries = cuts[part + 1] > cuts[part] ? cuts[part + 1] - cuts[part] : 0;
        kernels->attention(&some);
    }
    for (size_t i = 0; i < tokens * y_stride; i++) {
        EXPECT_NEAR(parts[i], y[i], 0, "%zu tokens, head size %zu: token %zu in another group of queries", tokens,
                    head_size, i / y_stride);
    }
    free(qkv), free(y), free(expected), free(parts), free(scratch);
    return violations;
}

static size_t check_attention(const embed_kernels *kernels, char *message) {
    random_state = 1;
    static const size_t tokens[] = {1, 2, 5, 8, 15, 16, 17, 31, 32, 33, 63, 100};
    static const size_t head_sizes[] = {1, 4, 8, 12, 16, 20, 32, 48, 64, 80, 128};
    size_t violations = 0;
    for (size_t h = 0; h < COUNT(head_sizes); h++) {
        for (size_t t = 0; t < COUNT(tokens); t++) {
            violations += attention_violations(kernels, tokens[t], head_sizes[h], 1 / sqrtf((float)head_sizes[h]),
                                               violations ? (char[200]){0} : message);
        }
    }
    static const size_t long_tokens[] = {511, 512, 513, 1030};
    for (size_t t = 0; t < COUNT(long_tokens); t++) {
        violations += attention_violations(kernels, long_tokens[t], t % 2 ? 32 : 20, 0.2f,
                                           violations ? (char[200]){0} : message);
    }
    return violations;
}

/// Scores of some thousands: without the running maximum the exponentials would overflow.
static size_t check_large_scores(const embed_kernels *kernels, char *message) {
    random_state = 1;
    size_t violations = 0;
    enum { tokens = 600, head_size = 16 };
    float *x = new_floats(tokens * head_size), *y = new_floats(tokens * head_size);
    // The largest score stands in the second block of keys, so the first block's sums must be corrected to nothing.
    for (size_t i = 0; i < head_size; i++) x[550 * head_size + i] = 50;
    float query[head_size];
    for (size_t i = 0; i < head_size; i++) query[i] = 10;
    float *scratch = new_aligned(kernels->attention_scratch(1, head_size));
    const embed_attention a = {
        .query = query,
        .query_stride = head_size,
        .key = x,
        .value = x,
        .key_stride = head_size,
        .output = y,
        .output_stride = head_size,
        .queries = 1,
        .keys = tokens,
        .head_size = head_size,
        .scale = 1,
        .scratch = scratch,
    };
    kernels->attention(&a);
    for (size_t i = 0; i < head_size; i++) EXPECT_NEAR(y[i], 50, 1e-5, "component %zu", i);
    free(x), free(y), free(scratch);
    return violations;
}

// Rows

static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 384, 1000};

static size_t check_layer_norm(const embed_kernels *kernels, char *message) {
    random_state = 1;
    size_t violations = 0;
    for (size_t s = 0; s < COUNT(sizes); s++) {
        const size_t size = sizes[s], rows = 3, stride = size + 2;
        float *x = new_floats(rows * stride), *weight = new_floats(size), *bias = new_floats(size);
        float *y = new_filled(rows * stride, untouched);
        for (size_t i = 0; i < rows * stride; i++) x[i] = 5 + x[i];
        kernels->layer_norm(x, (ptrdiff_t)stride, weight, bias, 1e-5f, rows, size, y, (ptrdiff_t)stride);
        for (size_t row = 0; row < rows; row++) {
            const float *values = x + row * stride;
            double mean = 0, variance = 0;
            for (size_t i = 0; i < size; i++) mean += (double)values[i] / (double)size;
            for (size_t i = 0; i < size; i++) variance += (values[i] - mean) * (values[i] - mean) / (double)size;
            for (size_t i = 0; i < stride; i++) {
                const double expected =
                    i < size ? (values[i] - mean) / sqrt(variance + 1e-5f) * weight[i] + bias[i] : untouched;
                // The rounding of x − mean is enlarged by the division.
                const double tolerance = i < size ? 1e-6 * (1 + 5 / sqrt(variance + 1e-5f)) : 0;
                EXPECT_NEAR(y[row * stride + i], expected, tolerance, "size %zu, row %zu, component %zu", size,
                            row, i);
            }
        }
        float *in_place = new_copy(x, rows * stride);
        kernels->layer_norm(in_place, (ptrdiff_t)stride, weight, bias, 1e-5f, rows, size, in_place, (ptrdiff_t)stride);
        for (size_t i = 0; i < rows * stride; i++) {
            if (i % stride < size) EXPECT_NEAR(in_place[i], y[i], 0, "size %zu in place, element %zu", size, i);
        }
        free(x), free(weight), free(bias), free(y), free(in_place);
    }
    return violations;
}

static size_t check_embedding_sum(const embed_kernels *kernels, char *message) {
    random_state = 1;
    size_t violations = 0;
    const int32_t ids[] = {4, 0, 4, 2};
    for (size_t s = 0; s < COUNT(sizes); s++) {
        for (int with_type = 0; with_type < 2; with_type++) {
            const size_t size = sizes[s], stride = size + 1;
            float *tokens = new_floats(5 * size), *positions = new_floats(COUNT(ids) * size), *type = new_floats(size);
            float *y = new_filled(COUNT(ids) * stride, untouched);
            kernels->embedding_sum(ids, COUNT(ids), tokens, positions, with_type ? type : NULL, size, y,
                                   (ptrdiff_t)stride);
            for (size_t i = 0; i < COUNT(ids) * stride; i++) {
                const size_t t = i / stride, j = i % stride;
                const float expected = j < size ? tokens[(size_t)ids[t] * size + j] + (with_type ? type[j] : 0) +
                                                      positions[t * size + j]
                                                : untouched;
                EXPECT_NEAR(y[i], expected, 1e-6, "size %zu, token %zu, component %zu", size, t, j);
            }
            free(tokens), free(positions), free(type), free(y);
        }
    }
    return violations;
}

static size_t check_vector_operations(const embed_kernels *kernels, char *message) {
    random_state = 1;
    size_t violations = 0;
    for (size_t s = 0; s < COUNT(sizes); s++) {
        const size_t size = sizes[s];
        float *x = new_floats(size), *start = new_floats(size);
        float *sum = new_copy(start, size), *largest = new_copy(start, size), *unit = new_copy(start, size);
        kernels->add_scaled(x, 0.75f, size, sum);
        kernels->maximum(x, size, largest);
        kernels->normalize(unit, size, 1e-12f);
        double squares = 0;
        for (size_t i = 0; i < size; i++) squares += (double)start[i] * start[i];
        for (size_t i = 0; i < size; i++) {
            EXPECT_NEAR(sum[i], start[i] + 0.75 * x[i], 3e-7, "add_scaled, size %zu, component %zu", size, i);
            EXPECT_NEAR(largest[i], fmax(start[i], x[i]), 0, "maximum, size %zu, component %zu", size, i);
            EXPECT_NEAR(unit[i], start[i] / sqrt(squares), 1e-6, "normalize, size %zu, component %zu", size, i);
            unit[i] = 0;
        }
        kernels->normalize(unit, size, 1e-12f);
        for (size_t i = 0; i < size; i++) EXPECT_NEAR(unit[i], 0, 0, "normalize zeros, size %zu", size);
        free(x), free(start), free(sum), free(largest), free(unit);
    }
    return violations;
}

// What must never be lost

#define EXPECT_NAN(value, ...)                                                                  \
    do {                                                                                        \
        if (!isnan(value) && violations++ == 0) snprintf(message, 200, __VA_ARGS__);            \
    } while (0)

static size_t check_nan(const embed_kernels *kernels, char *message) {
    random_state = 1;
    size_t violations = 0;
    enum { rows = 3, size = 40 };
    float *x = new_floats(rows * size), *weight = new_floats(size * size), *y = new_floats(rows * size);
    x[size + 7] = NAN;
    float *panels = new_panels(kernels, weight, size, size);
    for (size_t a = 0; a < COUNT(activations); a++) {
        const embed_product p = {
            .x = x,
            .x_stride = size,
            .panels = panels,
            .panel_stride = size * kernels->panel_columns,
            .y = y,
            .y_stride = size,
            .rows = rows,
            .depth = size,
            .columns = size,
            .activation = activations[a],
        };
        kernels->product(&p);
        for (size_t i = 0; i < size; i++) {
            EXPECT_NAN(y[size + i], "product, activation %d, component %zu", (int)activations[a], i);
        }
    }
    float *scratch = new_aligned(kernels->attention_scratch(rows, size));
    const embed_attention a = {
        .query = x,
        .query_stride = size,
        .key = x,
        .value = x,
        .key_stride = size,
        .output = y,
        .output_stride = size,
        .queries = rows,
        .keys = rows,
        .head_size = size,
        .scale = 1,
        .scratch = scratch,
    };
    kernels->attention(&a);
    for (size_t i = 0; i < size; i++) EXPECT_NAN(y[size + i], "attention, component %zu", i);
    kernels->layer_norm(x, size, weight, weight, 1e-5f, rows, size, y, size);
    for (size_t i = 0; i < size; i++) EXPECT_NAN(y[size + i], "layer norm, component %zu", i);
    memset(y, 0, size * sizeof(float));
    kernels->maximum(x + size, size, y);
    EXPECT_NAN(y[7], "maximum");
    kernels->normalize(x + size, size, 1e-12f);
    for (size_t i = 0; i < size; i++) EXPECT_NAN(x[size + i], "normalize, component %zu", i);
    free(x), free(weight), free(y), free(panels), free(scratch);
    return violations;
}

// Weights

static size_t check_conversion(const embed_kernels *kernels, char *message) {
    random_state = 1;
    (void)kernels;
    size_t violations = 0;
    // One byte further than aligned: checkpoints promise no alignment.
    char *halves = malloc(2 * 65536 + 1);
    for (uint32_t bits = 0; bits < 65536; bits++) {
        const uint16_t half = (uint16_t)bits;
        memcpy(halves + 1 + 2 * bits, &half, 2);
    }
    float *f16 = new_floats(65536), *bf16 = new_floats(65536);
    embed_convert(halves + 1, EMBED_STORAGE_F16, 65536, f16);
    embed_convert(halves + 1, EMBED_STORAGE_BF16, 65536, bf16);
    for (uint32_t bits = 0; bits < 65536; bits++) {
        const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
        double expected = exponent == 0    ? ldexp(mantissa, -24)
                          : exponent == 31 ? (mantissa ? NAN : INFINITY)
                                           : ldexp(1024 + mantissa, exponent - 25);
        if (bits >> 15) expected = -expected;
        if (isnan(expected)) {
            EXPECT_NAN(f16[bits], "half %04x", bits);
        } else if (isinf(expected)) {
            if (f16[bits] != (float)expected && violations++ == 0) snprintf(message, 200, "half %04x", bits);
        } else {
            EXPECT_NEAR(f16[bits], expected, 0, "half %04x", bits);
        }
        uint32_t found;
        memcpy(&found, bf16 + bits, 4);
        if (found != bits << 16 && violations++ == 0) snprintf(message, 200, "bfloat16 %04x", bits);
    }
    const float samples[] = {1, INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < COUNT(samples); i++) {
        float row[] = {0, 0, samples[i], 0};
        if (embed_is_finite(row, 4) != (i == 0) && violations++ == 0) snprintf(message, 200, "embed_is_finite %zu", i);
    }
    free(halves), free(f16), free(bf16);
    return violations;
}

static size_t check_packing(const embed_kernels *kernels, char *message) {
    random_state = 1;
    size_t violations = 0;
    static const size_t outputs[] = {1, 8, 20, 33, 64};
    const size_t inputs = 5, columns = kernels->panel_columns;
    for (size_t o = 0; o < COUNT(outputs); o++) {
        // Three weights side by side.
        const size_t total = 3 * outputs[o], panel_count = (total + columns - 1) / columns;
        float *weight = new_floats(total * inputs), *panels = new_aligned(panel_count * inputs * columns);
        for (size_t part = 0; part < 3; part++) {
            embed_pack(weight + part * outputs[o] * inputs, EMBED_STORAGE_F32, outputs[o], inputs, part * outputs[o],
                       columns, panels);
        }
        for (size_t column = 0; column < panel_count * columns; column++) {
            for (size_t i = 0; i < inputs; i++) {
                EXPECT_NEAR(panels[(column / columns * inputs + i) * columns + column % columns],
                            column < total ? weight[column * inputs + i] : 0, 0, "%zu outputs, output %zu, input %zu",
                            outputs[o], column, i);
            }
        }
        free(weight), free(panels);
    }
    return violations;
}

static const embed_check checks[] = {
    {"products equal double precision, alone, in parts, and keep to their rows", check_products},
    {"activations keep their stated errors", check_activations},
    {"attention equals scalar, for any group of queries", check_attention},
    {"large scores do not overflow", check_large_scores},
    {"layer norms equal double precision", check_layer_norm},
    {"embedding sums equal their definition", check_embedding_sum},
    {"vector operations equal double precision", check_vector_operations},
    {"a NaN is never lost", check_nan},
    {"half-width weights convert exactly", check_conversion},
    {"packing puts every weight in its place", check_packing},
};

const embed_check *embed_check_at(size_t index) { return index < COUNT(checks) ? &checks[index] : NULL; }

#ifdef EMBED_CHECKS_MAIN
int main(void) {
    int failed = 0;
    const embed_kernels *kernels;
    const embed_check *check;
    for (size_t k = 0; (kernels = embed_kernels_at(k)) != NULL; k++) {
        if (!kernels->usable()) {
            printf("%s: not usable here\n", kernels->isa);
            continue;
        }
        for (size_t c = 0; (check = embed_check_at(c)) != NULL; c++) {
            char message[200] = "";
            const size_t violations = check->violations(kernels, message);
            printf("%s: %s: %s\n", kernels->isa, check->name, violations ? "FAILED" : "passed");
            if (violations) printf("    %zu violations; first: %s\n", violations, message);
            failed |= violations > 0;
        }
    }
    return failed;
}
#endif
