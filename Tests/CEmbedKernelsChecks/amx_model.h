// SPDX-License-Identifier: Apache-2.0

/// The tile instructions of AMX in plain C, and the formats of x86_amx.c that run on them.
///
/// Follows the operations' descriptions in Intel's Software Developer's Manual, volume 2: LDTILECFG, TILELOADD,
/// TILESTORED, TILEZERO, TDPBF16PS, TDPBUSD, TILERELEASE.

#ifndef EMBED_AMX_MODEL_H
#define EMBED_AMX_MODEL_H

#include <CEmbedKernels.h>

/// A stand-in for a format of the table "avx512", "bf16 amx" or "int8 amx"; null past the end and on other processors.
const embed_format *amx_model_format(size_t index);

/// Instructions so far that real tiles would have refused: no configuration, shapes that don't fit.
size_t amx_model_faults(void);

#endif
