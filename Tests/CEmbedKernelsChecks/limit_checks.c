// SPDX-License-Identifier: Apache-2.0

/// Attention with limits and caps against its definition in double precision.

#include "checks.h"

static const size_t none = SIZE_MAX;

typedef struct {
    size_t before;
    size_t after;
} limits;

static const limits all_limits[] = {
    {none, none}, {none, 0}, {0, none}, {0, 0}, {1, 0}, {3, 20}, {40, 40}, {64, 0}, {none, 17}, {511, 1}, {700, 512},
};

/// Queries, keys and values of a sequence, and where attention goes.
typedef struct {
    embed_attention attention;
    float *qkv;
    float *output;
    float *bias;
    size_t tokens;
    size_t stride;
} sequence;

enum { bias_reach = 9 };

static sequence new_sequence(const embed_kernels *kernels, size_t tokens, size_t head_size, limits limits, float cap,
                             bool has_bias) {
    sequence s = {.tokens = tokens, .stride = 3 * head_size + 1};
    s.qkv = new_floats(tokens * s.stride);
    s.output = new_filled(tokens * head_size, untouched);
    s.bias = new_floats(2 * bias_reach + 1);
    s.attention = (embed_attention){
        .query = s.qkv,
        .query_stride = (ptrdiff_t)s.stride,
        .key = s.qkv + head_size,
        .value = s.qkv + 2 * head_size,
        .key_stride = (ptrdiff_t)s.stride,
        .output = s.output,
        .output_stride = (ptrdiff_t)head_size,
        .queries = tokens,
        .keys = tokens,
        .head_size = head_size,
        .scale = 0.7f,
        .bias = has_bias ? s.bias : NULL,
        .bias_reach = bias_reach,
        .keys_before = limits.before,
        .keys_after = limits.after,
        .score_cap = cap,
        .scratch = new_aligned(kernels->attention_scratch(tokens, head_size) * sizeof(float)),
    };
    return s;
}

static void free_sequence(sequence *s) { free(s->qkv), free(s->output), free(s->bias), free(s->attention.scratch); }

/// What the softmax is taken of.
static double exact_score(const embed_attention *a, size_t query, size_t key) {
    double score = 0;
    for (size_t i = 0; i < a->head_size; i++) {
        score += (double)a->query[(ptrdiff_t)query * a->query_stride + (ptrdiff_t)i] *
                 a->key[(ptrdiff_t)key * a->key_stride + (ptrdiff_t)i];
    }
    score *= a->scale;
    if (a->bias != NULL) {
        const double distance = fmax(-bias_reach, fmin(bias_reach, (double)key - (double)query));
        score += a->bias[bias_reach + (int)distance];
    }
    return a->score_cap > 0 ? a->score_cap * tanh(score / a->score_cap) : score;
}

/// Whether a query sees a key, in numbers that can't overflow.
static bool sees(const embed_attention *a, size_t query, size_t key) {
    const double distance = (double)key - (double)query;
    return distance >= -(double)a->keys_before && distance <= (double)a->keys_after;
}

static size_t definition_violations(const sequence *s, char *message) {
    size_t violations = 0;
    const embed_attention *a = &s->attention;
    double *weights = malloc(s->tokens * sizeof(double)), *expected = malloc(a->head_size * sizeof(double));
    // Of long texts some rows, about as many at every place in a tile.
    for (size_t query = 0; query < s->tokens; query += s->tokens > 300 ? 7 : 1) {
        double largest = -INFINITY, sum = 0;
        for (size_t key = 0; key < s->tokens; key++) {
            weights[key] = sees(a, query, key) ? exact_score(a, query, key) : -INFINITY;
            largest = fmax(largest, weights[key]);
        }
        for (size_t i = 0; i < a->head_size; i++) expected[i] = 0;
        for (size_t key = 0; key < s->tokens; key++) {
            const double weight = exp(weights[key] - largest);
            sum += weight;
            for (size_t i = 0; i < a->head_size && weight > 0; i++) {
                expected[i] += weight * a->value[(ptrdiff_t)key * a->key_stride + (ptrdiff_t)i];
            }
        }
        for (size_t i = 0; i < a->head_size; i++) {
            EXPECT_NEAR(s->output[query * a->head_size + i], expected[i] / sum, 5e-6,
                        "%zu tokens, head size %zu, %zd before, %zd after, cap %g, token %zu, component %zu", s->tokens,
                        a->head_size, (ssize_t)a->keys_before, (ssize_t)a->keys_after, (double)a->score_cap, query, i);
        }
    }
    free(weights), free(expected);
    return violations;
}

