// SPDX-License-Identifier: Apache-2.0

/// Weights on their way from a checkpoint into a format.

#include "checks.h"

size_t check_conversion(const embed_kernels *kernels, char *message) {
    begin_random();
    (void)kernels;
    size_t violations = 0;
    // One byte further than aligned: checkpoints promise no alignment.
    char *halves = malloc(2 * 65536 + 1);
    for (uint32_t bits = 0; bits < 65536; bits++) {
        const uint16_t half = (uint16_t)bits;
        memcpy(halves + 1 + 2 * bits, &half, 2);
    }
    float *f16 = new_floats(65536), *bf16 = new_floats(65536);
    embed_convert(halves + 1, EMBED_STORAGE_F16, 65536, f16);
    embed_convert(halves + 1, EMBED_STORAGE_BF16, 65536, bf16);
    for (uint32_t bits = 0; bits < 65536; bits++) {
        const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
        double expected = exponent == 0    ? ldexp(mantissa, -24)
                          : exponent == 31 ? (mantissa ? NAN : INFINITY)
                                           : ldexp(1024 + mantissa, exponent - 25);
        if (bits >> 15) expected = -expected;
        if (isnan(expected)) {
            EXPECT(isnan(f16[bits]), "half %04x", bits);
        } else if (isinf(expected)) {
            if (f16[bits] != (float)expected && violations++ == 0) snprintf(message, 200, "half %04x", bits);
        } else {
            EXPECT_NEAR(f16[bits], expected, 0, "half %04x", bits);
        }
        uint32_t found;
        memcpy(&found, bf16 + bits, 4);
        if (found != bits << 16 && violations++ == 0) snprintf(message, 200, "bfloat16 %04x", bits);
    }
    const float samples[] = {1, INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < COUNT(samples); i++) {
        float row[] = {0, 0, samples[i], 0};
        if (embed_is_finite(row, 4) != (i == 0) && violations++ == 0) snprintf(message, 200, "embed_is_finite %zu", i);
    }
    free(halves), free(f16), free(bf16);
    return violations;
}

/// y = x Wᵀ with x a row of the identity reads one input of every output back.
static size_t packing_violations(const embed_kernels *kernels, const embed_format *format, embed_storage storage,
                                 size_t outputs, size_t inputs, char *message) {
    size_t violations = 0;
    const size_t width = storage == EMBED_STORAGE_F32 ? 4 : 2;
    const size_t panels = (3 * outputs + kernels->panel_columns - 1) / kernels->panel_columns;
    // One byte further than aligned: checkpoints promise no alignment.
    char *stored = malloc(3 * outputs * inputs * width + 1);
    float *weight = new_floats(3 * outputs * inputs);
    for (size_t i = 0; i < 3 * outputs * inputs; i++) {
        // Numbers of both signs and many sizes that every storage holds exactly.
        weight[i] = ldexpf(rintf(weight[i] * 127), (int)(i % 13) - 12);
        uint32_t bits;
        memcpy(&bits, weight + i, 4);
        if (storage == EMBED_STORAGE_F16) {
            const uint32_t sign = bits >> 16 & 0x8000;
            bits = weight[i] == 0 ? sign : sign | ((bits & 0x7fffffff) - (112u << 23)) >> 13;
        }
        if (storage == EMBED_STORAGE_BF16) bits >>= 16;
        memcpy(stored + 1 + i * width, &bits, width);
    }
    double *expected = new_stored(format, weight, 3 * outputs, inputs);
    char *packed = new_aligned(panels * format->panel_bytes(inputs));
    for (size_t part = 0; part < 3; part++) {
        EXPECT(format->pack(stored + 1 + part * outputs * inputs * width, storage, outputs, inputs, part * outputs,
                            packed),
               "%s: finite weights are called infinite", format_name(format));
    }
    float *x = new_filled(inputs, 0), *y = new_floats(3 * outputs);
    embed_product p = {
        .x = x,
        .x_stride = (ptrdiff_t)inputs,
        .panels = packed,
        .panel_stride = format->panel_bytes(inputs),
        .y = y,
        .y_stride = (ptrdiff_t)(3 * outputs),
        .rows = 1,
        .depth = inputs,
        .columns = 3 * outputs,
        .scratch = new_aligned(format->scratch_bytes(1, inputs)),
    };
    for (size_t input = 0; input < inputs; input++) {
        x[input] = 1;
        format->product(&p);
        for (size_t output = 0; output < 3 * outputs; output++) {
            const double weight_found = expected[output * inputs + input];
            EXPECT_NEAR(y[output], weight_found, 2e-7 * fabs(weight_found), "%s, %zu outputs, output %zu, input %zu",
                        format_name(format), outputs, output, input);
        }
        x[input] = 0;
    }
    free(stored), free(weight), free(expected), free(packed), free(x), free(y), free(p.scratch);
    return violations;
}

