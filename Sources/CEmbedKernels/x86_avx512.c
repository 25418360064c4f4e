// SPDX-License-Identifier: Apache-2.0

/// AVX-512 F, VL, DQ and BW: Skylake-SP and later Xeons, Zen 4 and later.
///
/// 14 rows × 32 columns: 28 sums, 2 columns of the panel and a factor fill 31 of 32 registers, and a step reads only
/// two cache lines of the panel for 28 multiply-adds. On Zen 4 9 × 48 is no faster, 12 × 32 neither.

#if defined(__x86_64__)

#include "kernels.h"
#include "x86_dot.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

static bool usable(void) { return has_avx512(); }

#pragma clang attribute push(__attribute__((target(AVX512))), apply_to = function)

#include "x86_avx512.h"

#include "math_template.h"
#include "tile_template.h"
#include "float32_template.h"
#include "attention_template.h"
#include "rows_template.h"

#pragma clang attribute pop

static const embed_format formats[] = {
    FLOAT32_FORMAT(f32, EMBED_WEIGHTS_F32),
    FLOAT32_FORMAT(f16, EMBED_WEIGHTS_F16),
    DOT_FORMAT(amx_bf16, EMBED_WEIGHTS_BF16, "amx"),
    DOT_FORMAT(avx512_bf16, EMBED_WEIGHTS_BF16, "bf16"),
    FLOAT32_FORMAT(bf16, EMBED_WEIGHTS_BF16),
    DOT_FORMAT(amx_i8, EMBED_WEIGHTS_I8, "amx"),
    DOT_FORMAT(avx512_vnni, EMBED_WEIGHTS_I8, "vnni"),
    FLOAT32_FORMAT(i8, EMBED_WEIGHTS_I8),
};

const embed_kernels embed_kernels_x86_avx512 = {
    .isa = "avx512",
    .usable = usable,
#include "table_template.h"
};

#endif
