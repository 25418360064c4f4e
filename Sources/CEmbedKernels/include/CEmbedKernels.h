// SPDX-License-Identifier: Apache-2.0

/// The arithmetic of a transformer on a CPU: one table of functions for each instruction set.
///
/// This header is the whole contract. Arrays are row-major; a stride is the distance between two rows in elements and
/// may exceed the row. Pointers need only the alignment of their elements; 64-byte alignment makes them fast. Only the
/// names marked "in and out" may alias. Nothing here allocates, locks, fails or keeps state.
///
/// Every output row is computed by the same sequence of operations wherever it stands and however many rows are
/// computed with it. So a text gets bit for bit the same vector alone, in any batch and with any number of threads.

#ifndef CEMBEDKERNELS_H
#define CEMBEDKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How numbers are stored in a checkpoint: little-endian, unaligned.
typedef enum embed_storage {
    EMBED_STORAGE_F32,
    EMBED_STORAGE_F16,
    EMBED_STORAGE_BF16,
} embed_storage;

/// A function applied to each element; error is the largest difference from the exact value over all finite inputs.
typedef enum embed_activation {
    EMBED_ACTIVATION_IDENTITY,
    /// x Φ(x) with the exact error function; error 1.5e-7 · max(1, |x|).
    EMBED_ACTIVATION_GELU,
    /// x ÷ (1 + exp(−2 √(2/π) (x + 0.044715 x³))); error 5e-7 · max(1, |x|).
    EMBED_ACTIVATION_GELU_TANH,
    EMBED_ACTIVATION_RELU,
    /// x ÷ (1 + exp(−x)); error 5e-7 · max(1, |x|).
    EMBED_ACTIVATION_SILU,
    /// x ÷ (1 + exp(−1.702 x)); error 5e-7 · max(1, |x|).
    EMBED_ACTIVATION_QUICK_GELU,
    /// Error 3e-7, and 1e-6 · |tanh x|.
    EMBED_ACTIVATION_TANH,
} embed_activation;

/// How a matrix of weights is kept in memory.
typedef enum embed_weight_type {
    EMBED_WEIGHTS_F32,
    EMBED_WEIGHTS_F16,
    EMBED_WEIGHTS_BF16,
    /// Whole numbers −127 … 127 times a factor for each output and each EMBED_DEPTH_STEP inputs: the largest absolute
    /// weight among them ÷ 127.
    EMBED_WEIGHTS_I8,
} embed_weight_type;

/// A product over some of a weight's inputs begins at a multiple of this; also the inputs that share a factor in int8.
enum { EMBED_DEPTH_STEP = 128 };

/// A product with packed weights and what goes with it: y = activation(start + bias + x Wᵀ).
///
/// Each element is summed in the order of the inputs, in a way that depends on the format only.
typedef struct embed_product {
    /// [rows, depth]
    const float *x;
    ptrdiff_t x_stride;
    /// W as the format's `pack` lays it out, from the first input that takes part: `panel_bytes(first input)` bytes
    /// after the panel's begin. `panel_stride` is the bytes from panel to panel: `panel_bytes` of all of W's inputs.
    const void *panels;
    size_t panel_stride;
    /// [rows, columns]
    float *y;
    ptrdiff_t y_stride;
    size_t rows;
    /// Inputs that take part: all that are left of W's, or a multiple of EMBED_DEPTH_STEP.
    size_t depth;
    size_t columns;
    /// What the sums begin with: [rows, columns], or null for zeros. A residual; or y itself, to add to it.
    const float *start;
    ptrdiff_t start_stride;
    /// [columns], or null.
    const float *bias;
    embed_activation activation;
    /// `scratch_bytes(rows, depth)` bytes, 64-byte aligned; may be null when that is 0.
    void *scratch;
} embed_product;

