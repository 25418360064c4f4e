// SPDX-License-Identifier: Apache-2.0

#include "kernels.h"

#include <string.h>

static const embed_kernels *const all[] = {
#if defined(__x86_64__)
    &embed_kernels_x86_avx512,
    &embed_kernels_x86_avx2,
#elif defined(__aarch64__)
    &embed_kernels_arm_neon,
#endif
    &embed_kernels_scalar,
};

const embed_kernels *embed_kernels_at(size_t index) {
    return index < sizeof all / sizeof all[0] ? all[index] : NULL;
}

const embed_kernels *embed_kernels_choose(const char *isa) {
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if ((isa == NULL || strcmp(isa, all[i]->isa) == 0) && all[i]->usable()) return all[i];
    }
    return NULL;
}

const embed_format *embed_format_choose(const embed_kernels *kernels, embed_weight_type type, const char *arithmetic) {
    for (size_t i = 0; i < kernels->format_count; i++) {
        const embed_format *format = &kernels->formats[i];
        if (format->type != type || (arithmetic != NULL && strcmp(arithmetic, format->arithmetic) != 0)) continue;
        if (format->usable()) return format;
    }
    return NULL;
}
