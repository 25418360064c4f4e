// SPDX-License-Identifier: Apache-2.0

/// The tables that the instruction set files define and dispatch.c lists, and the layouts of weights they share.

#ifndef EMBED_KERNELS_H
#define EMBED_KERNELS_H

#include "CEmbedKernels.h"

extern const embed_kernels embed_kernels_scalar;
#if defined(__x86_64__)
extern const embed_kernels embed_kernels_x86_avx2;
extern const embed_kernels embed_kernels_x86_avx512;
#elif defined(__aarch64__)
extern const embed_kernels embed_kernels_arm_neon;
#endif

/// The first key that a query sees, and the one after its last.
static inline size_t embed_first_visible(const embed_attention *a, size_t query) {
    const size_t place = a->first_query + query;
    return place > a->keys_before ? place - a->keys_before : 0;
}
static inline size_t embed_visible_end(const embed_attention *a, size_t query) {
    const size_t place = a->first_query + query;
    return place < a->keys && a->keys_after < a->keys - place ? place + a->keys_after + 1 : a->keys;
}

/// How the weights of a panel lie: [⌈inputs ÷ interleave⌉][columns][interleave].
///
/// int8 lies in groups of EMBED_DEPTH_STEP inputs, and each begins with `factors` [columns] and, where the layout
/// corrects, `corrections` [columns]: −128 · Σ of the weights, as int32, for an x that is stored with 128 added.
typedef struct embed_layout {
    embed_weight_type type;
    size_t panel_columns;
    /// Inputs of one column side by side, because one instruction multiplies them or widens them together.
    size_t interleave;
    /// The inputs of a panel, or of a group, are filled up with zeros to a multiple of this.
    size_t padding;
    bool corrects;
} embed_layout;

/// Bytes that stand before the weights of an int8 group.
static inline size_t embed_layout_header(const embed_layout *layout) {
    const size_t bytes = (layout->corrects ? 2 : 1) * layout->panel_columns * sizeof(float);
    return (bytes + 63) / 64 * 64;
}

/// `panel_bytes` of a format with this layout.
size_t embed_layout_bytes(const embed_layout *layout, size_t inputs);

/// `pack` of a format with this layout.
bool embed_layout_pack(const embed_layout *layout, const void *weight, embed_storage storage, size_t outputs,
                       size_t inputs, size_t first_column, void *panels);

#endif
