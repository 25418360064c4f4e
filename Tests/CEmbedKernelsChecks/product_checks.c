// SPDX-License-Identifier: Apache-2.0

/// Products in every format, against double precision with the weights as the format keeps them.

#include "amx_model.h"
#include "checks.h"

/// One product and what goes with it.
typedef struct {
    size_t rows, depth, columns;
    bool bias;
    embed_activation activation;
    /// The sums begin with a residual, with y itself, or with nothing.
    enum { NOTHING, RESIDUAL, ITSELF } start;
} product_case;

/// Panels of three weights side by side.
static void *new_three_panels(const embed_kernels *kernels, const embed_format *format, const float *weight,
                              size_t columns, size_t depth) {
    const size_t panels = (columns + kernels->panel_columns - 1) / kernels->panel_columns;
    const size_t cuts[] = {0, columns / 3, columns / 3 + columns / 5, columns};
    void *packed = new_aligned(panels * format->panel_bytes(depth));
    for (size_t part = 0; part < 3; part++) {
        format->pack(weight + cuts[part] * depth, EMBED_STORAGE_F32, cuts[part + 1] - cuts[part], depth, cuts[part],
                     packed);
    }
    return packed;
}

/// The product with scratch of exactly the size that the format asks for.
static void run(const embed_format *format, const embed_product *p) {
    embed_product with_scratch = *p;
    const size_t bytes = format->scratch_bytes(p->rows, p->depth);
    if (bytes > 0) {
        // What an earlier call left there must not matter.
        with_scratch.scratch = aligned_alloc(64, (bytes + 63) / 64 * 64);
        memset(with_scratch.scratch, 0xff, bytes);
    }
    format->product(&with_scratch);
    free(with_scratch.scratch);
}

static size_t product_violations(const embed_kernels *kernels, const embed_format *format, const product_case *c,
                                 char *message) {
    size_t violations = 0;
    const size_t rows = c->rows, depth = c->depth, columns = c->columns;
    const size_t x_stride = depth + 3, y_stride = columns + 5, r_stride = columns + 1;
    float *x = new_floats((rows - 1) * x_stride + depth), *weight = new_floats(columns * depth);
    float *biases = new_floats(columns), *residuals = new_floats((rows - 1) * r_stride + columns);
    float *start = new_floats(rows * y_stride);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = columns; i < y_stride; i++) start[row * y_stride + i] = untouched;
    }
    float *y = new_copy(start, rows * y_stride);
    void *panels = new_three_panels(kernels, format, weight, columns, depth);
    double *weights = new_stored(format, weight, columns, depth);
    double *factors = new_multiplied(format, x, x_stride, rows, depth);
    const embed_product p = {
        .x = x,
        .x_stride = (ptrdiff_t)x_stride,
        .panels = panels,
        .panel_stride = format->panel_bytes(depth),
        .y = y,
        .y_stride = (ptrdiff_t)y_stride,
        .rows = rows,
        .depth = depth,
        .columns = columns,
        .start = c->start == ITSELF ? y : c->start == RESIDUAL ? residuals : NULL,
        .start_stride = (ptrdiff_t)(c->start == ITSELF ? y_stride : r_stride),
        .bias = c->bias ? biases : NULL,
        .activation = c->activation,
    };
    run(format, &p);
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < y_stride; column++) {
            double expected = untouched, tolerance = 0;
            if (column < columns) {
                double sum = 0, size = 1;
                if (c->start == ITSELF) sum = start[row * y_stride + column];
                if (c->start == RESIDUAL) sum = residuals[row * r_stride + column];
                for (size_t i = 0; i < depth; i++) {
                    const double term = factors[row * depth + i] * weights[column * depth + i];
                    sum += term;
                    size += fabs(term);
                }
                if (c->bias) sum += biases[column];
                expected = exact_activation(sum, c->activation);
                tolerance = 1e-6 * size;
            }
            EXPECT_NEAR(y[row * y_stride + column], expected, tolerance,
                        "%s, %zu x %zu x %zu, activation %d, row %zu, column %zu", format_name(format), rows, depth,
                        columns, (int)c->activation, row, column);
        }
    }
    // Each row alone: the same bits.
    float *alone = new_copy(start, rows * y_stride);
    for (size_t row = 0; row < rows; row++) {
        embed_product one = p;
        one.rows = 1;
        one.x += row * x_stride;
        one.y = alone + row * y_stride;
        if (c->start == ITSELF) one.start = one.y;
        if (c->start == RESIDUAL) one.start += row * r_stride;
        run(format, &one);
    }
    for (size_t i = 0; i < rows * y_stride; i++) {
        EXPECT_NEAR(alone[i], y[i], 0, "%s, %zu x %zu x %zu: row %zu alone, column %zu", format_name(format), rows,
                    depth, columns, i / y_stride, i % y_stride);
    }
    // The depth in two parts: the same bits.
    if (depth > EMBED_DEPTH_STEP && c->start != ITSELF) {
        float *parts = new_copy(start, rows * y_stride);
        const size_t first = (depth - 1) / EMBED_DEPTH_STEP * EMBED_DEPTH_STEP;
        embed_product part = p;
        part.y = parts;
        part.depth = first;
        part.activation = EMBED_ACTIVATION_IDENTITY;
        run(format, &part);
        part = p;
        part.y = parts;
        part.x += first;
        part.panels = (const char *)panels + format->panel_bytes(first);
        part.depth = depth - first;
        part.start = parts;
        part.start_stride = (ptrdiff_t)y_stride;
        part.bias = NULL;
        run(format, &part);
        for (size_t i = 0; i < rows * y_stride; i++) {
            EXPECT_NEAR(parts[i], y[i], 0, "%s, %zu x %zu x %zu in two parts, element %zu", format_name(format), rows,
                        depth, columns, i);
        }
        free(parts);
    }
    free(x), free(weight), free(biases), free(residuals), free(start), free(y), free(panels), free(alone);
    free(weights), free(factors);
    return violations;
}

