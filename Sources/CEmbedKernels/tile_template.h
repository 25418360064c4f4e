// SPDX-License-Identifier: Apache-2.0

/// What the products of all formats share; included once, after math_template.h, with `TILE_ROWS` and `TILE_VECTORS`
/// defined.

enum {
    PANEL_COLUMNS = TILE_VECTORS * LANES,
    HALF_PANEL = PANEL_COLUMNS / 2,
    /// Panels that a tile of few rows takes at once.
    WIDE_PANELS = 4,
    WIDE_VECTORS = WIDE_PANELS * TILE_VECTORS,
};

#define UNROLL _Pragma("clang loop unroll(full)")

/// Rows of y by the columns of a panel.
typedef struct {
    /// Elements of 4 bytes: a float, or as many narrow numbers as one instruction multiplies.
    const float *x;
    ptrdiff_t x_stride;
    const char *panel;
    size_t panel_stride;
    /// Inputs.
    size_t depth;
    float *y;
    ptrdiff_t y_stride;
    /// What the sums begin with: the bias, never null, and a start for each row unless null.
    const float *bias;
    const float *start;
    ptrdiff_t start_stride;
    /// Where x is int8: a factor for each row and each group of inputs.
    const float *x_factors;
    ptrdiff_t x_factor_stride;
    /// Where the weights needed after this panel lie; `next_step` bytes of them are fetched at each step.
    const char *next;
    size_t next_step;
} tile_job;

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/// The activation, on a block of y that is still in the nearest cache.
static inline __attribute__((always_inline)) void activate_as(float *y, ptrdiff_t y_stride, size_t rows, size_t width,
                                                              const embed_activation activation) {
    for (size_t row = 0; row < rows; row++, y += y_stride) {
        size_t column = 0;
        for (; column + LANES <= width; column += LANES) {
            vec_store(y + column, vec_activate(vec_load(y + column), activation));
        }
        const size_t left = width - column;
        if (left > 0) vec_store_part(y + column, vec_activate(vec_load_part(y + column, left), activation), left);
    }
}

static void activate(float *y, ptrdiff_t y_stride, size_t rows, size_t width, embed_activation activation) {
    switch (activation) {
    case EMBED_ACTIVATION_IDENTITY: break;
    case EMBED_ACTIVATION_GELU: activate_as(y, y_stride, rows, width, EMBED_ACTIVATION_GELU); break;
    case EMBED_ACTIVATION_GELU_TANH: activate_as(y, y_stride, rows, width, EMBED_ACTIVATION_GELU_TANH); break;
    case EMBED_ACTIVATION_RELU: activate_as(y, y_stride, rows, width, EMBED_ACTIVATION_RELU); break;
    case EMBED_ACTIVATION_SILU: activate_as(y, y_stride, rows, width, EMBED_ACTIVATION_SILU); break;
    case EMBED_ACTIVATION_QUICK_GELU: activate_as(y, y_stride, rows, width, EMBED_ACTIVATION_QUICK_GELU); break;
    case EMBED_ACTIVATION_TANH: activate_as(y, y_stride, rows, width, EMBED_ACTIVATION_TANH); break;
    }
}
