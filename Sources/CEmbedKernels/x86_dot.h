// SPDX-License-Identifier: Apache-2.0

/// The formats of AVX-512 processors that multiply narrow numbers, each in a file of its own.

#ifndef EMBED_X86_DOT_H
#define EMBED_X86_DOT_H

#include "kernels.h"

/// What every AVX-512 file needs: target features, and the check for them.
#define AVX512 "avx512f,avx512vl,avx512dq,avx512bw,fma,f16c"

static inline bool has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

/// The functions of an `embed_format`, and its row in the table.
#define DECLARE_DOT_FORMAT(name)                                                                                   \
    bool embed_##name##_usable(void);                                                                              \
    size_t embed_##name##_panel_bytes(size_t inputs);                                                              \
    bool embed_##name##_pack(const void *weight, embed_storage storage, size_t outputs, size_t inputs,             \
                             size_t first_column, void *panels);                                                   \
    size_t embed_##name##_scratch_bytes(size_t rows, size_t depth);                                                \
    void embed_##name##_product(const embed_product *);                                                            \
    double embed_##name##_peak(size_t iterations, float *sink);

#define DOT_FORMAT(name, weights, arithmetic_name)                                                                 \
    {                                                                                                              \
        .type = weights, .arithmetic = arithmetic_name, .usable = embed_##name##_usable,                           \
        .panel_bytes = embed_##name##_panel_bytes, .pack = embed_##name##_pack,                                    \
        .scratch_bytes = embed_##name##_scratch_bytes, .product = embed_##name##_product,                          \
        .peak = embed_##name##_peak,                                                                               \
    }

DECLARE_DOT_FORMAT(avx512_bf16)
DECLARE_DOT_FORMAT(avx512_vnni)
DECLARE_DOT_FORMAT(amx_bf16)
DECLARE_DOT_FORMAT(amx_i8)

// A product first narrows x into its scratch: rows of `narrow_row_bytes`, then, for int8, the factors [rows,
// `group_count`]. The depth is filled up with what multiplies to nothing, to whole cache lines.

/// Bytes from row to row for a depth of so many bytes: an odd number of cache lines, so that rows don't compete for the
/// same cache sets.
static inline size_t narrow_row_bytes(size_t bytes) { return ((bytes + 63) / 64 | 1) * 64; }

/// Groups of inputs that share a factor in int8.
static inline size_t group_count(size_t depth) { return (depth + EMBED_DEPTH_STEP - 1) / EMBED_DEPTH_STEP; }

/// Bytes of a scratch for x in bfloat16, and in int8.
static inline size_t narrow_bytes_bf16(size_t rows, size_t depth) { return rows * narrow_row_bytes(2 * depth); }
static inline size_t narrow_bytes_i8(size_t rows, size_t depth) {
    return rows * narrow_row_bytes(depth) + (rows * group_count(depth) * sizeof(float) + 63) / 64 * 64;
}

/// Narrows the product's x to bfloat16.
void embed_narrow_bf16(const embed_product *p, char *rows);

/// Narrows the product's x to int8 + 128, with a factor for each row and each group: its largest magnitude ÷ 127.
///
/// A group with a NaN or an infinity gets that as its factor, so that it comes out again.
void embed_narrow_i8(const embed_product *p, char *rows, float *factors);

#endif