size_t check_products(const embed_kernels *kernels, char *message) {
    begin_random();
    static const size_t rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 31, 33, 57};
    static const size_t depths[] = {1, 2, 3, 4, 7, 40, 127, 129, 260};
    static const size_t columns[] = {1, 5, 8, 15, 16, 17, 31, 32, 33, 70, 128, 145};
    size_t violations = 0;
    const embed_format *format;
    for (size_t f = 0; (format = checked_format(kernels, f)) != NULL; f++) {
        for (size_t r = 0; r < COUNT(rows); r++) {
            for (size_t d = 0; d < COUNT(depths); d++) {
                // Every depth with every number of rows and every number of columns, but not with all pairs of them.
                for (size_t c = (r + d) % 3; c < COUNT(columns); c += 3) {
                    const product_case it = {
                        .rows = rows[r],
                        .depth = depths[d],
                        .columns = columns[c],
                        .bias = (r + c) % 2,
                        .activation = activations[(r + d + c) % COUNT(activations)],
                        .start = (r + 2 * d + c / 3) % 3,
                    };
                    violations += product_violations(kernels, format, &it, FIRST_MESSAGE);
                }
            }
        }
    }
    return violations;
}

size_t check_large_products(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    const embed_format *format;
    for (size_t f = 0; (format = checked_format(kernels, f)) != NULL; f++) {
        const product_case it = {.rows = 29, .depth = 1536, .columns = 160, .bias = true, .start = RESIDUAL};
        violations += product_violations(kernels, format, &it, FIRST_MESSAGE);
    }
    return violations;
}

/// Whole numbers are summed exactly, so every arithmetic that rounds x to int8 gives the same bits, tiles or none.
size_t check_tiles(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    const embed_format *reference = embed_format_choose(kernels, EMBED_WEIGHTS_I8, "vnni"), *format;
    static const size_t rows[] = {1, 16, 17, 32, 45};
    enum { depth = 321, columns = 75 };
    float *weight = new_floats(columns * depth);
    for (size_t f = 0; reference != NULL && (format = checked_format(kernels, f)) != NULL; f++) {
        if (format->type != EMBED_WEIGHTS_I8 || strcmp(format->arithmetic, "float32") == 0) continue;
        for (size_t r = 0; r < COUNT(rows); r++) {
            float *x = new_floats(rows[r] * depth);
            float *y[] = {new_filled(rows[r] * columns, untouched), new_filled(rows[r] * columns, untouched)};
            const embed_format *formats[] = {reference, format};
            for (size_t i = 0; i < 2; i++) {
                void *panels = new_panels(kernels, formats[i], weight, columns, depth);
                const embed_product p = {
                    .x = x,
                    .x_stride = depth,
                    .panels = panels,
                    .panel_stride = formats[i]->panel_bytes(depth),
                    .y = y[i],
                    .y_stride = columns,
                    .rows = rows[r],
                    .depth = depth,
                    .columns = columns,
                };
                run(formats[i], &p);
                free(panels);
            }
            for (size_t i = 0; i < rows[r] * columns; i++) {
                EXPECT_NEAR(y[1][i], y[0][i], 0, "%s, %zu rows, element %zu", format_name(format), rows[r], i);
            }
            free(x), free(y[0]), free(y[1]);
        }
    }
    EXPECT(amx_model_faults() == 0, "%zu uses of tiles that a processor refuses", amx_model_faults());
    free(weight);
    return violations;
}

