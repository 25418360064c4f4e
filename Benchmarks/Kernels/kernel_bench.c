// SPDX-License-Identifier: Apache-2.0

/// Measures the kernels on one thread as a share of what the units that multiply can do, beside oneDNN's.
///
/// Every figure is the median of rounds in which all competitors take turns, so that a slow spell of the machine hits
/// all of them. There are 10 million weights, used in turn as the layers of a model are: in float32 they come from
/// memory or the last cache, in narrower types more of them stay in caches.

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

enum { ROUNDS = 7, LARGEST = 16 << 20, WEIGHTS = 10 << 20, MAX_FORMATS = 12 };

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

static void forget(float *start, size_t count) { munmap(start, count * sizeof(float)); }

static const embed_kernels *kernels;
static float *x, *weights, *y, *bias, *scratch;

typedef struct {
    size_t rows, depth, columns;
    embed_activation activation;
} shape;

/// Copies of one weight in one format, and the bytes of each.
typedef struct {
    char *panels;
    size_t bytes;
} packed;

static packed pack(const embed_format *format, const shape *s, size_t copies) {
    const size_t panels = (s->columns + kernels->panel_columns - 1) / kernels->panel_columns;
    const packed result = {(char *)memory(LARGEST), panels * format->panel_bytes(s->depth)};
    memset(result.panels, 0, result.bytes * copies);
    format->pack(weights, EMBED_STORAGE_F32, s->columns, s->depth, 0, result.panels);
    for (size_t copy = 1; copy < copies; copy++) {
        memcpy(result.panels + copy * result.bytes, result.panels, result.bytes);
    }
    return result;
}

static void ours(const embed_format *format, const shape *s, const char *panels) {
    const embed_product p = {
        .x = x,
        .x_stride = (ptrdiff_t)s->depth + 16,
        .panels = panels,
        .panel_stride = format->panel_bytes(s->depth),
        .y = y,
        .y_stride = (ptrdiff_t)s->columns + 16,
        .rows = s->rows,
        .depth = s->depth,
        .columns = s->columns,
        .bias = bias,
        .activation = s->activation,
        .scratch = scratch,
    };
    format->product(&p);
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

/// oneDNN's matmul with weights in the layout it prefers, bias and GELU fused; x is in the type it multiplies, which
/// for narrow types is less work than ours. The primitive is null where this version can't do it.
static theirs make_theirs(const shape *s, dnnl_data_type_t source_type, dnnl_data_type_t weight_type) {
    theirs t = {0};
    dnnl_memory_desc_t source, weight, bias_desc, result;
    const dnnl_dims_t source_dims = {(dnnl_dim_t)s->rows, (dnnl_dim_t)s->depth};
    const dnnl_dims_t weight_dims = {(dnnl_dim_t)s->depth, (dnnl_dim_t)s->columns};
    const dnnl_dims_t result_dims = {(dnnl_dim_t)s->rows, (dnnl_dim_t)s->columns};
    const dnnl_dims_t bias_dims = {1, (dnnl_dim_t)s->columns};
    check(dnnl_memory_desc_init_by_tag(&source, 2, source_dims, source_type, dnnl_ab));
    check(dnnl_memory_desc_init_by_tag(&weight, 2, weight_dims, weight_type, dnnl_format_tag_any));
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
    if (dnnl_primitive_desc_create(&primitive, &desc, attributes, engine, NULL) != dnnl_success) return t;
    check(dnnl_primitive_create(&t.primitive, primitive));
    const dnnl_memory_desc_t *packed = dnnl_primitive_desc_query_md(primitive, dnnl_query_weights_md, 0);
    check(dnnl_memory_create(&t.source, &source, engine, DNNL_MEMORY_ALLOCATE));
    void *elements;
    check(dnnl_memory_get_data_handle(t.source, &elements));
    // Numbers of ordinary size in any type: an x of denormals would be slow.
    memset(elements, 0x3e, dnnl_memory_desc_get_size(&source));
    check(dnnl_memory_create(&t.weight, packed, engine, weights));
    check(dnnl_memory_create(&t.bias, &bias_desc, engine, bias));
    check(dnnl_memory_create(&t.result, &result, engine, y));
    return t;
}

static void free_theirs(theirs *t) {
    if (t->primitive == NULL) return;
    dnnl_primitive_destroy(t->primitive);
    dnnl_memory_destroy(t->source), dnnl_memory_destroy(t->weight);
    dnnl_memory_destroy(t->bias), dnnl_memory_destroy(t->result);
}

static void run_theirs(const theirs *t, char *weight) {
    check(dnnl_memory_set_data_handle(t->weight, weight));
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, t->source}, {DNNL_ARG_WEIGHTS, t->weight}, {DNNL_ARG_BIAS, t->bias}, {DNNL_ARG_DST, t->result}};
    check(dnnl_primitive_execute(t->primitive, stream, 4, arguments));
    check(dnnl_stream_wait(stream));
}
#endif