/// A way to keep weights and to multiply by them.
typedef struct embed_format {
    embed_weight_type type;
    /// What multiplies: "float32" (weights are widened as they are read; x stays as it is), or "bf16", "vnni", "amx":
    /// x is rounded to the weights' type too, for int8 by a factor for each row and each EMBED_DEPTH_STEP inputs.
    const char *arithmetic;
    /// Whether this CPU and operating system can run the functions below; runs anywhere.
    bool (*usable)(void);
    /// Bytes that `inputs` inputs of one panel take; 64-byte aligned multiples. Also where in a panel input number
    /// `inputs` begins, when that is a multiple of EMBED_DEPTH_STEP.
    size_t (*panel_bytes)(size_t inputs);
    /// Lays out rows of a weight for `product`, converted from how the checkpoint stores them.
    ///
    /// Several weights of the same inputs can be packed side by side as one: `first_column` is where this one's outputs
    /// begin. What no output fills must be zero: the caller clears the memory. Returns whether every weight is finite
    /// and stays so in this format. Shapes: `weight` [outputs, inputs], `panels` [⌈columns ÷ panel_columns⌉] panels of
    /// `panel_bytes(inputs)` bytes.
    bool (*pack)(const void *weight, embed_storage storage, size_t outputs, size_t inputs, size_t first_column,
                 void *panels);
    size_t (*scratch_bytes)(size_t rows, size_t depth);
    void (*product)(const embed_product *);
    /// Keeps the units that multiply as busy as they can be, from registers only; returns the number of multiplications
    /// and additions done. `sink` takes a result so that none can be left out.
    double (*peak)(size_t iterations, float *sink);
} embed_format;

/// Rows to look up, such as the embeddings of tokens: [rows, size].
typedef struct embed_table {
    embed_weight_type type;
    const void *rows;
    /// For int8: a factor for each row. Else null.
    const float *factors;
} embed_table;

/// Attention of one head over one sequence: output = softmax(S) V, where S = scale · Q Kᵀ + B and B[q, k] is what
/// `bias` holds for the distance k − q, or zero; with a `score_cap` S becomes cap · tanh(S ÷ cap), bias and all.
///
/// A query sees the keys from `keys_before` before it to `keys_after` after it, and the softmax is over these. A key
/// that it doesn't see has no part in its result, as long as all numbers are finite. Memory is linear in queries and
/// keys (see `attention_scratch`), time in the keys that are seen.
typedef struct embed_attention {
    /// [queries, head_size]: all of the sequence's tokens, or some of them.
    const float *query;
    ptrdiff_t query_stride;
    /// Each [keys, head_size]
    const float *key;
    const float *value;
    ptrdiff_t key_stride;
    /// [queries, head_size]; written only.
    float *output;
    ptrdiff_t output_stride;
    size_t queries;
    size_t keys;
    size_t head_size;
    float scale;
    /// [2 · bias_reach + 1]: B for keys at −bias_reach … bias_reach after the query; further ones get what the nearest
    /// of these distances gets. Null for zeros, and then the two numbers below don't matter.
    const float *bias;
    size_t bias_reach;
    /// Where among the keys the first query stands; the others follow it.
    size_t first_query;
    /// The query at place q among the keys sees the keys k with q − keys_before ≤ k ≤ q + keys_after. From `keys` on,
    /// such as SIZE_MAX, they are no limit, and a `keys_after` of 0 is causal attention. Where there is a limit, every
    /// query's place is that of a key, so that it sees at least itself.
    size_t keys_before;
    size_t keys_after;
    /// What the size of a score is bounded by, or 0 for no bound; before the softmax, which leaves out what isn't seen.
    float score_cap;
    /// `attention_scratch(queries, head_size)` elements, 64-byte aligned.
    float *scratch;
} embed_attention;

