// SPDX-License-Identifier: Apache-2.0

/// AVX-512 F, VL, DQ and BW: Skylake-SP and later Xeons, Zen 4 and later.
///
/// 14 rows × 32 columns: 28 sums, 2 columns of the panel and a factor fill 31 of 32 registers, and a step reads only
/// two cache lines of the panel for 28 multiply-adds. On Zen 4 9 × 48 is no faster, 12 × 32 neither.

#if defined(__x86_64__)

#include "kernels.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

static bool usable(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma"))), apply_to = function)

enum { LANES = 16 };
#define TILE_ROWS 14
#define TILE_VECTORS 2

typedef __m512 vec;

static inline vec vec_zero(void) { return _mm512_setzero_ps(); }
static inline vec vec_set(float x) { return _mm512_set1_ps(x); }
static inline vec vec_load(const float *pointer) { return _mm512_loadu_ps(pointer); }
static inline void vec_store(float *pointer, vec x) { _mm512_storeu_ps(pointer, x); }
static inline vec vec_add(vec a, vec b) { return _mm512_add_ps(a, b); }
static inline vec vec_subtract(vec a, vec b) { return _mm512_sub_ps(a, b); }
static inline vec vec_multiply(vec a, vec b) { return _mm512_mul_ps(a, b); }
static inline vec vec_divide(vec a, vec b) { return _mm512_div_ps(a, b); }
static inline vec vec_abs(vec x) { return _mm512_abs_ps(x); }
static inline vec vec_min(vec a, vec b) { return _mm512_min_ps(a, b); }
static inline vec vec_max(vec a, vec b) { return _mm512_max_ps(a, b); }
static inline vec vec_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
static inline vec vec_negative_fma(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); }
static inline vec vec_interleave_low(vec a, vec b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
static inline vec vec_interleave_high(vec a, vec b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
static inline vec vec_round(vec x) {
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/// The instruction that scales saturates by itself.
static inline vec vec_exp2_clamp(vec x) { return x; }
static inline vec vec_scale_by_power_of_two(vec x, vec power) { return _mm512_scalef_ps(x, power); }

#include "math_template.h"
#include "product_template.h"
#include "attention_template.h"
#include "rows_template.h"

#pragma clang attribute pop

const embed_kernels embed_kernels_x86_avx512 = {
    .isa = "avx512",
    .usable = usable,
#include "table_template.h"
};

#endif
