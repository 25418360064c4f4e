// SPDX-License-Identifier: Apache-2.0

/// AMX: products of tiles, for bfloat16 and int8; Sapphire Rapids and later Xeons.
///
/// A block is 32 rows of y by one panel: 2 × 2 tiles of sums, for which two tiles of x and two of the panel are loaded
/// at each step. Panels and narrow rows of x are those of x86_avx512_dot.c: a row of x's tile is a cache line, 32
/// bfloat16 or 64 int8; a row of the panel's tile is what half its columns need for 2 or 4 of these.
///
/// Tests/CEmbedKernelsChecks/amx_model.c compiles this file once more with other names (`AMX`) and with the tile
/// instructions in plain C, so that its logic is tested on any AVX-512 processor.

#if defined(__x86_64__)

#include "x86_dot.h"

#include <cpuid.h>
#include <immintrin.h>
#include <math.h>
#include <string.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#ifndef AMX
#define AMX(name) embed_amx_##name
#endif

#pragma clang attribute push(__attribute__((target("xsave"))), apply_to = function)

/// Whether the processor has the tiles, these of their instructions, and an operating system that saves them.
static bool has_tiles(unsigned instructions) {
    enum { TILE = 1 << 24, OSXSAVE = 1 << 27, XTILECFG = 1 << 17, XTILEDATA = 1 << 18 };
    const unsigned needed = TILE | instructions;
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE)) return false;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & needed) != needed) return false;
    if ((_xgetbv(0) & (XTILECFG | XTILEDATA)) != (XTILECFG | XTILEDATA)) return false;
#if defined(__linux__)
    // Linux gives the 8 KB of a thread's tiles only to processes that ask: ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA.
    return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
#else
    return true;
#endif
}

#pragma clang attribute pop

bool AMX(bf16_usable)(void) {
    enum { AMX_BF16 = 1 << 22 };
    return embed_avx512_bf16_usable() && has_tiles(AMX_BF16);
}

bool AMX(i8_usable)(void) {
    enum { AMX_INT8 = 1 << 25 };
    return embed_avx512_vnni_usable() && has_tiles(AMX_INT8);
}

#pragma clang attribute push(__attribute__((target(AVX512 ",amx-tile,amx-bf16,amx-int8"))), apply_to = function)

#include "x86_avx512.h"

#include "math_template.h"
#include "tile_template.h"

enum {
    /// Rows of a tile, and bytes of each of them.
    SIDE = 16,
    LINE = 64,
    BLOCK_ROWS = 2 * SIDE,
    /// From one row of a panel's tile to the next.
    PANEL_LINE = PANEL_COLUMNS * sizeof(float),
};

/// The sums are tiles 0 to 3, the upper two first; then come x's halves, and the panel's.
#define X(half) (4 + (half))
#define W(half) (6 + (half))

static void configure(void) {
    // The layout that LDTILECFG reads.
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t line_bytes[16];
        uint8_t rows[16];
    } config __attribute__((aligned(64))) = {.palette = 1};
    for (int tile = 0; tile < 8; tile++) config.line_bytes[tile] = LINE, config.rows[tile] = SIDE;
    _tile_loadconfig(&config);
}

/// 32 rows, or the first 16 of them, by one panel.
typedef struct {
    const char *x;
    size_t x_stride;
    const char *panel;
    size_t depth;
    /// What the sums begin with, and the result.
    float *y;
    ptrdiff_t y_stride;
    /// For int8.
    const float *x_factors;
    size_t x_factor_stride;
} block;

/// Loads the tiles of one step; `halves` of x.
#define LOAD_STEP(halves, x, x_stride, panel)                                                                     \
    _tile_loadd(W(0), panel, PANEL_LINE);                                                                         \
    _tile_loadd(W(1), (panel) + LINE, PANEL_LINE);                                                                \
    _tile_loadd(X(0), x, x_stride);                                                                               \
    if ((halves) > 1) _tile_loadd(X(1), (x) + SIDE * (x_stride), x_stride)

#define MULTIPLY_STEP(halves, multiply)                                                                           \
    multiply(0, X(0), W(0));                                                                                      \
    multiply(1, X(0), W(1));                                                                                      \
    if ((halves) > 1) {                                                                                           \
        multiply(2, X(1), W(0));                                                                                  \
        multiply(3, X(1), W(1));                                                                                  \
    }

