// SPDX-License-Identifier: Apache-2.0

/// AVX-512 with products of bfloat16 pairs (AVX512_BF16) and of int8 quadruples (AVX512_VNNI): Zen 4, Sapphire Rapids,
/// and for int8 also Ice Lake and Cascade Lake.
///
/// The tiles are those of float32, with two or four inputs in an element of x.

#if defined(__x86_64__)

#include "x86_dot.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

bool embed_avx512_bf16_usable(void) { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }
bool embed_avx512_vnni_usable(void) { return has_avx512() && __builtin_cpu_supports("avx512vnni"); }

#pragma clang attribute push(__attribute__((target(AVX512))), apply_to = function)

#include "x86_avx512.h"

#include "math_template.h"
#include "tile_template.h"

/// A group of one row: its largest element first, then the quotients.
static inline void narrow_group(const float *x, size_t count, char *row, float *factor) {
    enum { VECTORS = EMBED_DEPTH_STEP / LANES };
    vec elements[VECTORS];
    __m512i largest = _mm512_setzero_si512();
    for (int v = 0; v < VECTORS; v++) {
        const size_t left = count > (size_t)v * LANES ? count - (size_t)v * LANES : 0;
        elements[v] = _mm512_maskz_loadu_ps(left < LANES ? (__mmask16)((1u << left) - 1) : 0xffff, x + v * LANES);
        // As whole numbers the magnitudes have the same order, and NaN is the largest of all.
        largest = _mm512_max_epu32(largest, _mm512_castps_si512(vec_abs(elements[v])));
    }
    const uint32_t bits = _mm512_reduce_max_epu32(largest);
    float magnitude;
    memcpy(&magnitude, &bits, sizeof magnitude);
    *factor = magnitude / 127;
    const vec inverse = vec_set(127 / magnitude);
    for (int v = 0; v < VECTORS && (size_t)v * LANES < (count + 63) / 64 * 64; v++) {
        // What is no number, 0 times infinity among it, becomes −2^31, of which the last byte stays: zero.
        const __m512i quotients = _mm512_cvtps_epi32(vec_multiply(elements[v], inverse));
        const __m128i bytes = _mm512_cvtepi32_epi8(quotients);
        _mm_storeu_si128((__m128i *)(row + v * LANES), _mm_xor_si128(bytes, _mm_set1_epi8((char)0x80)));
    }
}

void embed_narrow_i8(const embed_product *p, char *rows, float *factors) {
    const size_t row_bytes = narrow_row_bytes(p->depth);
    for (size_t row = 0; row < p->rows; row++, rows += row_bytes) {
        const float *x = p->x + (ptrdiff_t)row * p->x_stride;
        for (size_t first = 0; first < p->depth; first += EMBED_DEPTH_STEP) {
            narrow_group(x + first, smaller(p->depth - first, EMBED_DEPTH_STEP), rows + first, factors++);
        }
    }
}

#pragma clang attribute pop

// bfloat16

#pragma clang attribute push(__attribute__((target(AVX512 ",avx512bf16"))), apply_to = function)

void embed_narrow_bf16(const embed_product *p, char *rows) {
    const size_t row_bytes = narrow_row_bytes(2 * p->depth);
    for (size_t row = 0; row < p->rows; row++, rows += row_bytes) {
        const float *x = p->x + (ptrdiff_t)row * p->x_stride;
        size_t i = 0;
        for (; i + 2 * LANES <= p->depth; i += 2 * LANES) {
            _mm512_storeu_si512(rows + 2 * i, (__m512i)_mm512_cvtne2ps_pbh(vec_load(x + i + LANES), vec_load(x + i)));
        }
        if (i == p->depth) continue;
        const uint32_t mask = (1u << (p->depth - i)) - 1;
        const vec low = _mm512_maskz_loadu_ps((__mmask16)mask, x + i);
        const vec high = _mm512_maskz_loadu_ps((__mmask16)(mask >> LANES), x + i + LANES);
        _mm512_storeu_si512(rows + 2 * i, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
}

static inline vec multiply_bf16(vec x, vec columns, vec sums) {
    return _mm512_dpbf16_ps(sums, (__m512bh)x, (__m512bh)columns);
}

#define FORMAT(name) embed_avx512_bf16_##name
#define LINKAGE
#define LAYOUT .type = EMBED_WEIGHTS_BF16, .interleave = 2, .padding = BF16_PADDING
#define WEIGHT_BYTES 2
#define STEP_INPUTS 2
#define STEP_FACTORS 1
#define COLUMNS(step, v, k) vec_load((const float *)(step) + (v) * LANES)
#define MULTIPLY(x, columns, sums) multiply_bf16(x, columns, sums)
#include "product_template.h"

size_t embed_avx512_bf16_scratch_bytes(size_t rows, size_t depth) { return narrow_bytes_bf16(rows, depth); }

void embed_avx512_bf16_product(const embed_product *p) {
    embed_narrow_bf16(p, p->scratch);
    const ptrdiff_t stride = (ptrdiff_t)(narrow_row_bytes(2 * p->depth) / sizeof(float));
    embed_avx512_bf16_multiply(p, p->scratch, stride, NULL, 0);
}

#pragma clang attribute pop

// int8

#pragma clang attribute push(__attribute__((target(AVX512 ",avx512vnni"))), apply_to = function)

static inline vec multiply_i8(vec x, vec columns, vec sums) {
    return _mm512_castsi512_ps(_mm512_dpbusd_epi32(_mm512_castps_si512(sums), _mm512_castps_si512(x),
                                                   _mm512_castps_si512(columns)));
}

/// y + factor of x · factor of w · sum
static inline vec end_group(vec sums, const char *group, int v, float x_factor, vec y) {
    const vec factors = vec_load((const float *)group + v * LANES);
    const vec products = vec_multiply(_mm512_cvtepi32_ps(_mm512_castps_si512(sums)), factors);
    return vec_fma(vec_set(x_factor), products, y);
}

#define FORMAT(name) embed_avx512_vnni_##name
#define LINKAGE
#define LAYOUT .type = EMBED_WEIGHTS_I8, .interleave = 4, .padding = 64, .corrects = true
#define WEIGHT_BYTES 1
#define STEP_INPUTS 4
#define STEP_FACTORS 1
#define COLUMNS(step, v, k) vec_load((const float *)(step) + (v) * LANES)
#define MULTIPLY(x, columns, sums) multiply_i8(x, columns, sums)
#define GROUP_HEADER (2 * PANEL_COLUMNS * sizeof(float))
#define GROUP_BEGIN(group, v) vec_load((const float *)(group) + PANEL_COLUMNS + (v) * LANES)
#define GROUP_END(sums, group, v, job, row, number, y) \
    end_group(sums, group, v, (job)->x_factors[(row) * (job)->x_factor_stride + (ptrdiff_t)(number)], y)
#include "product_template.h"

size_t embed_avx512_vnni_scratch_bytes(size_t rows, size_t depth) { return narrow_bytes_i8(rows, depth); }

void embed_avx512_vnni_product(const embed_product *p) {
    const size_t row_bytes = narrow_row_bytes(p->depth);
    char *rows = p->scratch;
    float *factors = (float *)(rows + p->rows * row_bytes);
    embed_narrow_i8(p, rows, factors);
    embed_avx512_vnni_multiply(p, p->scratch, (ptrdiff_t)(row_bytes / sizeof(float)), factors,
                               (ptrdiff_t)group_count(p->depth));
}

#pragma clang attribute pop

#endif
