// SPDX-License-Identifier: Apache-2.0

#include "webp_memory.h"

#include <malloc.h>
#include <stdint.h>

/// Bytes that this thread may still take.
static _Thread_local size_t allowed = 0;
static _Thread_local bool was_refused = false;

void embed_webp_allow(size_t bytes) {
    allowed = bytes;
    was_refused = false;
}

bool embed_webp_was_refused(void) { return was_refused; }

void *__real_WebPSafeMalloc(uint64_t count, size_t size);
void *__real_WebPSafeCalloc(uint64_t count, size_t size);
void __real_WebPSafeFree(void *memory);

void *__wrap_WebPSafeMalloc(uint64_t count, size_t size);
void *__wrap_WebPSafeCalloc(uint64_t count, size_t size);
void __wrap_WebPSafeFree(void *memory);

static bool is_allowed(uint64_t count, size_t size) {
    if (size == 0 || count <= allowed / size) return true;
    was_refused = true;
    return false;
}

/// What the heap gave may be a little more than was asked for.
static void *taken(void *memory) {
    size_t bytes = malloc_usable_size(memory);
    allowed -= bytes < allowed ? bytes : allowed;
    return memory;
}

void *__wrap_WebPSafeMalloc(uint64_t count, size_t size) {
    return is_allowed(count, size) ? taken(__real_WebPSafeMalloc(count, size)) : NULL;
}

void *__wrap_WebPSafeCalloc(uint64_t count, size_t size) {
    return is_allowed(count, size) ? taken(__real_WebPSafeCalloc(count, size)) : NULL;
}

void __wrap_WebPSafeFree(void *memory) {
    allowed += malloc_usable_size(memory);
    __real_WebPSafeFree(memory);
}