static double peak(const embed_format *format) {
    static float sink;
    const double start = now();
    const double operations = format->peak(200000, &sink);
    return operations / (now() - start);
}

/// One line for each format: speed, share of the units' peak, speed beside float32, and beside oneDNN's.
static void measure_product(const shape *s) {
    static const char *const types[] = {"float32", "float16", "bfloat16", "int8"};
    const size_t size = s->depth * s->columns;
    const size_t copies = WEIGHTS / size > 0 ? WEIGHTS / size : 1;
    const double operations = 2.0 * (double)(s->rows * size);
    size_t calls = (size_t)(1.5e9 / operations) / copies * copies;
    if (calls < copies) calls = copies;
    const embed_format *formats[MAX_FORMATS];
    packed panels[MAX_FORMATS];
    size_t count = 0;
    double our[MAX_FORMATS][ROUNDS], peaks[MAX_FORMATS][ROUNDS];
    for (size_t i = 0; i < kernels->format_count; i++) {
        if (!kernels->formats[i].usable()) continue;
        formats[count] = &kernels->formats[i];
        panels[count] = pack(formats[count], s, copies);
        count++;
    }
#ifdef HAS_ONEDNN
    theirs t[] = {make_theirs(s, dnnl_f32, dnnl_f32), make_theirs(s, dnnl_bf16, dnnl_bf16),
                  make_theirs(s, dnnl_u8, dnnl_s8)};
    const size_t widths[] = {4, 2, 1};
    double their[3][ROUNDS] = {{0}};
#endif
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t f = 0; f < count; f++) {
            peaks[f][round] = peak(formats[f]);
            const double start = now();
            for (size_t i = 0; i < calls; i++) ours(formats[f], s, panels[f].panels + i % copies * panels[f].bytes);
            our[f][round] = operations * (double)calls / (now() - start);
        }
#ifdef HAS_ONEDNN
        for (size_t k = 0; k < 3; k++) {
            if (t[k].primitive == NULL) continue;
            const double start = now();
            for (size_t i = 0; i < calls; i++) run_theirs(&t[k], (char *)weights + i % copies * size * widths[k]);
            their[k][round] = operations * (double)calls / (now() - start);
        }
#endif
    }
    double float32 = 0;
    for (size_t f = 0; f < count; f++) {
        const double o = median(our[f]);
        if (formats[f]->type == EMBED_WEIGHTS_F32) float32 = o;
        printf("| %zu x %zu x %zu%s | %s %s | %.1f | %.0f %% | %.2f |", s->rows, s->depth, s->columns,
               s->activation == EMBED_ACTIVATION_GELU ? ", GELU" : "", types[formats[f]->type], formats[f]->arithmetic,
               o * 1e-9, 100 * o / median(peaks[f]), o / float32);
#ifdef HAS_ONEDNN
        // Beside the arithmetic that it has: its weights are never widened.
        const bool is_float32 = strcmp(formats[f]->arithmetic, "float32") == 0;
        const double d = median(their[!is_float32 ? 1 + (formats[f]->type == EMBED_WEIGHTS_I8) : 0]);
        if (d > 0) printf(" %.1f | %.2f |", d * 1e-9, o / d);
        else printf(" | |");
#endif
        printf("\n");
        forget((float *)panels[f].panels, LARGEST);
    }
#ifdef HAS_ONEDNN
    for (size_t k = 0; k < 3; k++) free_theirs(&t[k]);
#endif
}

