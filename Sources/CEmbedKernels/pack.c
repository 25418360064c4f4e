// SPDX-License-Identifier: Apache-2.0

/// What happens to weights while a model loads; bound by memory, the same on every instruction set.

#include "kernels.h"
#include "numbers.h"

void embed_convert(const void *source, embed_storage storage, size_t count, float *result) {
    const char *bytes = source;
    uint16_t half;
    switch (storage) {
    case EMBED_STORAGE_F32:
        memcpy(result, source, 4 * count);
        break;
    case EMBED_STORAGE_F16:
        for (size_t i = 0; i < count; i++) {
            memcpy(&half, bytes + 2 * i, sizeof half);
            result[i] = from_f16(half);
        }
        break;
    case EMBED_STORAGE_BF16:
        for (size_t i = 0; i < count; i++) {
            memcpy(&half, bytes + 2 * i, sizeof half);
            result[i] = from_bf16(half);
        }
        break;
    }
}

bool embed_is_finite(const float *x, size_t count) {
    uint32_t found = 0;
    for (size_t i = 0; i < count; i++) found |= (to_bits(x[i]) & 0x7f800000) == 0x7f800000;
    return !found;
}

static size_t storage_bytes(embed_storage storage) { return storage == EMBED_STORAGE_F32 ? 4 : 2; }

static size_t type_bytes(embed_weight_type type) {
    switch (type) {
    case EMBED_WEIGHTS_F32: return 4;
    case EMBED_WEIGHTS_F16:
    case EMBED_WEIGHTS_BF16: return 2;
    case EMBED_WEIGHTS_I8: return 1;
    }
}

static float largest_magnitude(const float *x, size_t count) {
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t magnitude = to_bits(x[i]) & 0x7fffffff;
        if (magnitude > largest) largest = magnitude;
    }
    return from_bits(largest);
}

/// What the numbers of a row are multiplied by to become int8.
static double int8_scale(float largest) { return 127.0 / largest; }

/// x · scale, rounded; 0 when that is no number.
static inline int8_t to_int8(float x, double scale) {
    const double scaled = x * scale;
    return (int8_t)(scaled > -128 && scaled < 128 ? nearest(scaled) : 0);
}

/// Whether numbers up to this magnitude stay finite: the smallest that is rounded up to infinity is half a step above
/// the type's largest number.
static bool fits(float largest, embed_weight_type type) {
    switch (type) {
    case EMBED_WEIGHTS_F16: return largest < 65520;
    case EMBED_WEIGHTS_BF16: return to_bits(largest) < 0x7f7f8000;
    case EMBED_WEIGHTS_F32:
    case EMBED_WEIGHTS_I8: return to_bits(largest) < 0x7f800000;
    }
}

// Panels

/// Rows of the weight that are read together, so that every cache line of a panel is written in one go.
enum { rows_at_once = 16 };

static size_t round_up(size_t count, size_t multiple) { return (count + multiple - 1) / multiple * multiple; }

/// Bytes of the weights of `inputs` inputs without any header.
static size_t weight_bytes(const embed_layout *layout, size_t inputs) {
    return round_up(round_up(inputs, layout->padding) * layout->panel_columns * type_bytes(layout->type), 64);
}

size_t embed_layout_bytes(const embed_layout *layout, size_t inputs) {
    if (layout->type != EMBED_WEIGHTS_I8) return weight_bytes(layout, inputs);
    const size_t header = embed_layout_header(layout), left = inputs % EMBED_DEPTH_STEP;
    return inputs / EMBED_DEPTH_STEP * (header + weight_bytes(layout, EMBED_DEPTH_STEP)) +
           (left > 0 ? header + weight_bytes(layout, left) : 0);
}

/// Some outputs and up to EMBED_DEPTH_STEP inputs of a weight, in float32, on their way into panels.
typedef struct {
    float weights[rows_at_once][EMBED_DEPTH_STEP];
    size_t rows;
    size_t inputs;
    /// Where the first input of each row goes, for int8 the begin of its group; and which column of the panel that is.
    char *targets[rows_at_once];
    size_t columns[rows_at_once];
} block;

/// Writes `convert(weight)` for each of a block's weights.
///
/// The rows stand in neighbouring columns, so that a cache line of the panel is filled before the next.
#define PUT(element, offset, convert)                                                                              \
    element *targets[rows_at_once];                                                                                \
    for (size_t row = 0; row < b->rows; row++) {                                                                   \
        targets[row] = (element *)(b->targets[row] + (offset)) + b->columns[row] * layout->interleave;             \
    }                                                                                                              \
    if (layout->interleave == 1) {                                                                                 \
        for (size_t i = 0, step = layout->panel_columns; i < b->inputs; i++) {                                     \
            for (size_t row = 0; row < b->rows; row++) targets[row][i * step] = convert(b->weights[row][i]);       \
        }                                                                                                          \
    } else {                                                                                                       \
        for (size_t first = 0; first < b->inputs; first += layout->interleave) {                                   \
            const size_t left = b->inputs - first < layout->interleave ? b->inputs - first : layout->interleave;   \
            for (size_t row = 0; row < b->rows; row++) {                                                           \
                element *target = targets[row] + first * layout->panel_columns;                                    \
                for (size_t i = 0; i < left; i++) target[i] = convert(b->weights[row][first + i]);                 \
            }                                                                                                      \
        }                                                                                                          \
    }

