// SPDX-License-Identifier: Apache-2.0

/// Narrow numbers and how they are rounded: to the nearest, ties to even.

#ifndef EMBED_NUMBERS_H
#define EMBED_NUMBERS_H

#include <stdint.h>
#include <string.h>

static inline float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t to_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/// IEEE 754 half precision to single, exactly, subnormals, infinities and NaN included.
static inline float from_f16(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t magnitude = half & 0x7fff;
    if (magnitude >= 0x7c00) return from_bits(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
    // Exponent and mantissa move into place; the multiplication corrects the exponent's bias (127 − 15 = 112) and
    // normalises subnormals.
    const float value = from_bits(magnitude << 13) * 0x1p112f;
    return sign ? -value : value;
}

/// Single to half precision: infinity from 65520 on.
static inline uint16_t to_f16(float value) {
    const uint32_t bits = to_bits(value), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00);
    if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
    // Below 2^−14 halves are multiples of 2^−24, which is the distance of singles from 0.5 on.
    if (magnitude < 0x38800000) return (uint16_t)(sign | (to_bits(from_bits(magnitude) + 0.5f) - 0x3f000000));
    return (uint16_t)(sign | (magnitude + 0xfff + (magnitude >> 13 & 1) - 0x38000000) >> 13);
}

/// The upper half of a single.
static inline float from_bf16(uint16_t half) { return from_bits((uint32_t)half << 16); }

static inline uint16_t to_bf16(float value) {
    const uint32_t bits = to_bits(value);
    if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// The nearest whole number; for |value| < 2^31.
static inline int32_t nearest(double value) {
    // From 2^52 on doubles are whole. The addition rounds, without a call to the C library.
    const double shift = 0x1.8p52;
    return (int32_t)(value + shift - shift);
}

#endif
