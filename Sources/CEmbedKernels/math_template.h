// SPDX-License-Identifier: Apache-2.0

/// Elementary functions on vectors; included by each instruction set's file after it has defined
///
/// `vec` of `LANES` floats; `vec_zero()`, `vec_set(float)`, `vec_load(pointer)`, `vec_store(pointer, vec)`;
/// `vec_add`, `vec_subtract`, `vec_multiply`, `vec_divide`, `vec_abs`, `vec_fma(a, b, c)` = a · b + c, rounded once;
/// `vec_interleave_low(a, b)` = a₀ b₀ a₁ b₁ …, `vec_interleave_high` likewise from the middle;
/// `vec_min(a, b)` and `vec_max(a, b)`, which give b when either is NaN;
/// `vec_negative_fma(a, b, c)` = c − a · b; `vec_round` to the nearest whole number;
/// `vec_exp2_clamp(x)` to the range in which `vec_scale_by_power_of_two(p, r)` = p · 2^r holds. A result below 2^−126 may
/// be any number below that, but what the smallest x of the range gives is zero.

/// The first `count` elements, then zeros.
static inline vec vec_load_part(const float *pointer, size_t count) {
    float lanes[LANES] = {0};
    for (size_t i = 0; i < count; i++) lanes[i] = pointer[i];
    return vec_load(lanes);
}

static inline void vec_store_part(float *pointer, vec x, size_t count) {
    float lanes[LANES];
    vec_store(lanes, x);
    for (size_t i = 0; i < count; i++) pointer[i] = lanes[i];
}

static inline float vec_sum(vec x) {
    float lanes[LANES];
    vec_store(lanes, x);
    // Halving keeps the error small and the order fixed.
    for (size_t width = LANES / 2; width > 0; width /= 2) {
        for (size_t i = 0; i < width; i++) lanes[i] += lanes[i + width];
    }
    return lanes[0];
}

/// (2^f − 1) ÷ f for |f| ≤ ½: of the minimax approximation of 2^f with 2^0 = 1 (9.1e-8).
static inline vec vec_exp2_slope(vec f) {
    vec p = vec_set(0.001326472731307149f);
    p = vec_fma(p, f, vec_set(0.009671512991189957f));
    p = vec_fma(p, f, vec_set(0.05550733581185341f));
    p = vec_fma(p, f, vec_set(0.24022242426872253f));
    return vec_fma(p, f, vec_set(0.6931470036506653f));
}

/// 2^x; relative error 1.7e-7, exact for whole x. Below −126 it gives at most 2^−126 and from −150 on zero, above 127
/// at least 2^126.
///
/// x = r + f with r whole and |f| ≤ ½.
static inline vec vec_exp2(vec x) {
    const vec t = vec_exp2_clamp(x);
    const vec r = vec_round(t);
    const vec f = vec_subtract(t, r);
    return vec_scale_by_power_of_two(vec_fma(vec_exp2_slope(f), f, vec_set(1)), r);
}

/// x Φ(x) = max(x, 0) − a Φ(−a) with a = |x|.
///
/// log₂ Φ(−a) is so smooth that a polynomial of degree 6 gives a Φ(−a) to 6.4e-8; the subtraction cancels nothing.
/// From a = 12 the second term is less than 1e-28; beyond, the polynomial would turn upwards.
static inline vec vec_gelu(vec x) {
    const vec a = vec_min(vec_abs(x), vec_set(12));
    vec p = vec_set(3.1774878152646124e-05f);
    p = vec_fma(p, a, vec_set(-0.0007569157751277089f));
    p = vec_fma(p, a, vec_set(0.008036973886191845f));
    p = vec_fma(p, a, vec_set(-0.053337402641773224f));
    p = vec_fma(p, a, vec_set(-0.45883432030677795f));
    p = vec_fma(p, a, vec_set(-1.151177167892456f));
    p = vec_fma(p, a, vec_set(-0.9999963045120239f));
    return vec_negative_fma(a, vec_exp2(p), vec_max(vec_zero(), x));
}

/// tanh x, relative error 1e-6: u ÷ (u + 2) with u = e^2x − 1, in which 2^r · 2^f − 1 is taken as
/// 2^r · (2^f − 1) + (2^r − 1), so that nothing cancels. From |x| = 10 on it is ±1.
static inline vec vec_tanh(vec x) {
    const vec bounded = vec_min(vec_set(10), vec_max(vec_set(-10), x));
    const vec t = vec_multiply(bounded, vec_set(2.885390082f));
    const vec r = vec_round(t);
    const vec f = vec_subtract(t, r);
    const vec power = vec_scale_by_power_of_two(vec_set(1), r);
    const vec u = vec_fma(power, vec_multiply(vec_exp2_slope(f), f), vec_subtract(power, vec_set(1)));
    return vec_divide(u, vec_add(u, vec_set(2)));
}

/// x ÷ (1 + 2^t)
static inline vec vec_logistic(vec x, vec t) {
    return vec_divide(x, vec_add(vec_set(1), vec_exp2(t)));
}

static inline vec vec_activate(vec x, const embed_activation activation) {
    switch (activation) {
    case EMBED_ACTIVATION_IDENTITY: return x;
    case EMBED_ACTIVATION_GELU: return vec_gelu(x);
    case EMBED_ACTIVATION_GELU_TANH: {
        // −2 √(2 ÷ π) log₂ e · (x + 0.044715 x³)
        const vec cubic = vec_fma(vec_multiply(x, x), vec_set(0.044715f), vec_set(1));
        return vec_logistic(x, vec_multiply(vec_multiply(x, vec_set(-2.302208198f)), cubic));
    }
    case EMBED_ACTIVATION_RELU: return vec_max(vec_zero(), x);
    case EMBED_ACTIVATION_SILU: return vec_logistic(x, vec_multiply(x, vec_set(-1.442695041f)));
    // −1.702 log₂ e
    case EMBED_ACTIVATION_QUICK_GELU: return vec_logistic(x, vec_multiply(x, vec_set(-2.45546696f)));
    case EMBED_ACTIVATION_TANH: return vec_tanh(x);
    }
}
