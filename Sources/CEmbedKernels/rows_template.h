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
                                                                 const embed_weight_type element, float scale,
                                                                 const float *positions, const float *type, size_t size,
                                                                 float *y, ptrdiff_t y_stride) {
    const size_t whole = size / LANES * LANES, left = size - whole;
    for (size_t t = 0; t < count; t++, y += y_stride) {
        const size_t row = (size_t)ids[t];
        const vec factor = vec_set(element == EMBED_WEIGHTS_I8 ? scale * tokens->factors[row] : scale);
        const float *position = positions ? positions + t * size : NULL;
        for (size_t i = 0; i < whole; i += LANES) {
            const vec token = load_elements(tokens->rows, element, row * size + i);
            const vec start = type ? vec_fma(token, factor, vec_load(type + i)) : vec_multiply(token, factor);
            vec_store(y + i, position ? vec_add(start, vec_load(position + i)) : start);
        }
        if (left == 0) continue;
        // The row's end, copied so that nothing behind it is read.
        float rest[LANES] = {0};
        const size_t bytes = element == EMBED_WEIGHTS_F32 ? 4 : element == EMBED_WEIGHTS_I8 ? 1 : 2;
        memcpy(rest, (const char *)tokens->rows + (row * size + whole) * bytes, left * bytes);
        const vec token = load_elements(rest, element, 0);
        const vec start =
            type ? vec_fma(token, factor, vec_load_part(type + whole, left)) : vec_multiply(token, factor);
        vec_store_part(y + whole, position ? vec_add(start, vec_load_part(position + whole, left)) : start, left);
    }
}

static void embedding_sum(const int32_t *ids, size_t count, const embed_table *tokens, float scale,
                          const float *positions, const float *type, size_t size, float *y, ptrdiff_t y_stride) {
#define AS(element)                                                                                \
    case element:                                                                                  \
        sum_embeddings(ids, count, tokens, element, scale, positions, type, size, y, y_stride);    \
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
            vec_store(y + i, bias ? vec_fma(standard, vec_load(weight + i), vec_load(bias + i))
                                  : vec_multiply(standard, vec_load(weight + i)));
        }
        for (size_t i = whole; i < size; i++) y[i] = (x[i] - mean) * scale * weight[i] + (bias ? bias[i] : 0);
    }
}

static void rms_norm(const float *x, ptrdiff_t x_stride, const float *weight, float epsilon, size_t rows, size_t size,
                     float *y, ptrdiff_t y_stride) {
    const size_t whole = size / LANES * LANES;
    for (size_t row = 0; row < rows; row++, x += x_stride, y += y_stride) {
        vec squares = vec_zero();
        for (size_t i = 0; i < whole; i += LANES) squares = vec_fma(vec_load(x + i), vec_load(x + i), squares);
        float square = vec_sum(squares);
        for (size_t i = whole; i < size; i++) square += x[i] * x[i];
        const float scale = 1 / sqrtf(square / (float)size + epsilon);
        for (size_t i = 0; i < whole; i += LANES) {
            vec_store(y + i, vec_multiply(vec_multiply(vec_load(x + i), vec_set(scale)), vec_load(weight + i)));
        }
        for (size_t i = whole; i < size; i++) y[i] = x[i] * scale * weight[i];
    }
}

static void rotate(float *x, ptrdiff_t x_stride, size_t rows, size_t heads, size_t head_size, size_t size,
                   const float *angles) {
    const size_t half = size / 2, whole = half / LANES * LANES;
    for (size_t row = 0; row < rows; row++, x += x_stride, angles += size) {
        const float *cosines = angles, *sines = angles + half;
        for (size_t head = 0; head < heads; head++) {
            float *first = x + head * head_size, *second = first + half;
            for (size_t i = 0; i < whole; i += LANES) {
                const vec a = vec_load(first + i), b = vec_load(second + i);
                const vec cosine = vec_load(cosines + i), sine = vec_load(sines + i);
                vec_store(first + i, vec_negative_fma(b, sine, vec_multiply(a, cosine)));
                vec_store(second + i, vec_fma(a, sine, vec_multiply(b, cosine)));
            }
            for (size_t i = whole; i < half; i++) {
                const float a = first[i], b = second[i];
                first[i] = a * cosines[i] - b * sines[i];
                second[i] = b * cosines[i] + a * sines[i];
            }
        }
    }
}

static void multiply(const float *x, ptrdiff_t x_stride, size_t rows, size_t size, float *y, ptrdiff_t y_stride) {
    for (size_t row = 0; row < rows; row++, x += x_stride, y += y_stride) {
        size_t i = 0;
        for (; i + LANES <= size; i += LANES) vec_store(y + i, vec_multiply(vec_load(x + i), vec_load(y + i)));
        for (; i < size; i++) y[i] *= x[i];
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