/// Stores the sums; `stride` is in elements of 4 bytes.
#define STORE_SUMS(halves, target, stride)                                                                        \
    _tile_stored(0, target, 4 * (stride));                                                                        \
    _tile_stored(1, (target) + SIDE, 4 * (stride));                                                               \
    if ((halves) > 1) {                                                                                           \
        _tile_stored(2, (target) + SIDE * (stride), 4 * (stride));                                                \
        _tile_stored(3, (target) + SIDE * (stride) + SIDE, 4 * (stride));                                         \
    }

static inline __attribute__((always_inline)) void multiply_bf16(const int halves, const block *b) {
    float *y = b->y;
    const ptrdiff_t y_stride = b->y_stride;
    _tile_loadd(0, y, 4 * y_stride);
    _tile_loadd(1, y + SIDE, 4 * y_stride);
    if (halves > 1) {
        _tile_loadd(2, y + SIDE * y_stride, 4 * y_stride);
        _tile_loadd(3, y + SIDE * y_stride + SIDE, 4 * y_stride);
    }
    const char *x = b->x, *panel = b->panel;
    for (size_t i = 0; i < b->depth; i += LINE / 2, x += LINE, panel += SIDE * PANEL_LINE) {
        LOAD_STEP(halves, x, b->x_stride, panel);
        MULTIPLY_STEP(halves, _tile_dpbf16ps)
    }
    STORE_SUMS(halves, y, y_stride)
}

static inline __attribute__((always_inline)) void multiply_i8(const int halves, const block *b) {
    int32_t sums[BLOCK_ROWS * PANEL_COLUMNS] __attribute__((aligned(64)));
    const char *x = b->x, *panel = b->panel;
    for (size_t first = 0; first < b->depth; first += EMBED_DEPTH_STEP) {
        const float *factors = (const float *)panel;
        const int32_t *corrections = (const int32_t *)(factors + PANEL_COLUMNS);
        panel += 2 * PANEL_LINE;
        _tile_zero(0);
        _tile_zero(1);
        if (halves > 1) {
            _tile_zero(2);
            _tile_zero(3);
        }
        const size_t inputs = smaller(b->depth - first, EMBED_DEPTH_STEP);
        for (size_t i = 0; i < inputs; i += LINE, x += LINE, panel += SIDE * PANEL_LINE) {
            LOAD_STEP(halves, x, b->x_stride, panel);
            MULTIPLY_STEP(halves, _tile_dpbusd)
        }
        STORE_SUMS(halves, sums, (ptrdiff_t)PANEL_COLUMNS)
        // The same operations as with AVX512_VNNI, so the same bits.
        const float *x_factors = b->x_factors + first / EMBED_DEPTH_STEP;
        for (size_t row = 0; row < (size_t)halves * SIDE; row++) {
            const vec factor = vec_set(x_factors[row * b->x_factor_stride]);
            float *y = b->y + (ptrdiff_t)row * b->y_stride;
            for (size_t column = 0; column < PANEL_COLUMNS; column += LANES) {
                const __m512i sum = _mm512_add_epi32(_mm512_load_si512(sums + row * PANEL_COLUMNS + column),
                                                     _mm512_loadu_si512(corrections + column));
                const vec product = vec_multiply(_mm512_cvtepi32_ps(sum), vec_load(factors + column));
                vec_store(y + column, vec_fma(factor, product, vec_load(y + column)));
            }
        }
    }
}

#define BLOCK(name, halves) \
    static __attribute__((noinline)) void name##_##halves(const block *b) { name(halves, b); }
BLOCK(multiply_bf16, 1)
BLOCK(multiply_bf16, 2)
BLOCK(multiply_i8, 1)
BLOCK(multiply_i8, 2)
#undef BLOCK

static inline __mmask16 lanes(size_t count) { return (__mmask16)(count < LANES ? (1u << count) - 1 : 0xffff); }

/// What the sums begin with, start + bias, at y's row and column.
static void begin_block(const embed_product *p, size_t first_row, size_t first_column, size_t rows, size_t width,
                        const block *b) {
    for (size_t i = 0; i < width; i += LANES) {
        const size_t column = first_column + i;
        const __mmask16 mask = lanes(width - i);
        const vec bias = p->bias ? _mm512_maskz_loadu_ps(mask, p->bias + column) : vec_zero();
        for (size_t row = 0; row < rows; row++) {
            vec sum = bias;
            if (p->start != NULL) {
                const float *start = p->start + (ptrdiff_t)(first_row + row) * p->start_stride + column;
                sum = vec_add(_mm512_maskz_loadu_ps(mask, start), bias);
            }
            _mm512_mask_storeu_ps(b->y + (ptrdiff_t)row * b->y_stride + i, mask, sum);
        }
    }
}

