// SPDX-License-Identifier: Apache-2.0

/// NEON, which every 64-bit ARM has.
///
/// 6 rows × 16 columns: 24 sums, 4 columns of the panel and a factor fill 29 of 32 registers.

#if defined(__aarch64__)

#include "kernels.h"

#include <arm_neon.h>
#include <math.h>
#include <string.h>

static bool usable(void) { return true; }

enum { LANES = 4 };
#define TILE_ROWS 6
#define TILE_VECTORS 4

typedef float32x4_t vec;

static inline vec vec_zero(void) { return vdupq_n_f32(0); }
static inline vec vec_set(float x) { return vdupq_n_f32(x); }
static inline vec vec_load(const float *pointer) { return vld1q_f32(pointer); }
static inline void vec_store(float *pointer, vec x) { vst1q_f32(pointer, x); }
static inline vec vec_add(vec a, vec b) { return vaddq_f32(a, b); }
static inline vec vec_subtract(vec a, vec b) { return vsubq_f32(a, b); }
static inline vec vec_multiply(vec a, vec b) { return vmulq_f32(a, b); }
static inline vec vec_divide(vec a, vec b) { return vdivq_f32(a, b); }
static inline vec vec_abs(vec x) { return vabsq_f32(x); }
/// Either is NaN when one operand is, which also keeps a NaN from being lost.
static inline vec vec_min(vec a, vec b) { return vminq_f32(a, b); }
static inline vec vec_max(vec a, vec b) { return vmaxq_f32(a, b); }
static inline vec vec_fma(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
static inline vec vec_negative_fma(vec a, vec b, vec c) { return vfmsq_f32(c, a, b); }
static inline vec vec_interleave_low(vec a, vec b) {
    return __builtin_shufflevector(a, b, 0, 4, 1, 5);
}
static inline vec vec_interleave_high(vec a, vec b) {
    return __builtin_shufflevector(a, b, 2, 6, 3, 7);
}
static inline vec vec_round(vec x) { return vrndnq_f32(x); }
/// The power is added to the exponent's bits, which must not overflow; at −127 they leave nothing of 1.
static inline vec vec_exp2_clamp(vec x) { return vec_min(vec_set(127), vec_max(vec_set(-127), x)); }
static inline vec vec_scale_by_power_of_two(vec x, vec power) {
    const int32x4_t exponent = vshlq_n_s32(vcvtq_s32_f32(power), 23);
    return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(x), exponent));
}
static inline vec vec_load_f16(const uint16_t *pointer) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(pointer)));
}
static inline vec vec_load_bf16(const uint16_t *pointer) {
    return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(pointer), 16));
}
static inline vec vec_load_i8(const int8_t *pointer) {
    uint32_t four;
    memcpy(&four, pointer, sizeof four);
    const int16x8_t wide = vmovl_s8(vcreate_s8(four));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide)));
}
static inline vec vec_even_bf16(const void *pairs) {
    return vreinterpretq_f32_u32(vshlq_n_u32(vld1q_u32(pairs), 16));
}
static inline vec vec_odd_bf16(const void *pairs) {
    return vreinterpretq_f32_u32(vandq_u32(vld1q_u32(pairs), vdupq_n_u32(0xffff0000)));
}
#define BF16_PADDING 2

#include "math_template.h"
#include "tile_template.h"
#include "float32_template.h"
#include "attention_template.h"
#include "rows_template.h"

static const embed_format formats[] = {
    FLOAT32_FORMAT(f32, EMBED_WEIGHTS_F32),
    FLOAT32_FORMAT(f16, EMBED_WEIGHTS_F16),
    FLOAT32_FORMAT(bf16, EMBED_WEIGHTS_BF16),
    FLOAT32_FORMAT(i8, EMBED_WEIGHTS_I8),
};

const embed_kernels embed_kernels_arm_neon = {
    .isa = "neon",
    .usable = usable,
#include "table_template.h"
};

#endif
