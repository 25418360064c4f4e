// SPDX-License-Identifier: Apache-2.0

/// The formats that multiply in float32, for every type of weights; included after tile_template.h, with
///
/// `vec_load_f16(pointer)`, `vec_load_bf16(pointer)`, `vec_load_i8(pointer)`: LANES numbers, widened;
/// `vec_even_bf16(pointer)`, `vec_odd_bf16(pointer)`: of LANES pairs the first ones, and the second ones.

#define FORMAT(name) f32_##name
#define LINKAGE static
#define LAYOUT .type = EMBED_WEIGHTS_F32, .interleave = 1, .padding = 1
#define WEIGHT_BYTES 4
#define STEP_INPUTS 1
#define STEP_FACTORS 1
#define COLUMNS(step, v, k) vec_load((const float *)(step) + (v) * LANES)
#define MULTIPLY(x, columns, sums) vec_fma(x, columns, sums)
#include "product_template.h"

#define FORMAT(name) f16_##name
#define LINKAGE static
#define LAYOUT .type = EMBED_WEIGHTS_F16, .interleave = 1, .padding = 1
#define WEIGHT_BYTES 2
#define STEP_INPUTS 1
#define STEP_FACTORS 1
#define COLUMNS(step, v, k) vec_load_f16((const uint16_t *)(step) + (v) * LANES)
#define MULTIPLY(x, columns, sums) vec_fma(x, columns, sums)
#include "product_template.h"

// Pairs of inputs fill a vector, so that one instruction widens one of each pair.
#define FORMAT(name) bf16_##name
#define LINKAGE static
#define LAYOUT .type = EMBED_WEIGHTS_BF16, .interleave = 2, .padding = BF16_PADDING
#define WEIGHT_BYTES 2
#define STEP_INPUTS 2
#define STEP_FACTORS 2
#define COLUMNS(step, v, k) \
    ((k) == 0 ? vec_even_bf16((step) + 4 * (v) * LANES) : vec_odd_bf16((step) + 4 * (v) * LANES))
#define MULTIPLY(x, columns, sums) vec_fma(x, columns, sums)
#include "product_template.h"

#define FORMAT(name) i8_##name
#define LINKAGE static
#define LAYOUT .type = EMBED_WEIGHTS_I8, .interleave = 1, .padding = 1
#define WEIGHT_BYTES 1
#define STEP_INPUTS 1
#define STEP_FACTORS 1
#define COLUMNS(step, v, k) vec_load_i8((const int8_t *)(step) + (v) * LANES)
#define MULTIPLY(x, columns, sums) vec_fma(x, columns, sums)
#define GROUP_HEADER (PANEL_COLUMNS * sizeof(float))
#define GROUP_BEGIN(group, v) vec_zero()
#define GROUP_END(sums, group, v, job, row, number, y) vec_fma(sums, vec_load((const float *)(group) + (v) * LANES), y)
#include "product_template.h"

static size_t no_scratch(size_t rows, size_t depth) {
    (void)rows;
    (void)depth;
    return 0;
}

static void f32_product(const embed_product *p) { f32_multiply(p, p->x, p->x_stride, NULL, 0); }
static void f16_product(const embed_product *p) { f16_multiply(p, p->x, p->x_stride, NULL, 0); }
static void bf16_product(const embed_product *p) { bf16_multiply(p, p->x, p->x_stride, NULL, 0); }
static void i8_product(const embed_product *p) { i8_multiply(p, p->x, p->x_stride, NULL, 0); }

/// The row of a table of formats for one of these.
#define FLOAT32_FORMAT(name, weights)                                                                              \
    {                                                                                                              \
        .type = weights, .arithmetic = "float32", .usable = usable, .panel_bytes = name##_panel_bytes,             \
        .pack = name##_pack, .scratch_bytes = no_scratch, .product = name##_product,                              \
        .peak = name##_peak,                                                                                       \
    }