/// `reach` is that of a bias for each distance; 0 measures none. Only what is seen counts.
static void measure_attention(size_t tokens, size_t heads, size_t head_size, size_t reach, bool is_causal) {
    const size_t hidden = heads * head_size, stride = 3 * hidden + 16;
    const size_t pairs = is_causal ? tokens * (tokens + 1) / 2 : tokens * tokens;
    const double operations = 4.0 * (double)(pairs * hidden);
    const size_t calls = (size_t)(2e9 / operations) + 1;
    double our[ROUNDS], peaks[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        peaks[round] = peak(embed_format_choose(kernels, EMBED_WEIGHTS_F32, NULL));
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
                    .bias = reach > 0 ? bias : NULL,
                    .bias_reach = reach,
                    .keys_before = SIZE_MAX,
                    .keys_after = is_causal ? 0 : SIZE_MAX,
                    .scratch = scratch,
                };
                kernels->attention(&a);
            }
        }
        our[round] = operations * (double)calls / (now() - start);
    }
    const double p = median(peaks), o = median(our);
    printf("| %zu tokens, %zu heads x %zu%s%s | %.1f | %.0f %% |\n", tokens, heads, head_size,
           reach > 0 ? ", bias" : "", is_causal ? ", causal" : "", o * 1e-9, 100 * o / p);
}

int main(int count, char **arguments) {
    // MiniLM's projections, then BERT base's.
    static const struct {
        size_t depth, columns;
        embed_activation activation;
    } weight_shapes[] = {
        {384, 384, EMBED_ACTIVATION_IDENTITY},   {384, 1152, EMBED_ACTIVATION_IDENTITY},
        {384, 1536, EMBED_ACTIVATION_GELU},      {1536, 384, EMBED_ACTIVATION_IDENTITY},
        {384, 1536, EMBED_ACTIVATION_IDENTITY},  {768, 768, EMBED_ACTIVATION_IDENTITY},
        {768, 2304, EMBED_ACTIVATION_IDENTITY},  {768, 3072, EMBED_ACTIVATION_GELU},
        {3072, 768, EMBED_ACTIVATION_IDENTITY},
    };
    static const size_t row_counts[] = {1, 8, 32, 128, 512};
    kernels = embed_kernels_choose(count > 1 ? arguments[1] : NULL);
    if (kernels == NULL) {
        fprintf(stderr, "%s is not usable here\n", arguments[1]);
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    // A number of rows as the second argument measures only these.
    const size_t only = count > 2 ? strtoul(arguments[2], NULL, 10) : 0;
    x = memory(LARGEST), weights = memory(LARGEST), y = memory(LARGEST), bias = memory(1 << 16);
    scratch = memory(1 << 22);
#ifdef HAS_ONEDNN
    check(dnnl_engine_create(&engine, dnnl_cpu, 0));
    check(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
#endif
    printf("%s\n\n| peak | GOP/s |\n| --- | --- |\n", kernels->isa);
    for (size_t i = 0; i < kernels->format_count; i++) {
        const embed_format *format = &kernels->formats[i];
        const bool is_repeated = i > 0 && strcmp(format->arithmetic, "float32") == 0;
        if (format->usable() && !is_repeated) printf("| %s | %.1f |\n", format->arithmetic, peak(format) * 1e-9);
    }
#ifdef HAS_ONEDNN
    printf("\n| rows x depth x columns | format | GOP/s | of peak | to float32 | oneDNN | ratio |\n"
           "| --- | --- | --- | --- | --- | --- | --- |\n");
#else
    printf("\n| rows x depth x columns | format | GOP/s | of peak | to float32 |\n| --- | --- | --- | --- | --- |\n");
#endif
    for (size_t r = 0; r < sizeof row_counts / sizeof *row_counts; r++) {
        if (only != 0 && only != row_counts[r]) continue;
        for (size_t i = 0; i < sizeof weight_shapes / sizeof *weight_shapes; i++) {
            const shape s = {row_counts[r], weight_shapes[i].depth, weight_shapes[i].columns,
                             weight_shapes[i].activation};
            measure_product(&s);
        }
    }
    if (only != 0) return 0;
    printf("\n| attention | GFLOP/s | of peak |\n| --- | --- | --- |\n");
    static const size_t lengths[] = {8, 40, 128, 200, 500, 2000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) measure_attention(lengths[i], 12, 32, 0, false);
    measure_attention(500, 12, 64, 0, false);
    // As MPNet.
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) measure_attention(lengths[i], 12, 64, 91, false);
    // As decoders.
    static const size_t head_sizes[] = {64, 128, 256};
    for (size_t i = 0; i < sizeof head_sizes / sizeof head_sizes[0]; i++) {
        const size_t heads = 768 / head_sizes[i];
        measure_attention(200, heads, head_sizes[i], 0, false);
        measure_attention(200, heads, head_sizes[i], 0, true);
    }
    return 0;
}
