// SPDX-License-Identifier: Apache-2.0

/// Measures the kernels on one thread as a share of what the multiply-add units can do, beside oneDNN's.
///
/// Every figure is the median of rounds in which all competitors take turns, so that a slow spell of the machine hits
/// all of them. Weights rotate through 40 MB, as the layers of a model do: they come from memory or the last cache.

#define _GNU_SOURCE
#include <CEmbedKernels.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#ifdef HAS_ONEDNN
#include <dnnl.h>
#endif

enum { ROUNDS = 9, LARGEST = 16 << 20 };

/// Of this thread, so that other programs on the machine cost nothing.
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values) {
    qsort(values, ROUNDS, sizeof *values, compare);
    return values[ROUNDS / 2];
}

static float *memory(size_t count) {
    const size_t huge = 2 << 20, bytes = (count * sizeof(float) + huge - 1) / huge * huge;
    char *start = mmap(NULL, bytes + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) exit(1);
    start += huge - (size_t)start % huge;
    madvise(start, bytes, MADV_HUGEPAGE);
    float *result = (float *)start;
    for (size_t i = 0; i < count; i++) result[i] = (float)(i * 2654435761u % 2048) / 1024 - 1;
    return result;
}

static const embed_kernels *kernels;
static float *x, *weights, *y, *bias, *scratch;

typedef struct {
    size_t rows, depth, columns;
    embed_activation activation;
} shape;

static void ours(const shape *s, size_t offset) {
    const embed_product p = {
        .x = x,
        .x_stride = (ptrdiff_t)s->depth + 16,
        .panels = weights + offset,
        .panel_stride = s->depth * kernels->panel_columns,
        .y = y,
        .y_stride = (ptrdiff_t)s->columns + 16,
        .rows = s->rows,
        .depth = s->depth,
        .columns = s->columns,
        .bias = bias,
        .activation = s->activation,
    };
    kernels->product(&p);
}

#ifdef HAS_ONEDNN
static dnnl_engine_t engine;
static dnnl_stream_t stream;

typedef struct {
    dnnl_primitive_t primitive;
    dnnl_memory_t source, weight, bias, result;
} theirs;

static void check(dnnl_status_t status) {
    if (status != dnnl_success) {
        fprintf(stderr, "oneDNN: error %d\n", status);
        exit(1);
    }
}

/// oneDNN's matmul with weights in the layout it prefers, bias and GELU fused.
static theirs make_theirs(const shape *s) {
    theirs t;
    dnnl_memory_desc_t source, weight, bias_desc, result;
    const dnnl_dims_t source_dims = {(dnnl_dim_t)s->rows, (dnnl_dim_t)s->depth};
    const dnnl_dims_t weight_dims = {(dnnl_dim_t)s->depth, (dnnl_dim_t)s->columns};
    const dnnl_dims_t result_dims = {(dnnl_dim_t)s->rows, (dnnl_dim_t)s->columns};
    const dnnl_dims_t bias_dims = {1, (dnnl_dim_t)s->columns};
    check(dnnl_memory_desc_init_by_tag(&source, 2, source_dims, dnnl_f32, dnnl_ab));
    check(dnnl_memory_desc_init_by_tag(&weight, 2, weight_dims, dnnl_f32, dnnl_format_tag_any));
    check(dnnl_memory_desc_init_by_tag(&bias_desc, 2, bias_dims, dnnl_f32, dnnl_ab));
    check(dnnl_memory_desc_init_by_tag(&result, 2, result_dims, dnnl_f32, dnnl_ab));
    dnnl_matmul_desc_t desc;
    check(dnnl_matmul_desc_init(&desc, &source, &weight, &bias_desc, &result));
    dnnl_primitive_attr_t attributes;
    check(dnnl_primitive_attr_create(&attributes));
    if (s->activation == EMBED_ACTIVATION_GELU) {
        dnnl_post_ops_t operations;
        check(dnnl_post_ops_create(&operations));
        check(dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_gelu_erf, 0, 0));
        check(dnnl_primitive_attr_set_post_ops(attributes, operations));
    }
    dnnl_primitive_desc_t primitive;
    check(dnnl_primitive_desc_create(&primitive, &desc, attributes, engine, NULL));
    check(dnnl_primitive_create(&t.primitive, primitive));
    const dnnl_memory_desc_t *packed = dnnl_primitive_desc_query_md(primitive, dnnl_query_weights_md, 0);
    check(dnnl_memory_create(&t.source, &source, engine, x));
    check(dnnl_memory_create(&t.weight, packed, engine, weights));
    check(dnnl_memory_create(&t.bias, &bias_desc, engine, bias));
    check(dnnl_memory_create(&t.result, &result, engine, y));
    return t;
}

static void run_theirs(const theirs *t, size_t offset) {
    check(dnnl_memory_set_data_handle(t->weight, weights + offset));
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, t->source}, {DNNL_ARG_WEIGHTS, t->weight}, {DNNL_ARG_BIAS, t->bias}, {DNNL_ARG_DST, t->result}};
    check(dnnl_primitive_execute(t->primitive, stream, 4, arguments));
    check(dnnl_stream_wait(stream));
}
#endif

