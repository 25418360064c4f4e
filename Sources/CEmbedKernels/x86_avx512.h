// SPDX-License-Identifier: Apache-2.0

/// The vector helpers of AVX-512, for each file that pushes its own target features; included inside the push.

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
static inline vec vec_load_f16(const uint16_t *pointer) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)pointer));
}
static inline vec vec_load_bf16(const uint16_t *pointer) {
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)pointer));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}
static inline vec vec_load_i8(const int8_t *pointer) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)pointer)));
}
static inline vec vec_even_bf16(const void *pairs) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_loadu_si512(pairs), 16));
}
static inline vec vec_odd_bf16(const void *pairs) {
    // Cleared while loading: 14 rows leave no register for a mask.
    return _mm512_castsi512_ps(_mm512_maskz_loadu_epi16(0xaaaaaaaa, pairs));
}
/// A row of an AMX tile: the same panels serve it.
#define BF16_PADDING 32
