// SPDX-License-Identifier: Apache-2.0

/// Attention against scalar.c, at sizes around every tile's and every block's edge.

#include "checks.h"

/// No bias.
static const size_t none = SIZE_MAX;

static size_t attention_violations(const embed_kernels *kernels, size_t tokens, size_t head_size, float scale,
                                   size_t bias_reach, char *message) {
    size_t violations = 0;
    // Query, key and value side by side, as one product makes them.
    const size_t stride = 3 * head_size + 2, y_stride = head_size + 3;
    float *qkv = new_floats(tokens * stride);
    float *y = new_filled(tokens * y_stride, untouched), *expected = new_filled(tokens * y_stride, untouched);
    float *parts = new_filled(tokens * y_stride, untouched);
    float *bias = bias_reach == none ? NULL : new_floats(2 * bias_reach + 1);
    float *scratch = new_aligned(kernels->attention_scratch(tokens, head_size) * sizeof(float));
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
        .bias = bias,
        .bias_reach = bias_reach,
        .keys_before = SIZE_MAX,
        .keys_after = SIZE_MAX,
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
        some.first_query = cuts[part];
        some.output = parts + cuts[part] * y_stride;
        some.queries = cuts[part + 1] > cuts[part] ? cuts[part + 1] - cuts[part] : 0;
        kernels->attention(&some);
    }
    for (size_t i = 0; i < tokens * y_stride; i++) {
        EXPECT_NEAR(parts[i], y[i], 0, "%zu tokens, head size %zu: token %zu in another group of queries", tokens,
                    head_size, i / y_stride);
    }
    free(qkv), free(y), free(expected), free(parts), free(bias), free(scratch);
    return violations;
}

static const size_t long_tokens[] = {511, 512, 513, 1030};

size_t check_attention(const embed_kernels *kernels, char *message) {
    begin_random();
    static const size_t tokens[] = {1, 2, 5, 8, 15, 16, 17, 31, 32, 33, 63, 100};
    static const size_t head_sizes[] = {1, 4, 8, 12, 16, 20, 32, 48, 64, 80, 128};
    size_t violations = 0;
    for (size_t h = 0; h < COUNT(head_sizes); h++) {
        for (size_t t = 0; t < COUNT(tokens); t++) {
            violations += attention_violations(kernels, tokens[t], head_sizes[h], 1 / sqrtf((float)head_sizes[h]), none,
                                               FIRST_MESSAGE);
        }
    }
    for (size_t t = 0; t < COUNT(long_tokens); t++) {
        violations += attention_violations(kernels, long_tokens[t], t % 2 ? 32 : 20, 0.2f, none, FIRST_MESSAGE);
    }
    return violations;
}

size_t check_attention_bias(const embed_kernels *kernels, char *message) {
    begin_random();
    static const size_t tokens[] = {1, 2, 7, 16, 17, 33, 100, 250}, reaches[] = {0, 1, 5, 91, 300};
    size_t violations = 0;
    for (size_t r = 0; r < COUNT(reaches); r++) {
        for (size_t t = 0; t < COUNT(tokens); t++) {
            violations += attention_violations(kernels, tokens[t], t % 2 ? 32 : 20, 0.2f, reaches[r], FIRST_MESSAGE);
        }
        for (size_t t = 0; t < COUNT(long_tokens); t++) {
            violations += attention_violations(kernels, long_tokens[t], 12, 0.3f, reaches[r], FIRST_MESSAGE);
        }
    }
    return violations;
}

/// Queries and keys of zeros leave nothing but the bias: softmax(B) V, here in double precision.
size_t check_bias_distances(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    enum { keys = 530, first_query = 7, queries = 520, reach = 40, size = 4 };
    float *zeros = new_filled(keys * size, 0), *value = new_floats(keys * size), *y = new_floats(queries * size);
    float *bias = new_floats(2 * reach + 1);
    for (size_t i = 0; i < 2 * reach + 1; i++) bias[i] *= 5;
    float *scratch = new_aligned(kernels->attention_scratch(queries, size) * sizeof(float));
    const embed_attention a = {
        .query = zeros,
        .query_stride = size,
        .key = zeros,
        .value = value,
        .key_stride = size,
        .output = y,
        .output_stride = size,
        .queries = queries,
        .keys = keys,
        .head_size = size,
        .scale = 0.5f,
        .bias = bias,
        .bias_reach = reach,
        .first_query = first_query,
        .keys_before = SIZE_MAX,
        .keys_after = SIZE_MAX,
        .scratch = scratch,
    };
    kernels->attention(&a);
    for (int query = 0; query < queries; query++) {
        double sum = 0, expected[size] = {0};
        for (int key = 0; key < keys; key++) {
            const int distance = key - (first_query + query);
            const double weight = exp(bias[reach + (distance < -reach ? -reach : distance > reach ? reach : distance)]);
            sum += weight;
            for (int i = 0; i < size; i++) expected[i] += weight * value[key * size + i];
        }
        for (int i = 0; i < size; i++) {
            EXPECT_NEAR(y[query * size + i], expected[i] / sum, 2e-6, "query %d, component %d", query, i);
        }
    }
    free(zeros), free(value), free(y), free(bias), free(scratch);
    return violations;
}

/// Scores of some thousands: without the running maximum the exponentials would overflow.
size_t check_large_scores(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    enum { tokens = 600, head_size = 16 };
    float *x = new_floats(tokens * head_size), *y = new_floats(tokens * head_size);
    // The largest score stands in the second block of keys, so the first block's sums must be corrected to nothing.
    for (size_t i = 0; i < head_size; i++) x[550 * head_size + i] = 50;
    float query[head_size];
    for (size_t i = 0; i < head_size; i++) query[i] = 10;
    float *scratch = new_aligned(kernels->attention_scratch(1, head_size) * sizeof(float));
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
        .keys_before = SIZE_MAX,
        .keys_after = SIZE_MAX,
        .scratch = scratch,
    };
    kernels->attention(&a);
    for (size_t i = 0; i < head_size; i++) EXPECT_NEAR(y[i], 50, 1e-5, "component %zu", i);
    free(x), free(y), free(scratch);
    return violations;
}
