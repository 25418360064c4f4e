// SPDX-License-Identifier: Apache-2.0

/// What the checks share: numbers to compute with, and how a violation is reported.

#ifndef EMBED_CHECKS_H
#define EMBED_CHECKS_H

#include "CEmbedKernelsChecks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/// Written behind every row: a kernel that writes past the end of a row changes it.
static const float untouched = 12345.0f;

/// Begins the sequence of `random_float` anew; each thread has its own.
void begin_random(void);

/// Uniform in −1 ..< 1.
float random_float(void);

/// `count` random elements, and not a byte more: the address sanitizer sees a read past the end.
float *new_floats(size_t count);

float *new_filled(size_t count, float value);

float *new_copy(const float *source, size_t count);

/// `bytes` zeros, 64-byte aligned.
void *new_aligned(size_t bytes);

/// Adds a violation if `found` is further from `expected` than `tolerance`, or either is NaN.
#define EXPECT_NEAR(found, expected, tolerance, ...)                                                  \
    do {                                                                                              \
        const double f = (found), e = (expected);                                                     \
        if (!(fabs(f - e) <= (tolerance)) && violations++ == 0) {                                     \
            int used = snprintf(message, 200, __VA_ARGS__);                                           \
            snprintf(message + used, 200 - (size_t)used, ": found %.9g, expected %.9g", f, e);        \
        }                                                                                             \
    } while (0)

#define EXPECT(condition, ...)                                                                  \
    do {                                                                                        \
        if (!(condition) && violations++ == 0) snprintf(message, 200, __VA_ARGS__);             \
    } while (0)

/// Where the first violation is described: `message`, until there was one.
#define FIRST_MESSAGE (violations ? (char[200]){0} : message)

static const embed_activation activations[] = {
    EMBED_ACTIVATION_IDENTITY, EMBED_ACTIVATION_GELU,       EMBED_ACTIVATION_GELU_TANH, EMBED_ACTIVATION_RELU,
    EMBED_ACTIVATION_SILU,     EMBED_ACTIVATION_QUICK_GELU, EMBED_ACTIVATION_TANH,
};

double exact_activation(double x, embed_activation activation);

/// "int8 vnni" and the like, for messages; the text lives until the next call on this thread.
const char *format_name(const embed_format *format);

/// Panels of a weight [outputs, inputs] in float32, for `columns` outputs in all.
void *new_panels(const embed_kernels *kernels, const embed_format *format, const float *weight, size_t outputs,
                 size_t inputs);

/// The number nearest to `x`, ties to even, with `mantissa_bits` after the leading one and no exponent below
/// `smallest_exponent`; an infinity from the number on that would need a larger exponent than `largest_exponent`.
double rounded(double x, int mantissa_bits, int smallest_exponent, int largest_exponent);

/// `x` as this type keeps it; not for int8.
double as_stored(double x, embed_weight_type type);

/// A weight [outputs, inputs] as the format keeps it, decoded without the kernels' help.
double *new_stored(const embed_format *format, const float *weight, size_t outputs, size_t inputs);

/// x [rows, inputs] as the format multiplies it: rounded as documented where its arithmetic isn't float32.
double *new_multiplied(const embed_format *format, const float *x, size_t x_stride, size_t rows, size_t inputs);

/// The usable formats of `kernels`, and what stands in for those that this CPU can't run; null past the end.
const embed_format *checked_format(const embed_kernels *kernels, size_t index);

// The checks, in the files called after their subjects.
size_t check_products(const embed_kernels *kernels, char *message);
size_t check_large_products(const embed_kernels *kernels, char *message);
size_t check_tiles(const embed_kernels *kernels, char *message);
size_t check_lost_numbers(const embed_kernels *kernels, char *message);
size_t check_activations(const embed_kernels *kernels, char *message);
size_t check_attention(const embed_kernels *kernels, char *message);
size_t check_attention_bias(const embed_kernels *kernels, char *message);
size_t check_bias_distances(const embed_kernels *kernels, char *message);
size_t check_large_scores(const embed_kernels *kernels, char *message);
size_t check_limits(const embed_kernels *kernels, char *message);
size_t check_unseen(const embed_kernels *kernels, char *message);
size_t check_caps(const embed_kernels *kernels, char *message);
size_t check_layer_norm(const embed_kernels *kernels, char *message);
size_t check_rms_norm(const embed_kernels *kernels, char *message);
size_t check_rotation(const embed_kernels *kernels, char *message);
size_t check_embedding_sum(const embed_kernels *kernels, char *message);
size_t check_vector_operations(const embed_kernels *kernels, char *message);
size_t check_nan(const embed_kernels *kernels, char *message);
size_t check_conversion(const embed_kernels *kernels, char *message);
size_t check_packing(const embed_kernels *kernels, char *message);
size_t check_infinite_weights(const embed_kernels *kernels, char *message);
size_t check_choice(const embed_kernels *kernels, char *message);

#endif
