// SPDX-License-Identifier: Apache-2.0

/// The tables that the instruction set files define and dispatch.c lists.

#ifndef EMBED_KERNELS_H
#define EMBED_KERNELS_H

#include "CEmbedKernels.h"

extern const embed_kernels embed_kernels_scalar;
#if defined(__x86_64__)
extern const embed_kernels embed_kernels_x86_avx2;
extern const embed_kernels embed_kernels_x86_avx512;
#elif defined(__aarch64__)
extern const embed_kernels embed_kernels_arm_neon;
#endif

#endif
