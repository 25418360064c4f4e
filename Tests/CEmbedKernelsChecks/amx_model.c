// SPDX-License-Identifier: Apache-2.0

#include "amx_model.h"

#if defined(__x86_64__)

#include <float.h>
#include <immintrin.h>
#include <string.h>

enum { TILES = 8, MAX_ROWS = 16, MAX_BYTES = 64 };

typedef struct {
    size_t rows, bytes;
    unsigned char data[MAX_ROWS][MAX_BYTES];
} tile;

static _Thread_local tile tiles[TILES];
static _Thread_local bool is_configured;
static _Thread_local size_t faults;

size_t amx_model_faults(void) { return faults; }

static void load_config(const void *memory) {
    // Bytes 0 palette, 1 start row, 16 bytes a row of each tile (two bytes each), 48 rows of each tile.
    const unsigned char *config = memory;
    is_configured = config[0] == 1;
    faults += config[0] != 1 || config[1] != 0;
    memset(tiles, 0, sizeof tiles);
    for (size_t t = 0; t < TILES; t++) {
        tiles[t].bytes = config[16 + 2 * t] | (size_t)config[17 + 2 * t] << 8;
        tiles[t].rows = config[48 + t];
        faults += tiles[t].bytes > MAX_BYTES || tiles[t].rows > MAX_ROWS;
    }
}

static void release(void) {
    is_configured = false;
    memset(tiles, 0, sizeof tiles);
}

static void load(size_t t, const void *base, size_t stride) {
    faults += !is_configured;
    memset(tiles[t].data, 0, sizeof tiles[t].data);
    for (size_t row = 0; row < tiles[t].rows; row++) {
        memcpy(tiles[t].data[row], (const char *)base + row * stride, tiles[t].bytes);
    }
}

static void store(size_t t, void *base, size_t stride) {
    faults += !is_configured;
    for (size_t row = 0; row < tiles[t].rows; row++) {
        memcpy((char *)base + row * stride, tiles[t].data[row], tiles[t].bytes);
    }
}

static void zero(size_t t) {
    faults += !is_configured;
    memset(tiles[t].data, 0, sizeof tiles[t].data);
}

#pragma clang attribute push(__attribute__((target("fma"))), apply_to = function)

/// [rows, k] times [k, columns]: shapes must fit, and the three tiles be different ones.
static void check_shapes(size_t sums, size_t a, size_t b) {
    faults += !is_configured || tiles[a].rows != tiles[sums].rows || tiles[b].bytes != tiles[sums].bytes ||
              tiles[a].bytes != 4 * tiles[b].rows || sums == a || sums == b || a == b;
}

static float float_at(const void *bytes) {
    float value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/// Denormals count as zero, before and after.
static float flushed(float value) { return value < FLT_MIN && value > -FLT_MIN ? 0 : value; }

/// A tile's bfloat16 numbers as floats.
static void widen(const tile *source, float result[MAX_ROWS][MAX_BYTES / 2]) {
    for (size_t row = 0; row < source->rows; row++) {
        for (size_t i = 0; i < source->bytes / 2; i++) {
            const unsigned char *bytes = source->data[row] + 2 * i;
            const uint32_t bits = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 24;
            result[row][i] = flushed(float_at(&bits));
        }
    }
}

static void dot_bf16(size_t sums, size_t a, size_t b) {
    check_shapes(sums, a, b);
    float x[MAX_ROWS][MAX_BYTES / 2], w[MAX_ROWS][MAX_BYTES / 2];
    widen(&tiles[a], x);
    widen(&tiles[b], w);
    for (size_t row = 0; row < tiles[sums].rows; row++) {
        for (size_t column = 0; column < tiles[sums].bytes / 4; column++) {
            float even = 0, odd = 0;
            for (size_t k = 0; k < tiles[a].bytes / 4; k++) {
                even = flushed(__builtin_fmaf(x[row][2 * k], w[k][2 * column], even));
                odd = flushed(__builtin_fmaf(x[row][2 * k + 1], w[k][2 * column + 1], odd));
            }
            unsigned char *target = tiles[sums].data[row] + 4 * column;
            const float sum = flushed(flushed(float_at(target)) + flushed(even + odd));
            memcpy(target, &sum, sizeof sum);
        }
    }
}

static void dot_unsigned_by_signed(size_t sums, size_t a, size_t b) {
    check_shapes(sums, a, b);
    for (size_t row = 0; row < tiles[sums].rows; row++) {
        for (size_t column = 0; column < tiles[sums].bytes / 4; column++) {
            unsigned char *target = tiles[sums].data[row] + 4 * column;
            uint32_t sum;
            memcpy(&sum, target, sizeof sum);
            const unsigned char *x = tiles[a].data[row];
            for (size_t k = 0; k < tiles[a].bytes / 4; k++, x += 4) {
                const signed char *w = (const signed char *)tiles[b].data[k] + 4 * column;
                sum += (uint32_t)(x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3]);
            }
            memcpy(target, &sum, sizeof sum);
        }
    }
}

#pragma clang attribute pop

#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbf16ps
#undef _tile_dpbusd
#define _tile_loadconfig(config) load_config(config)
#define _tile_release() release()
#define _tile_loadd(tile, base, stride) load(tile, base, (size_t)(stride))
#define _tile_stored(tile, base, stride) store(tile, base, (size_t)(stride))
#define _tile_zero(tile) zero(tile)
#define _tile_dpbf16ps(sums, a, b) dot_bf16(sums, a, b)
#define _tile_dpbusd(sums, a, b) dot_unsigned_by_signed(sums, a, b)

#define AMX(name) embed_amx_model_##name
#include "../../Sources/CEmbedKernels/x86_amx.c"

// x is narrowed by the real instructions.
static bool bf16_usable(void) { return embed_avx512_bf16_usable(); }
static bool i8_usable(void) { return embed_avx512_vnni_usable(); }

const embed_format *amx_model_format(size_t index) {
#define MODEL(weights, name)                                                                                      \
    {                                                                                                             \
        .type = weights, .arithmetic = "amx (model)", .usable = name##_usable,                                    \
        .panel_bytes = AMX(name##_panel_bytes), .pack = AMX(name##_pack),                                         \
        .scratch_bytes = AMX(name##_scratch_bytes), .product = AMX(name##_product), .peak = AMX(name##_peak),     \
    }
    static const embed_format formats[] = {MODEL(EMBED_WEIGHTS_BF16, bf16), MODEL(EMBED_WEIGHTS_I8, i8)};
    return index < sizeof formats / sizeof *formats ? &formats[index] : NULL;
}

#else

size_t amx_model_faults(void) { return 0; }

const embed_format *amx_model_format(size_t index) {
    (void)index;
    return NULL;
}

#endif