/// The product with a narrow x of `x_stride` bytes a row.
static void multiply(const embed_product *p, const char *x, size_t x_stride, const float *x_factors,
                     void (*const blocks[2])(const block *)) {
    const size_t groups = group_count(p->depth);
    configure();
    for (size_t column = 0; column < p->columns; column += PANEL_COLUMNS) {
        const size_t width = smaller(p->columns - column, PANEL_COLUMNS);
        for (size_t row = 0; row < p->rows; row += BLOCK_ROWS) {
            const size_t rows = smaller(p->rows - row, BLOCK_ROWS);
            float *y = p->y + (ptrdiff_t)row * p->y_stride + column;
            // A block that y ends in is computed beside y, then its rows and columns are copied.
            const bool is_whole = width == PANEL_COLUMNS && rows % SIDE == 0;
            float part[BLOCK_ROWS][PANEL_COLUMNS];
            if (!is_whole) memset(part, 0, sizeof part);
            const block b = {
                .x = x + row * x_stride,
                .x_stride = x_stride,
                .panel = (const char *)p->panels + column / PANEL_COLUMNS * p->panel_stride,
                .depth = p->depth,
                .y = is_whole ? y : part[0],
                .y_stride = is_whole ? p->y_stride : PANEL_COLUMNS,
                .x_factors = x_factors ? x_factors + row * groups : NULL,
                .x_factor_stride = groups,
            };
            begin_block(p, row, column, rows, width, &b);
            blocks[rows > SIDE](&b);
            if (!is_whole) {
                for (size_t r = 0; r < rows; r++) {
                    memcpy(y + (ptrdiff_t)r * p->y_stride, part[r], width * sizeof(float));
                }
            }
            activate(y, p->y_stride, rows, width, p->activation);
        }
    }
    _tile_release();
}

static size_t whole_tiles(size_t rows) { return (rows + SIDE - 1) / SIDE * SIDE; }

// What lies in the scratch behind the last row of x takes part in rows of sums that nobody reads.

size_t AMX(bf16_scratch_bytes)(size_t rows, size_t depth) { return narrow_bytes_bf16(whole_tiles(rows), depth); }

size_t AMX(i8_scratch_bytes)(size_t rows, size_t depth) { return narrow_bytes_i8(whole_tiles(rows), depth); }

void AMX(bf16_product)(const embed_product *p) {
    static void (*const blocks[])(const block *) = {multiply_bf16_1, multiply_bf16_2};
    embed_narrow_bf16(p, p->scratch);
    multiply(p, p->scratch, narrow_row_bytes(2 * p->depth), NULL, blocks);
}

void AMX(i8_product)(const embed_product *p) {
    static void (*const blocks[])(const block *) = {multiply_i8_1, multiply_i8_2};
    const size_t row_bytes = narrow_row_bytes(p->depth);
    char *rows = p->scratch;
    float *factors = (float *)(rows + whole_tiles(p->rows) * row_bytes);
    embed_narrow_i8(p, rows, factors);
    multiply(p, rows, row_bytes, factors, blocks);
}

/// Four independent tiles of sums, as in a block.
#define PEAK(name, multiply, inputs)                                                                              \
    double AMX(name)(size_t iterations, float *sink) {                                                            \
        float sums[SIDE][SIDE];                                                                                   \
        configure();                                                                                              \
        for (size_t i = 0; i < iterations; i++) {                                                                 \
            MULTIPLY_STEP(2, multiply)                                                                            \
        }                                                                                                         \
        _tile_stored(0, sums, LINE);                                                                              \
        _tile_release();                                                                                          \
        *sink += sums[0][0];                                                                                      \
        return 2.0 * 4 * SIDE * SIDE * (inputs) * (double)iterations;                                             \
    }
PEAK(bf16_peak, _tile_dpbf16ps, LINE / 2)
PEAK(i8_peak, _tile_dpbusd, LINE)

#pragma clang attribute pop

size_t AMX(bf16_panel_bytes)(size_t inputs) { return embed_avx512_bf16_panel_bytes(inputs); }

size_t AMX(i8_panel_bytes)(size_t inputs) { return embed_avx512_vnni_panel_bytes(inputs); }

bool AMX(bf16_pack)(const void *weight, embed_storage storage, size_t outputs, size_t inputs, size_t first_column,
                    void *panels) {
    return embed_avx512_bf16_pack(weight, storage, outputs, inputs, first_column, panels);
}

bool AMX(i8_pack)(const void *weight, embed_storage storage, size_t outputs, size_t inputs, size_t first_column,
                  void *panels) {
    return embed_avx512_vnni_pack(weight, storage, outputs, inputs, first_column, panels);
}

#endif
