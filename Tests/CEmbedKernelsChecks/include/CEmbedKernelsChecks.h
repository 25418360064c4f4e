// SPDX-License-Identifier: Apache-2.0

/// What every instruction set must satisfy, in C, so that the same checks run inside the Swift tests, under the
/// sanitizers and, for another architecture, under an emulator.

#ifndef CEMBEDKERNELSCHECKS_H
#define CEMBEDKERNELSCHECKS_H

#include <CEmbedKernels.h>

typedef struct embed_check {
    /// The claim.
    const char *name;
    /// Returns the number of violations; describes the first in `message`, which holds 200 bytes.
    size_t (*violations)(const embed_kernels *kernels, char *message);
} embed_check;

/// The check at `index`, or null past the end.
const embed_check *embed_check_at(size_t index);

#endif
