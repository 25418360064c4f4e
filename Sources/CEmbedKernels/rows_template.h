// SPDX-License-Identifier: Apache-2.0

/// Kernels that pass over rows once; included after math_template.h.

static void embedding_sum(const int32_t *ids, size_t count, const float *tokens, const float *positions,
                          const float *type, size_t size, float *y, ptrdiff_t y_stride) {
    for (size_t t = 0; t < count; t++, positions += size, y += y_stride) {
        const float *token = tokens + (size_t)ids[t] * size;
        size_t i = 0;
        for (; i + LANES <= size; i += LANES) {
            const vec sum = type ? vec_add(vec_load(token + i), vec_load(type + i)) : vec_load(token + i);
            vec_store(y + i, vec_add(sum, vec_load(positions + i)));
        }
        for (; i < size; i++) y[i] = token[i] + (type ? type[i] : 0) + positions[i];
    }
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

static double peak(size_t iterations, float *sink) {
    // As many chains as a tile has sums: enough to hide the latency of a multiply-add, few enough for the registers.
    enum { CHAINS = TILE_ROWS * TILE_VECTORS };
    vec sums[CHAINS];
    const vec factor = vec_set(0.5f + *sink * 0);
    const vec term = vec_set(0.25f + *sink * 0);
    UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = vec_set((float)chain);
    for (size_t i = 0; i < iterations; i++) {
        UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = vec_fma(sums[chain], factor, term);
    }
    UNROLL for (int chain = 0; chain < CHAINS; chain++) *sink += vec_sum(sums[chain]);
    return (double)(2 * CHAINS * LANES * iterations);
}