/// The same queries in groups of up to `largest` give the same bits.
static size_t group_violations(const embed_kernels *kernels, const sequence *s, size_t largest, char *message) {
    size_t violations = 0;
    const size_t head_size = s->attention.head_size;
    float *output = new_filled(s->tokens * head_size, untouched);
    embed_attention group = s->attention;
    for (size_t first = 0; first < s->tokens; first += group.queries) {
        const size_t left = s->tokens - first, most = left < largest ? left : largest;
        group.queries = 1 + (size_t)((random_float() + 1) / 2 * (float)most) % most;
        group.query = s->attention.query + first * s->stride;
        group.output = output + first * head_size;
        group.first_query = first;
        kernels->attention(&group);
    }
    for (size_t token = 0; token < s->tokens; token++) {
        EXPECT(memcmp(output + token * head_size, s->output + token * head_size, head_size * sizeof(float)) == 0,
               "%zu tokens, head size %zu, %zd before, %zd after, cap %g: token %zu in a group of up to %zu", s->tokens,
               head_size, (ssize_t)group.keys_before, (ssize_t)group.keys_after, (double)group.score_cap, token,
               largest);
    }
    free(output);
    return violations;
}

size_t check_limits(const embed_kernels *kernels, char *message) {
    begin_random();
    static const size_t tokens[] = {1, 2, 5, 14, 15, 16, 17, 31, 33, 48, 100, 203, 512, 513, 700, 1100, 1500};
    static const size_t head_sizes[] = {12, 20, 32, 64};
    size_t violations = 0, variant = 0;
    for (size_t t = 0; t < COUNT(tokens); t++) {
        for (size_t l = 0; l < COUNT(all_limits); l++) {
            const bool is_long = tokens[t] > 300;
            const float cap = variant % 3 == 1 ? 1.5f : 0;
            sequence s = new_sequence(kernels, tokens[t], is_long ? 4 : head_sizes[variant % 4], all_limits[l], cap,
                                      variant % 5 == 2);
            variant++;
            kernels->attention(&s.attention);
            violations += definition_violations(&s, FIRST_MESSAGE);
            violations += group_violations(kernels, &s, tokens[t], FIRST_MESSAGE);
            violations += group_violations(kernels, &s, 30, FIRST_MESSAGE);
            if (!is_long) violations += group_violations(kernels, &s, 1, FIRST_MESSAGE);
            free_sequence(&s);
        }
    }
    return violations;
}

/// What a query doesn't see changes no bit of its result, and what is far from all that a tile sees isn't even read.
size_t check_unseen(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    enum { tokens = 1200, head_size = 8, changed = 600 };
    // Twice the rows of a tile and the columns of a panel on any instruction set.
    enum { far = 2 * (14 + 32) };
    for (size_t l = 0; l < COUNT(all_limits); l++) {
        const bool caps = l % 2;
        sequence s = new_sequence(kernels, tokens, head_size, all_limits[l], caps ? 20 : 0, false);
        kernels->attention(&s.attention);
        float *before = new_copy(s.output, tokens * head_size);
        float *key = s.qkv + changed * s.stride + head_size;
        // A key that would win every softmax, with an enormous value; then one that isn't a number.
        for (int step = 0; step < 2; step++) {
            for (size_t i = 0; i < 2 * head_size; i++) key[i] = step == 0 ? (i < head_size ? 1e6f : 1e30f) : NAN;
            kernels->attention(&s.attention);
            for (size_t query = 0; query < tokens; query++) {
                const size_t distance = query > changed ? query - changed : changed - query;
                const size_t limit = query > changed ? all_limits[l].before : all_limits[l].after;
                if (query == changed || distance <= limit) continue;
                if (step == 1 && distance - limit < far) continue;
                const size_t row = query * head_size;
                EXPECT(memcmp(s.output + row, before + row, head_size * sizeof(float)) == 0,
                       "%zd before, %zd after, cap %d, step %d: key %d changes token %zu",
                       (ssize_t)all_limits[l].before, (ssize_t)all_limits[l].after, caps, step, changed, query);
            }
        }
        free(before);
        free_sequence(&s);
    }
    return violations;
}

/// Scores of thousands become the cap, and a query that is no number stays none.
size_t check_caps(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    enum { tokens = 40, head_size = 8, lost = 3 };
    sequence s = new_sequence(kernels, tokens, head_size, (limits){none, 0}, 30, true);
    for (size_t i = 0; i < tokens * s.stride; i++) {
        if (i % s.stride < 2 * head_size) s.qkv[i] *= 100;
    }
    kernels->attention(&s.attention);
    violations += definition_violations(&s, FIRST_MESSAGE);
    s.qkv[lost * s.stride] = NAN;
    kernels->attention(&s.attention);
    for (size_t i = 0; i < head_size; i++) EXPECT(isnan(s.output[lost * head_size + i]), "a NaN is lost");
    free_sequence(&s);
    return violations;
}