#define AS_INT8(weight) to_int8(weight, scales[row])

static void put_f32(const embed_layout *layout, const block *b) { PUT(float, 0, ) }
static void put_f16(const embed_layout *layout, const block *b) { PUT(uint16_t, 0, to_f16) }
static void put_bf16(const embed_layout *layout, const block *b) { PUT(uint16_t, 0, to_bf16) }

static void put_i8(const embed_layout *layout, const block *b) {
    double scales[rows_at_once];
    for (size_t row = 0; row < b->rows; row++) {
        float *factors = (float *)b->targets[row];
        const float largest = largest_magnitude(b->weights[row], b->inputs);
        factors[b->columns[row]] = largest / 127;
        scales[row] = int8_scale(largest);
        if (!layout->corrects) continue;
        int32_t sum = 0;
        for (size_t i = 0; i < b->inputs; i++) sum += AS_INT8(b->weights[row][i]);
        ((int32_t *)(factors + layout->panel_columns))[b->columns[row]] = -128 * sum;
    }
    PUT(int8_t, embed_layout_header(layout), AS_INT8)
}

static void put(const embed_layout *layout, const block *b) {
    switch (layout->type) {
    case EMBED_WEIGHTS_F32: put_f32(layout, b); break;
    case EMBED_WEIGHTS_F16: put_f16(layout, b); break;
    case EMBED_WEIGHTS_BF16: put_bf16(layout, b); break;
    case EMBED_WEIGHTS_I8: put_i8(layout, b); break;
    }
}

bool embed_layout_pack(const embed_layout *layout, const void *weight, embed_storage storage, size_t outputs,
                       size_t inputs, size_t first_column, void *panels) {
    const size_t panel_bytes = embed_layout_bytes(layout, inputs);
    bool is_finite = true;
    block b;
    for (size_t output = 0; output < outputs; output += rows_at_once) {
        b.rows = outputs - output < rows_at_once ? outputs - output : rows_at_once;
        for (size_t input = 0; input < inputs; input += EMBED_DEPTH_STEP) {
            b.inputs = inputs - input < EMBED_DEPTH_STEP ? inputs - input : EMBED_DEPTH_STEP;
            for (size_t row = 0; row < b.rows; row++) {
                const size_t column = first_column + output + row, index = (output + row) * inputs + input;
                b.targets[row] = (char *)panels + column / layout->panel_columns * panel_bytes +
                                 embed_layout_bytes(layout, input);
                b.columns[row] = column % layout->panel_columns;
                embed_convert((const char *)weight + index * storage_bytes(storage), storage, b.inputs,
                              b.weights[row]);
                is_finite &= fits(largest_magnitude(b.weights[row], b.inputs), layout->type);
            }
            put(layout, &b);
        }
    }
    return is_finite;
}

// Tables

/// Some elements of a row, converted to a narrow type.
static void put_row(const float *row, size_t count, embed_weight_type type, double scale, char *target) {
    uint16_t half;
    switch (type) {
    case EMBED_WEIGHTS_F32: break;
    case EMBED_WEIGHTS_F16:
        for (size_t i = 0; i < count; i++) {
            half = to_f16(row[i]);
            memcpy(target + 2 * i, &half, sizeof half);
        }
        break;
    case EMBED_WEIGHTS_BF16:
        for (size_t i = 0; i < count; i++) {
            half = to_bf16(row[i]);
            memcpy(target + 2 * i, &half, sizeof half);
        }
        break;
    case EMBED_WEIGHTS_I8:
        for (size_t i = 0; i < count; i++) target[i] = (char)to_int8(row[i], scale);
        break;
    }
}

bool embed_pack_table(const void *source, embed_storage storage, embed_weight_type type, size_t rows, size_t size,
                      void *target, float *factors) {
    bool is_finite = true;
    float part[EMBED_DEPTH_STEP];
    for (size_t row = 0; row < rows; row++) {
        if (type == EMBED_WEIGHTS_F32) {
            float *written = (float *)target + row * size;
            embed_convert((const char *)source + row * size * storage_bytes(storage), storage, size, written);
            is_finite &= embed_is_finite(written, size);
            continue;
        }
        float largest = 0;
        // int8 takes two passes over the row: for the largest element, then for all of them.
        for (int pass = type == EMBED_WEIGHTS_I8 ? 0 : 1; pass < 2; pass++) {
            for (size_t first = 0; first < size; first += EMBED_DEPTH_STEP) {
                const size_t count = size - first < EMBED_DEPTH_STEP ? size - first : EMBED_DEPTH_STEP;
                const size_t index = row * size + first;
                embed_convert((const char *)source + index * storage_bytes(storage), storage, count, part);
                const float found = largest_magnitude(part, count);
                is_finite &= fits(found, type);
                if (pass == 0) {
                    largest = found > largest ? found : largest;
                } else {
                    put_row(part, count, type, int8_scale(largest), (char *)target + index * type_bytes(type));
                }
            }
        }
        if (type == EMBED_WEIGHTS_I8) factors[row] = largest / 127;
    }
    return is_finite;
}