static double peak(void) {
    static float sink;
    const double start = now();
    const double operations = kernels->peak(2000000, &sink);
    return operations / (now() - start);
}

static void measure_product(const shape *s) {
    const size_t size = s->depth * s->columns;
    const size_t copies = LARGEST * 10 / 16 / size > 0 ? LARGEST * 10 / 16 / size : 1;
    const double operations = 2.0 * (double)(s->rows * size);
    size_t calls = (size_t)(4e9 / operations) / copies * copies;
    if (calls < copies) calls = copies;
    double our[ROUNDS], their[ROUNDS], peaks[ROUNDS];
#ifdef HAS_ONEDNN
    const theirs t = make_theirs(s);
#endif
    for (int round = 0; round < ROUNDS; round++) {
        peaks[round] = peak();
        double start = now();
        for (size_t i = 0; i < calls; i++) ours(s, i % copies * size);
        our[round] = operations * (double)calls / (now() - start);
        their[round] = 0;
#ifdef HAS_ONEDNN
        start = now();
        for (size_t i = 0; i < calls; i++) run_theirs(&t, i % copies * size);
        their[round] = operations * (double)calls / (now() - start);
#endif
    }
    const double p = median(peaks), o = median(our);
    printf("| %zu x %zu x %zu%s | %.1f | %.0f %% |", s->rows, s->depth, s->columns,
           s->activation == EMBED_ACTIVATION_GELU ? ", GELU" : "", o * 1e-9, 100 * o / p);
#ifdef HAS_ONEDNN
    const double d = median(their);
    printf(" %.1f | %.2f |", d * 1e-9, o / d);
#endif
    printf("\n");
}

static void measure_attention(size_t tokens, size_t heads, size_t head_size) {
    const size_t hidden = heads * head_size, stride = 3 * hidden + 16;
    const double operations = 4.0 * (double)(tokens * tokens * hidden);
    const size_t calls = (size_t)(2e9 / operations) + 1;
    double our[ROUNDS], peaks[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        peaks[round] = peak();
        const double start = now();
        for (size_t i = 0; i < calls; i++) {
            for (size_t head = 0; head < heads; head++) {
                const embed_attention a = {
                    .query = x + head * head_size,
                    .query_stride = (ptrdiff_t)stride,
                    .key = x + hidden + head * head_size,
                    .value = x + 2 * hidden + head * head_size,
                    .key_stride = (ptrdiff_t)stride,
                    .output = y + head * head_size,
                    .output_stride = (ptrdiff_t)hidden + 16,
                    .queries = tokens,
                    .keys = tokens,
                    .head_size = head_size,
                    .scale = 0.17f,
                    .scratch = scratch,
                };
                kernels->attention(&a);
            }
        }
        our[round] = operations * (double)calls / (now() - start);
    }
    const double p = median(peaks), o = median(our);
    printf("| %zu tokens, %zu heads x %zu | %.1f | %.0f %% |\n", tokens, heads, head_size, o * 1e-9, 100 * o / p);
}

int main(int count, char **arguments) {
    static const shape shapes[] = {
        {8, 384, 1152, 0},
        {8, 384, 1536, EMBED_ACTIVATION_GELU},
        {8, 1536, 384, 0},
        {128, 384, 384, 0},
        {128, 384, 1152, 0},
        {128, 384, 1536, 0},
        {128, 384, 1536, EMBED_ACTIVATION_GELU},
        {128, 1536, 384, 0},
        {512, 384, 384, 0},
        {512, 384, 1152, 0},
        {512, 384, 1536, EMBED_ACTIVATION_GELU},
        {512, 1536, 384, 0},
        {512, 768, 3072, EMBED_ACTIVATION_GELU},
        {512, 3072, 768, 0},
    };
    kernels = embed_kernels_choose(count > 1 ? arguments[1] : NULL);
    if (kernels == NULL) {
        fprintf(stderr, "%s is not usable here\n", arguments[1]);
        return 1;
    }
    x = memory(LARGEST), weights = memory(LARGEST), y = memory(LARGEST), bias = memory(1 << 16);
    scratch = memory(1 << 22);
#ifdef HAS_ONEDNN
    check(dnnl_engine_create(&engine, dnnl_cpu, 0));
    check(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
#endif
    printf("%s, multiply-add peak %.1f GFLOP/s\n\n", kernels->isa, peak() * 1e-9);
#ifdef HAS_ONEDNN
    printf("| rows x depth x columns | GFLOP/s | of peak | oneDNN | ratio |\n| --- | --- | --- | --- | --- |\n");
#else
    printf("| rows x depth x columns | GFLOP/s | of peak |\n| --- | --- | --- |\n");
#endif
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) measure_product(&shapes[i]);
    printf("\n| attention | GFLOP/s | of peak |\n| --- | --- | --- |\n");
    static const size_t lengths[] = {8, 40, 128, 200, 500, 2000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) measure_attention(lengths[i], 12, 32);
    measure_attention(500, 12, 64);
    return 0;
}
