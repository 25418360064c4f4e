// SPDX-License-Identifier: Apache-2.0

/// What happens to weights while a model loads; bound by memory, the same on every instruction set.

#include "CEmbedKernels.h"

#include <string.h>

static float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/// IEEE 754 half precision to single, exactly, subnormals, infinities and NaN included.
static float from_f16(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t magnitude = half & 0x7fff;
    if (magnitude >= 0x7c00) return from_bits(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
    // Exponent and mantissa move into place; the multiplication corrects the exponent's bias (127 − 15 = 112) and
    // normalises subnormals.
    const float value = from_bits(magnitude << 13) * 0x1p112f;
    return sign ? -value : value;
}

static inline float element(const void *source, embed_storage storage, size_t index) {
    uint16_t half;
    float value;
    switch (storage) {
    case EMBED_STORAGE_F32:
        memcpy(&value, (const char *)source + 4 * index, sizeof value);
        return value;
    case EMBED_STORAGE_F16:
        memcpy(&half, (const char *)source + 2 * index, sizeof half);
        return from_f16(half);
    case EMBED_STORAGE_BF16:
        memcpy(&half, (const char *)source + 2 * index, sizeof half);
        return from_bits((uint32_t)half << 16);
    }
}

/// Rows of the weight that are read together, so that every cache line of a panel is written in one go.
enum { rows_at_once = 16 };

static inline void pack(const void *weight, const embed_storage storage, size_t outputs, size_t inputs,
                        size_t first_column, size_t panel_columns, float *panels) {
    for (size_t output = 0; output < outputs; output += rows_at_once) {
        const size_t rows = outputs - output < rows_at_once ? outputs - output : rows_at_once;
        float *targets[rows_at_once];
        for (size_t row = 0; row < rows; row++) {
            const size_t column = first_column + output + row;
            targets[row] = panels + column / panel_columns * panel_columns * inputs + column % panel_columns;
        }
        for (size_t input = 0; input < inputs; input++) {
            for (size_t row = 0; row < rows; row++) {
                targets[row][input * panel_columns] = element(weight, storage, (output + row) * inputs + input);
            }
        }
    }
}

void embed_pack(const void *weight, embed_storage storage, size_t outputs, size_t inputs, size_t first_column,
                size_t panel_columns, float *panels) {
    // One loop for each storage: the branch on it must not stay inside.
    switch (storage) {
    case EMBED_STORAGE_F32:
        pack(weight, EMBED_STORAGE_F32, outputs, inputs, first_column, panel_columns, panels);
        break;
    case EMBED_STORAGE_F16:
        pack(weight, EMBED_STORAGE_F16, outputs, inputs, first_column, panel_columns, panels);
        break;
    case EMBED_STORAGE_BF16:
        pack(weight, EMBED_STORAGE_BF16, outputs, inputs, first_column, panel_columns, panels);
        break;
    }
}

void embed_convert(const void *source, embed_storage storage, size_t count, float *result) {
    switch (storage) {
    case EMBED_STORAGE_F32:
        memcpy(result, source, 4 * count);
        break;
    case EMBED_STORAGE_F16:
        for (size_t i = 0; i < count; i++) result[i] = element(source, EMBED_STORAGE_F16, i);
        break;
    case EMBED_STORAGE_BF16:
        for (size_t i = 0; i < count; i++) result[i] = element(source, EMBED_STORAGE_BF16, i);
        break;
    }
}

bool embed_is_finite(const float *x, size_t count) {
    uint32_t found = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        found |= (bits & 0x7f800000) == 0x7f800000;
    }
    return !found;
}