/// A row of x with something special in it between two ordinary rows; weights and y are the caller's.
static void run_special(const embed_kernels *kernels, const embed_format *format, float special, bool everywhere,
                        embed_activation activation, const void *panels, size_t size, float *y) {
    enum { rows = 3 };
    begin_random();
    float *x = new_floats(rows * size);
    for (size_t i = 0; i < size; i++) {
        if (everywhere || i == size - 3) x[size + i] = special;
    }
    const embed_product p = {
        .x = x,
        .x_stride = (ptrdiff_t)size,
        .panels = panels,
        .panel_stride = format->panel_bytes(size),
        .y = y,
        .y_stride = (ptrdiff_t)kernels->panel_columns,
        .rows = rows,
        .depth = size,
        .columns = kernels->panel_columns,
        .activation = activation,
    };
    run(format, &p);
    free(x);
}

size_t check_lost_numbers(const embed_kernels *kernels, char *message) {
    size_t violations = 0;
    enum { size = 200 };
    const size_t columns = kernels->panel_columns;
    const embed_format *format;
    for (size_t f = 0; (format = checked_format(kernels, f)) != NULL; f++) {
        begin_random();
        float *weight = new_floats(columns * size), *y = new_floats(3 * columns);
        void *panels = new_panels(kernels, format, weight, columns, size);
        for (size_t a = 0; a < COUNT(activations); a++) {
            run_special(kernels, format, NAN, false, activations[a], panels, size, y);
            for (size_t i = 0; i < columns; i++) {
                EXPECT(isnan(y[columns + i]), "%s, NaN in x, activation %d, column %zu", format_name(format),
                       (int)activations[a], i);
                EXPECT(isfinite(y[i]) && isfinite(y[2 * columns + i]), "%s: a NaN got into other rows",
                       format_name(format));
            }
        }
        for (int sign = -1; sign <= 1; sign += 2) {
            run_special(kernels, format, (float)sign * INFINITY, false, EMBED_ACTIVATION_IDENTITY, panels, size, y);
            for (size_t i = 0; i < columns; i++) {
                EXPECT(!isfinite(y[columns + i]), "%s, infinity in x, column %zu", format_name(format), i);
                EXPECT(isfinite(y[i]) && isfinite(y[2 * columns + i]), "%s: an infinity got into other rows",
                       format_name(format));
            }
        }
        // So small that dividing by it would give infinity.
        const float tiny[] = {0, 1e-45f, 1e-38f, 1e-37f};
        for (size_t t = 0; t < COUNT(tiny); t++) {
            run_special(kernels, format, tiny[t], true, EMBED_ACTIVATION_IDENTITY, panels, size, y);
            for (size_t i = 0; i < columns; i++) {
                EXPECT_NEAR(y[columns + i], 0, size * 2e-37, "%s, all of x %g, column %zu", format_name(format),
                            (double)tiny[t], i);
            }
        }
        free(weight), free(y), free(panels);
    }
    return violations;
}

size_t check_activations(const embed_kernels *kernels, char *message) {
    static const double errors[] = {0, 1.5e-7, 5e-7, 0, 5e-7, 5e-7, 3e-7};
    enum { columns = 4096 };
    size_t violations = 0;
    const float one = 1;
    const embed_format *format = embed_format_choose(kernels, EMBED_WEIGHTS_F32, NULL);
    void *panels = NULL;
    float *y = new_floats(columns), *x = new_floats(columns);
    for (size_t a = 0; a < COUNT(activations); a++) {
        // y = activation(1 · x): x is the weight, so that one product evaluates it at many points.
        for (int step = 0; step < 200; step++) {
            for (size_t i = 0; i < columns; i++) {
                const double t = (double)i / columns - 0.5;
                double point = (t + step - 99) * (step % 2 ? 0.2 : 0.05);
                if (step == 198) point = t * 200;
                if (step == 199) point = t * 1e6;
                x[i] = (float)point;
            }
            free(panels);
            panels = new_panels(kernels, format, x, columns, 1);
            const embed_product p = {
                .x = &one,
                .x_stride = 1,
                .panels = panels,
                .panel_stride = format->panel_bytes(1),
                .y = y,
                .y_stride = columns,
                .rows = 1,
                .depth = 1,
                .columns = columns,
                .activation = activations[a],
            };
            run(format, &p);
            for (size_t i = 0; i < columns; i++) {
                const double expected = exact_activation(x[i], activations[a]);
                // An odd function that is used on small numbers keeps its relative error too.
                const bool is_tanh = activations[a] == EMBED_ACTIVATION_TANH;
                const double error = is_tanh ? fmin(errors[a], 1e-6 * fabs(expected)) : errors[a] * fmax(1, fabs(x[i]));
                EXPECT_NEAR(y[i], expected, error, "activation %d of %g", (int)activations[a], x[i]);
            }
        }
    }
    free(panels), free(x), free(y);
    return violations;
}
