// SPDX-License-Identifier: Apache-2.0

/// AVX2 with FMA and F16C: Haswell and later, Zen and later.
///
/// 6 rows × 16 columns: 12 sums, 2 columns of the panel and a factor fill 15 of 16 registers.

#if defined(__x86_64__)

#include "kernels.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

static bool usable(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

enum { LANES = 8 };
#define TILE_ROWS 6
#define TILE_VECTORS 2

typedef __m256 vec;

static inline vec vec_zero(void) { return _mm256_setzero_ps(); }
static inline vec vec_set(float x) { return _mm256_set1_ps(x); }
static inline vec vec_load(const float *pointer) { return _mm256_loadu_ps(pointer); }
static inline void vec_store(float *pointer, vec x) { _mm256_storeu_ps(pointer, x); }
static inline vec vec_add(vec a, vec b) { return _mm256_add_ps(a, b); }
static inline vec vec_subtract(vec a, vec b) { return _mm256_sub_ps(a, b); }
static inline vec vec_multiply(vec a, vec b) { return _mm256_mul_ps(a, b); }
static inline vec vec_divide(vec a, vec b) { return _mm256_div_ps(a, b); }
static inline vec vec_abs(vec x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x); }
static inline vec vec_min(vec a, vec b) { return _mm256_min_ps(a, b); }
static inline vec vec_max(vec a, vec b) { return _mm256_max_ps(a, b); }
static inline vec vec_fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
static inline vec vec_negative_fma(vec a, vec b, vec c) { return _mm256_fnmadd_ps(a, b, c); }
static inline vec vec_interleave_low(vec a, vec b) {
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
static inline vec vec_interleave_high(vec a, vec b) {
    return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
static inline vec vec_round(vec x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/// The power is added to the exponent's bits, which must not overflow; at −127 they leave nothing of 1.
static inline vec vec_exp2_clamp(vec x) { return vec_min(vec_set(127), vec_max(vec_set(-127), x)); }
static inline vec vec_scale_by_power_of_two(vec x, vec power) {
    const __m256i exponent = _mm256_slli_epi32(_mm256_cvtps_epi32(power), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), exponent));
}
static inline vec vec_load_f16(const uint16_t *pointer) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)pointer));
}
static inline vec vec_load_bf16(const uint16_t *pointer) {
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)pointer));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
static inline vec vec_load_i8(const int8_t *pointer) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)pointer)));
}
static inline vec vec_even_bf16(const void *pairs) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_loadu_si256(pairs), 16));
}
static inline vec vec_odd_bf16(const void *pairs) {
    const __m256i upper = _mm256_set1_epi32((int)0xffff0000);
    return _mm256_castsi256_ps(_mm256_and_si256(_mm256_loadu_si256(pairs), upper));
}
#define BF16_PADDING 2

#include "math_template.h"
#include "tile_template.h"
#include "float32_template.h"
#include "attention_template.h"
#include "rows_template.h"

#pragma clang attribute pop

static const embed_format formats[] = {
    FLOAT32_FORMAT(f32, EMBED_WEIGHTS_F32),
    FLOAT32_FORMAT(f16, EMBED_WEIGHTS_F16),
    FLOAT32_FORMAT(bf16, EMBED_WEIGHTS_BF16),
    FLOAT32_FORMAT(i8, EMBED_WEIGHTS_I8),
};

const embed_kernels embed_kernels_x86_avx2 = {
    .isa = "avx2",
    .usable = usable,
#include "table_template.h"
};

#endif