/// One instruction set's functions.
typedef struct embed_kernels {
    /// "scalar", "avx2", "avx512" or "neon".
    const char *isa;
    /// Whether this CPU and operating system can run the functions below; runs anywhere.
    bool (*usable)(void);
    /// Columns of one panel of packed weights.
    size_t panel_columns;
    /// Rows that share one pass over a panel.
    size_t tile_rows;

    /// Ways to keep weights, `format_count` of them: for each type the fastest first, the one in float32 arithmetic
    /// last. See `embed_format_choose`.
    const embed_format *formats;
    size_t format_count;

    void (*attention)(const embed_attention *);
    size_t (*attention_scratch)(size_t queries, size_t head_size);

    /// y[t] = scale · tokens[ids[t]] + type + positions[t]. Shapes: `ids` [count], `tokens` [vocabulary, size],
    /// `positions` [count, size] or null for zeros, `type` [size] or null for zeros, y [count, size]. Ids must lie in
    /// the vocabulary.
    void (*embedding_sum)(const int32_t *ids, size_t count, const embed_table *tokens, float scale,
                          const float *positions, const float *type, size_t size, float *y, ptrdiff_t y_stride);
    /// y = (x − mean) ÷ √(variance + epsilon) · weight + bias for each row, in and out may be the same. Shapes: x and y
    /// [rows, size], `weight` [size], `bias` [size] or null for zeros.
    void (*layer_norm)(const float *x, ptrdiff_t x_stride, const float *weight, const float *bias, float epsilon,
                       size_t rows, size_t size, float *y, ptrdiff_t y_stride);
    /// y = x ÷ √(mean of x² + epsilon) · weight for each row, in and out may be the same. Shapes: x and y [rows, size],
    /// `weight` [size].
    void (*rms_norm)(const float *x, ptrdiff_t x_stride, const float *weight, float epsilon, size_t rows, size_t size,
                     float *y, ptrdiff_t y_stride);
    /// Rotary positions, in and out: in every head a = x[i] and b = x[i + size ÷ 2] become a · cos − b · sin and
    /// b · cos + a · sin, for i < size ÷ 2; what follows the first `size` elements stays.
    ///
    /// Shapes: x [rows, heads · head_size]; `angles` [rows, size], a row's size ÷ 2 cosines before its size ÷ 2 sines.
    /// `size` is even and at most `head_size`.
    void (*rotate)(float *x, ptrdiff_t x_stride, size_t rows, size_t heads, size_t head_size, size_t size,
                   const float *angles);
    /// y = x · y element by element. Shapes: [rows, size].
    void (*multiply)(const float *x, ptrdiff_t x_stride, size_t rows, size_t size, float *y, ptrdiff_t y_stride);
    /// y += scale · x. Shapes: [size].
    void (*add_scaled)(const float *x, float scale, size_t size, float *y);
    /// y = max(x, y) element by element; an infinity or NaN in x gives NaN. Shapes: [size].
    void (*maximum)(const float *x, size_t size, float *y);
    /// x ← x ÷ max(‖x‖₂, smallest), in and out. Shape: [size].
    void (*normalize)(float *x, size_t size, float smallest);
} embed_kernels;

/// All instruction sets compiled for this kind of CPU, best first, scalar last; usable or not.
///
/// Returns null when `index` is past the end.
const embed_kernels *embed_kernels_at(size_t index);

/// The usable instruction set called `isa`, or the best usable one when `isa` is null; null when it isn't usable here.
const embed_kernels *embed_kernels_choose(const char *isa);

/// The format of `kernels` for weights of this type whose arithmetic is called `arithmetic`, or the best usable one
/// when that is null; null when there is none that is usable here.
const embed_format *embed_format_choose(const embed_kernels *kernels, embed_weight_type type, const char *arithmetic);

/// Converts `rows` rows for an `embed_table`; returns whether every element is finite and stays so in this type.
///
/// Shapes: `source` and `target` [rows, size], `factors` [rows] for int8, else null.
bool embed_pack_table(const void *source, embed_storage storage, embed_weight_type type, size_t rows, size_t size,
                      void *target, float *factors);

/// Converts `count` elements to float32, exactly.
void embed_convert(const void *source, embed_storage storage, size_t count, float *result);

/// Whether none of the `count` elements is infinite or NaN.
bool embed_is_finite(const float *x, size_t count);

/// Tells the processor that this thread only waits for another one: costs tens of cycles, saves power.
static inline void embed_spin_hint(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

#endif