size_t check_packing(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    static const size_t outputs[] = {1, 8, 20, 33};
    const embed_format *format;
    for (size_t f = 0; (format = checked_format(kernels, f)) != NULL; f++) {
        EXPECT(format->panel_bytes(EMBED_DEPTH_STEP) % 64 == 0 && format->panel_bytes(5) % 64 == 0 &&
                   format->panel_bytes(3 * EMBED_DEPTH_STEP) == 3 * format->panel_bytes(EMBED_DEPTH_STEP),
               "%s: panels are not aligned", format_name(format));
        for (size_t o = 0; o < COUNT(outputs); o++) {
            for (int storage = EMBED_STORAGE_F32; storage <= EMBED_STORAGE_BF16; storage++) {
                violations += packing_violations(kernels, format, (embed_storage)storage, outputs[o],
                                                 o % 2 ? 5 : 133, FIRST_MESSAGE);
            }
        }
    }
    return violations;
}

size_t check_infinite_weights(const embed_kernels *kernels, char *message) {
    begin_random();
    size_t violations = 0;
    enum { outputs = 3, inputs = 140 };
    // 65504 is the largest half, and what is nearer to the next number would be infinite; likewise for bfloat16.
    static const struct {
        float value;
        bool is_finite[4];
    } cases[] = {
        {1, {true, true, true, true}},
        {65519, {true, true, true, true}},
        {-65520, {true, false, true, true}},
        {0x1.feffp127f, {true, false, true, true}},
        {-0x1.ffp127f, {true, false, false, true}},
        {INFINITY, {false, false, false, false}},
        {NAN, {false, false, false, false}},
    };
    float *weight = new_floats(outputs * inputs), factors[outputs];
    float *table = new_floats(outputs * inputs);
    for (size_t c = 0; c < COUNT(cases); c++) {
        weight[inputs + 135] = cases[c].value;
        const embed_format *format;
        for (size_t f = 0; (format = checked_format(kernels, f)) != NULL; f++) {
            const size_t panels = (outputs + kernels->panel_columns - 1) / kernels->panel_columns;
            void *packed = new_aligned(panels * format->panel_bytes(inputs));
            EXPECT(format->pack(weight, EMBED_STORAGE_F32, outputs, inputs, 0, packed) ==
                       cases[c].is_finite[format->type],
                   "%s: %g", format_name(format), (double)cases[c].value);
            free(packed);
        }
        for (int type = EMBED_WEIGHTS_F32; type <= EMBED_WEIGHTS_I8; type++) {
            EXPECT(embed_pack_table(weight, EMBED_STORAGE_F32, (embed_weight_type)type, outputs, inputs, table,
                                    type == EMBED_WEIGHTS_I8 ? factors : NULL) == cases[c].is_finite[type],
                   "table of type %d: %g", type, (double)cases[c].value);
        }
    }
    free(weight), free(table);
    return violations;
}

size_t check_choice(const embed_kernels *kernels, char *message) {
    size_t violations = 0;
    for (int type = EMBED_WEIGHTS_F32; type <= EMBED_WEIGHTS_I8; type++) {
        const embed_format *first = NULL, *last = NULL;
        for (size_t i = 0; i < kernels->format_count; i++) {
            const embed_format *format = &kernels->formats[i];
            if (format->type != (embed_weight_type)type) continue;
            if (first == NULL && format->usable()) first = format;
            last = format;
            const embed_format *named = embed_format_choose(kernels, format->type, format->arithmetic);
            EXPECT(named == (format->usable() ? format : NULL), "%s isn't chosen by its name", format_name(format));
        }
        EXPECT(last != NULL && strcmp(last->arithmetic, "float32") == 0 && last->usable(),
               "type %d has no format in float32 arithmetic at its end", type);
        EXPECT(embed_format_choose(kernels, (embed_weight_type)type, NULL) == first, "type %d: not the first", type);
        EXPECT(embed_format_choose(kernels, (embed_weight_type)type, "abacus") == NULL, "type %d: unknown name", type);
    }
    return violations;
}
