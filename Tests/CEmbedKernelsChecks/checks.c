// SPDX-License-Identifier: Apache-2.0

#include "checks.h"

#include "amx_model.h"

static _Thread_local uint64_t random_state;

void begin_random(void) { random_state = 1; }

float random_float(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (float)((double)(random_state >> 40) / (double)(1 << 23) - 1);
}

float *new_floats(size_t count) {
    float *result = malloc((count > 0 ? count : 1) * sizeof(float));
    for (size_t i = 0; i < count; i++) result[i] = random_float();
    return result;
}

float *new_filled(size_t count, float value) {
    float *result = new_floats(count);
    for (size_t i = 0; i < count; i++) result[i] = value;
    return result;
}

float *new_copy(const float *source, size_t count) {
    float *result = new_floats(count);
    memcpy(result, source, count * sizeof(float));
    return result;
}

void *new_aligned(size_t bytes) {
    const size_t whole = (bytes + 127) / 64 * 64;
    return memset(aligned_alloc(64, whole), 0, whole);
}

double exact_activation(double x, embed_activation activation) {
    switch (activation) {
    case EMBED_ACTIVATION_IDENTITY: return x;
    case EMBED_ACTIVATION_GELU: return 0.5 * x * erfc(-x * sqrt(0.5));
    case EMBED_ACTIVATION_GELU_TANH: return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case EMBED_ACTIVATION_RELU: return x > 0 ? x : 0;
    case EMBED_ACTIVATION_SILU: return x / (1 + exp(-x));
    case EMBED_ACTIVATION_QUICK_GELU: return x / (1 + exp(-1.702 * x));
    case EMBED_ACTIVATION_TANH: return tanh(x);
    }
    return NAN;
}

const char *format_name(const embed_format *format) {
    static const char *const types[] = {"float32", "float16", "bfloat16", "int8"};
    static _Thread_local char name[40];
    snprintf(name, sizeof name, "%s %s", types[format->type], format->arithmetic);
    return name;
}

void *new_panels(const embed_kernels *kernels, const embed_format *format, const float *weight, size_t outputs,
                 size_t inputs) {
    const size_t panels = (outputs + kernels->panel_columns - 1) / kernels->panel_columns;
    void *packed = new_aligned(panels * format->panel_bytes(inputs));
    format->pack(weight, EMBED_STORAGE_F32, outputs, inputs, 0, packed);
    return packed;
}

double rounded(double x, int mantissa_bits, int smallest_exponent, int largest_exponent) {
    if (x == 0 || !isfinite(x)) return x;
    const int exponent = ilogb(x) > smallest_exponent ? ilogb(x) : smallest_exponent;
    const double result = ldexp(rint(ldexp(x, mantissa_bits - exponent)), exponent - mantissa_bits);
    return fabs(result) >= ldexp(1, largest_exponent + 1) ? copysign(INFINITY, x) : result;
}

double as_stored(double x, embed_weight_type type) {
    switch (type) {
    case EMBED_WEIGHTS_F32: return x;
    case EMBED_WEIGHTS_F16: return rounded(x, 10, -14, 15);
    case EMBED_WEIGHTS_BF16: return rounded(x, 7, -126, 127);
    case EMBED_WEIGHTS_I8: break;
    }
    return NAN;
}

static float largest_of(const float *x, size_t count) {
    float largest = 0;
    for (size_t i = 0; i < count; i++) largest = fmaxf(largest, fabsf(x[i]));
    return largest;
}

double *new_stored(const embed_format *format, const float *weight, size_t outputs, size_t inputs) {
    double *result = malloc(outputs * inputs * sizeof(double));
    for (size_t i = 0; i < outputs * inputs; i++) {
        if (format->type != EMBED_WEIGHTS_I8) {
            result[i] = as_stored(weight[i], format->type);
            continue;
        }
        const size_t input = i % inputs, first = input / EMBED_DEPTH_STEP * EMBED_DEPTH_STEP;
        const size_t count = inputs - first < EMBED_DEPTH_STEP ? inputs - first : EMBED_DEPTH_STEP;
        const float largest = largest_of(weight + i - input + first, count);
        result[i] = largest > 0 ? rint(weight[i] * (127.0 / largest)) * (double)(largest / 127) : 0;
    }
    return result;
}

double *new_multiplied(const embed_format *format, const float *x, size_t x_stride, size_t rows, size_t inputs) {
    double *result = malloc(rows * inputs * sizeof(double));
    const bool is_rounded = strcmp(format->arithmetic, "float32") != 0;
    for (size_t i = 0; i < rows * inputs; i++) {
        const size_t input = i % inputs, first = input / EMBED_DEPTH_STEP * EMBED_DEPTH_STEP;
        const float *row = x + i / inputs * x_stride;
        result[i] = row[input];
        if (!is_rounded) continue;
        if (format->type != EMBED_WEIGHTS_I8) {
            result[i] = as_stored(row[input], format->type);
            continue;
        }
        const size_t count = inputs - first < EMBED_DEPTH_STEP ? inputs - first : EMBED_DEPTH_STEP;
        const float largest = largest_of(row + first, count);
        // In float32, as the kernels: a product that falls between two whole numbers must be rounded the same way.
        result[i] = largest > 0 ? rintf(row[input] * (127 / largest)) * (double)(largest / 127) : 0;
    }
    return result;
}

const embed_format *checked_format(const embed_kernels *kernels, size_t index) {
    const embed_format *format;
    for (size_t i = 0; i < kernels->format_count; i++) {
        if (kernels->formats[i].usable() && index-- == 0) return &kernels->formats[i];
    }
    if (strcmp(kernels->isa, "avx512") != 0) return NULL;
    for (size_t i = 0; (format = amx_model_format(i)) != NULL; i++) {
        if (format->usable() && index-- == 0) return format;
    }
    return NULL;
}
