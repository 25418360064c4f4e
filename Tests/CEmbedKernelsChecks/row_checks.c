// SPDX-License-Identifier: Apache-2.0

/// Kernels that pass over rows, against double precision.

#include "checks.h"

static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 384, 1000};

size_t check_layer_norm(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    for (size_t s = 0; s < 2 * COUNT(sizes); s++) {
        const size_t size = sizes[s / 2], rows = 3, stride = size + 2;
        float *x = new_floats(rows * stride), *weight = new_floats(size), *all_biases = new_floats(size);
        const float *bias = s % 2 ? all_biases : NULL;
        float *y = new_filled(rows * stride, untouched);
        for (size_t i = 0; i < rows * stride; i++) x[i] = 5 + x[i];
        kernels->layer_norm(x, (ptrdiff_t)stride, weight, bias, 1e-5f, rows, size, y, (ptrdiff_t)stride);
        for (size_t row = 0; row < rows; row++) {
            const float *values = x + row * stride;
            double mean = 0, variance = 0;
            for (size_t i = 0; i < size; i++) mean += (double)values[i] / (double)size;
            for (size_t i = 0; i < size; i++) variance += (values[i] - mean) * (values[i] - mean) / (double)size;
            for (size_t i = 0; i < stride; i++) {
                double expected = untouched;
                if (i < size) {
                    expected = (values[i] - mean) / sqrt(variance + 1e-5f) * weight[i] + (bias ? bias[i] : 0);
                }
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
        free(x), free(weight), free(all_biases), free(y), free(in_place);
    }
    return violations;
}

size_t check_rms_norm(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    for (size_t s = 0; s < COUNT(sizes); s++) {
        const size_t size = sizes[s], rows = 3, stride = size + 2;
        float *x = new_floats(rows * stride), *weight = new_floats(size), *y = new_filled(rows * stride, untouched);
        // A row so small that epsilon matters, one of zeros, one of large numbers.
        for (size_t i = 0; i < rows * stride; i++) x[i] *= i / stride == 0 ? 1e-3f : i / stride == 1 ? 0 : 100;
        kernels->rms_norm(x, (ptrdiff_t)stride, weight, 1e-6f, rows, size, y, (ptrdiff_t)stride);
        for (size_t row = 0; row < rows; row++) {
            const float *values = x + row * stride;
            double squares = 0;
            for (size_t i = 0; i < size; i++) squares += (double)values[i] * values[i];
            const double length = sqrt(squares / (double)size + 1e-6f);
            for (size_t i = 0; i < stride; i++) {
                const double expected = i < size ? values[i] / length * weight[i] : untouched;
                EXPECT_NEAR(y[row * stride + i], expected, i < size ? 1e-6 * fabs(expected) : 0,
                            "size %zu, row %zu, component %zu", size, row, i);
            }
        }
        float *in_place = new_copy(x, rows * stride);
        kernels->rms_norm(in_place, (ptrdiff_t)stride, weight, 1e-6f, rows, size, in_place, (ptrdiff_t)stride);
        for (size_t i = 0; i < rows * stride; i++) {
            if (i % stride < size) EXPECT_NEAR(in_place[i], y[i], 0, "size %zu in place, element %zu", size, i);
        }
        free(x), free(weight), free(y), free(in_place);
    }
    return violations;
}

size_t check_rotation(const embed_kernels *kernels, char *message) {
    begin_random();
    // The elements of a head, and how many of them are rotated.
    static const size_t shapes[][2] = {{2, 2},   {4, 2},   {8, 8},   {10, 6},   {32, 32},   {40, 34},
                                       {64, 64}, {64, 16}, {64, 32}, {80, 78}, {128, 128}, {256, 256}};
    size_t violations = 0;
    for (size_t s = 0; s < COUNT(shapes); s++) {
        const size_t head_size = shapes[s][0], size = shapes[s][1], rows = 3, heads = 2;
        const size_t half = size / 2, stride = heads * head_size + 3;
        float *before = new_floats(rows * stride), *angles = new_floats(rows * size);
        for (size_t i = 0; i < rows * size; i++) {
            const double angle = 100.0 * (double)(i / size) + (double)(i % half);
            angles[i] = (float)(i % size < half ? cos(angle) : sin(angle));
        }
        float *x = new_copy(before, rows * stride);
        kernels->rotate(x, (ptrdiff_t)stride, rows, heads, head_size, size, angles);
        for (size_t i = 0; i < rows * stride; i++) {
            const size_t row = i / stride, column = i % stride, part = column % head_size;
            double expected = before[i], tolerance = 0;
            if (column < heads * head_size && part < size) {
                const double cosine = angles[row * size + part % half], sine = angles[row * size + half + part % half];
                const double other = part < half ? -(double)before[i + half] : before[i - half];
                expected = before[i] * cosine + other * sine;
                tolerance = 2e-7;
            }
            EXPECT_NEAR(x[i], expected, tolerance, "head size %zu, %zu rotated, row %zu, column %zu", head_size, size,
                        row, column);
        }
        free(before), free(angles), free(x);
    }
    return violations;
}

size_t check_embedding_sum(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    const int32_t ids[] = {4, 0, 4, 2};
    enum { vocabulary = 5 };
    static const size_t widths[] = {4, 2, 2, 1};
    for (size_t s = 0; s < COUNT(sizes); s++) {
        for (int variant = 0; variant < 32; variant++) {
            const bool with_type = variant % 2, with_positions = variant / 2 % 2;
            const float scale = variant / 4 % 2 ? 1 : 27.7f;
            const embed_weight_type element = (embed_weight_type)(variant / 8);
            const bool is_int8 = element == EMBED_WEIGHTS_I8;
            const size_t size = sizes[s], stride = size + 1;
            float *tokens = new_floats(vocabulary * size), *positions = new_floats(COUNT(ids) * size);
            float *type = new_floats(size), *factors = new_floats(vocabulary);
            void *rows = malloc(vocabulary * size * widths[element]);
            EXPECT(embed_pack_table(tokens, EMBED_STORAGE_F32, element, vocabulary, size, rows,
                                    is_int8 ? factors : NULL),
                   "a finite table is called infinite");
            const embed_table table = {.type = element, .rows = rows, .factors = is_int8 ? factors : NULL};
            float *y = new_filled(COUNT(ids) * stride, untouched);
            kernels->embedding_sum(ids, COUNT(ids), &table, scale, with_positions ? positions : NULL,
                                   with_type ? type : NULL, size, y, (ptrdiff_t)stride);
            for (size_t i = 0; i < COUNT(ids) * stride; i++) {
                const size_t t = i / stride, j = i % stride;
                double expected = untouched;
                if (j < size) {
                    const float *token = tokens + (size_t)ids[t] * size;
                    float largest = 0;
                    for (size_t k = 0; k < size; k++) largest = fmaxf(largest, fabsf(token[k]));
                    expected = is_int8 ? rint(token[j] * (127.0 / largest)) * (double)(largest / 127)
                                       : as_stored(token[j], element);
                    expected *= scale;
                    expected += (double)(with_type ? type[j] : 0) + (with_positions ? positions[t * size + j] : 0);
                }
                EXPECT_NEAR(y[i], expected, j < size ? 3e-7 * (1 + scale) : 0,
                            "type %d, scale %g, size %zu, token %zu, component %zu", (int)element, (double)scale, size,
                            t, j);
            }
            free(tokens), free(positions), free(type), free(factors), free(rows), free(y);
        }
    }
    return violations;
}

size_t check_vector_operations(const embed_kernels *kernels, char *message) {
    begin_random();
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

        enum { rows = 3 };
        const size_t stride = size + 1, y_stride = size + 2;
        float *factors = new_floats(rows * stride), *before = new_floats(rows * y_stride);
        float *gated = new_copy(before, rows * y_stride);
        kernels->multiply(factors, (ptrdiff_t)stride, rows, size, gated, (ptrdiff_t)y_stride);
        for (size_t i = 0; i < rows * y_stride; i++) {
            const size_t row = i / y_stride, column = i % y_stride;
            const float factor = column < size ? factors[row * stride + column] : 1;
            EXPECT_NEAR(gated[i], factor * before[i], 0, "multiply, size %zu, row %zu, component %zu", size, row,
                        column);
        }
        free(factors), free(before), free(gated);
    }
    return violations;
}

size_t check_nan(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    enum { rows = 3, size = 40 };
    float *x = new_floats(rows * size), *weight = new_floats(size * size), *y = new_floats(rows * size);
    x[size + 7] = NAN;
    float *scratch = new_aligned(kernels->attention_scratch(rows, size) * sizeof(float));
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
        .keys_before = SIZE_MAX,
        .keys_after = SIZE_MAX,
        .scratch = scratch,
    };
    kernels->attention(&a);
    for (size_t i = 0; i < size; i++) EXPECT(isnan(y[size + i]), "attention, component %zu", i);
    kernels->layer_norm(x, size, weight, weight, 1e-5f, rows, size, y, size);
    for (size_t i = 0; i < size; i++) EXPECT(isnan(y[size + i]), "layer norm, component %zu", i);
    kernels->rms_norm(x, size, weight, 1e-5f, rows, size, y, size);
    for (size_t i = 0; i < size; i++) EXPECT(isnan(y[size + i]), "root mean square norm, component %zu", i);
    memset(y, 0, size * sizeof(float));
    kernels->maximum(x + size, size, y);
    EXPECT(isnan(y[7]), "maximum");
    kernels->normalize(x + size, size, 1e-12f);
    for (size_t i = 0; i < size; i++) EXPECT(isnan(x[size + i]), "normalize, component %zu", i);
    free(x), free(weight), free(y), free(scratch);
    return violations;
}
