// SPDX-License-Identifier: Apache-2.0

/// What libwebp may allocate: it has no such limit of its own, and a few hundred kilobytes can ask for gigabytes of codes.
///
/// Package.swift has the linker put these functions around libwebp's allocator (`--wrap`).

#ifndef EMBED_WEBP_MEMORY_H
#define EMBED_WEBP_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/// Lets libwebp hold `bytes` on this thread from now on. What goes past them fails there as if there were no memory.
void embed_webp_allow(size_t bytes);

/// Whether something has been refused on this thread since; libwebp doesn't always say so.
bool embed_webp_was_refused(void);

#endif
