// SPDX-License-Identifier: Apache-2.0

/// Kernels that pass over rows once; included after math_template.h.

/// LANES elements of numbers stored in this type, from `index` on; for int8 the whole numbers.
static inline __attribute__((always_inline)) vec load_elements(const void *numbers, const embed_weight_type type,
                                                               size_t index) {
    switch (type) {
    case EMBED_WEIGHTS_F32: return vec_load((const float *)numbers + index);
    case EMBED_WEIGHTS_F16: return vec_load_f16((const uint16_t *)numbers + index);
    case EMBED_WEIGHTS_BF16: return vec_load_bf16((const uint16_t *)numbers + index);
    case EMBED_WEIGHTS_I8: return vec_load_i8((const int8_t *)numbers + index);
    }
}

static inline __attribute__((always_inline)) void sum_embeddings(const int32_t *ids, size_t count,
                                                                 const embed_table *tokens,
                                                                 const embed_weight_type element,
                                                                 const float *positions, const float *type, size_t size,
                                                                 float *y, ptrdiff_t y_stride) {
    const size_t whole = size / LANES * LANES, left = size - whole;
    for (size_t t = 0; t < count; t++, positions += size, y += y_stride) {
        const size_t row = (size_t)ids[t];
        const vec factor = vec_set(element == EMBED_WEIGHTS_I8 ? tokens->factors[row] : 1);
        for (size_t i = 0; i < whole; i += LANES) {
            const vec token = load_elements(tokens->rows, element, row * size + i);
            const vec start = type ? vec_fma(token, factor, vec_load(type + i)) : vec_multiply(token, factor);
            vec_store(y + i, vec_add(start, vec_load(positions + i)));
        }
        if (left == 0) continue;
        // The row's end, copied so that nothing behind it is read.
        float rest[LANES] = {0};
        const size_t bytes = element == EMBED_WEIGHTS_F32 ? 4 : element == EMBED_WEIGHTS_I8 ? 1 : 2;
        memcpy(rest, (const char *)tokens->rows + (row * size + whole) * bytes, left * bytes);
        const vec token = load_elements(rest, element, 0);
        const vec start =
            type ? vec_fma(token, factor, vec_load_part(type + whole, left)) : vec_multiply(token, factor);
        vec_store_part(y + whole, vec_add(start, vec_load_part(positions + whole, left)), left);
    }
}

static void embedding_sum(const int32_t *ids, size_t count, const embed_table *tokens, const float *positions,
                          const float *type, size_t size, float *y, ptrdiff_t y_stride) {
#define AS(element)                                                                                \
    case element:                                                                                  \
        sum_embeddings(ids, count, tokens, element, positions, type, size, y, y_stride);           \
        break;
    switch (tokens->type) {
        AS(EMBED_WEIGHTS_F32)
        AS(EMBED_WEIGHTS_F16)
        AS(EMBED_WEIGHTS_BF16)
        AS(EMBED_WEIGHTS_I8)
    }
#undef AS
}

static void layer_norm(const float *x, ptrdiff_t x_stride, const float *weight, const float *bias, float epsilon,
                       size_t rows, size_t size, float *y, ptrdiff_t y_stride) {
    const size_t whole = size / LANES * LANES;
    for (size_t row = 0; row < rows; row++, x += x_stride, y += y_stride) {
        vec sums = vec_zero();
        for (size_t i = 0; i < whole; i += LANES) sums = vec_add(sums, vec_load(x + i));
        float sum = vec_sum(sums);
        for (size_t i = whole; i < size; i++) sum += x[i];
        const float mean = sum / (float)size;

        vec squares = vec_zero();
        for (size_t i = 0; i < whole; i += LANES) {
            const vec difference = vec_subtract(vec_load(x + i), vec_set(mean));
            squares = vec_fma(difference, difference, squares);
        }
        float square = vec_sum(squares);
        for (size_t i = whole; i < size; i++) square += (x[i] - mean) * (x[i] - mean);
        const float scale = 1 / sqrtf(square / (float)size + epsilon);

        for (size_t i = 0; i < whole; i += LANES) {
            const vec standard = vec_multiply(vec_subtract(vec_load(x + i), vec_set(mean)), vec_set(scale));
            vec_store(y + i, vec_fma(standard, vec_load(weight + i), vec_load(bias + i)));
        }
        for (size_t i = whole; i < size; i++) y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
    }
}

static void add_scaled(const float *x, float scale, size_t size, float *y) {
    size_t i = 0;
    for (; i + LANES <= size; i += LANES) {
        vec_store(y + i, vec_fma(vec_load(x + i), vec_set(scale), vec_load(y + i)));
    }
    for (; i < size; i++) y[i] += scale * x[i];
}

static void maximum(const float *x, size_t size, float *y) {
    size_t i = 0;
    for (; i + LANES <= size; i += LANES) {
        const vec value = vec_load(x + i);
        vec_store(y + i, vec_fma(value, vec_zero(), vec_max(value, vec_load(y + i))));
    }
    for (; i < size; i++) y[i] = (x[i] > y[i] ? x[i] : y[i]) + 0 * x[i];
}

static void normalize(float *x, size_t size, float smallest) {
    const size_t whole = size / LANES * LANES;
    vec squares = vec_zero();
    for (size_t i = 0; i < whole; i += LANES) squares = vec_fma(vec_load(x + i), vec_load(x + i), squares);
    float square = vec_sum(squares);
    for (size_t i = whole; i < size; i++) square += x[i] * x[i];
    const float root = sqrtf(square);
    const float length = root < smallest ? smallest : root;
    for (size_t i = 0; i < whole; i += LANES) vec_store(x + i, vec_divide(vec_load(x + i), vec_set(length)));
    for (size_t i = whole; i < size; i++) x[i] /= length;
}
