// SPDX-License-Identifier: Apache-2.0
//
// Counts a program's heap allocations. Loaded by LD_PRELOAD; the totals lie in the file that ALLOCATION_COUNTS names,
// two 64-bit numbers that another process may read at any time: calls, and bytes asked for.
//
// With ALLOCATION_STACKS each call's stack is kept in that file too, for `run --where`.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// glibc's own names for its allocator, so that nothing has to be looked up before the first call.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

typedef struct {
    _Atomic uint64_t calls, bytes;
} totals;

// Read by `run`, which knows both numbers.
enum { depth = 24, most_stacks = 1 << 18 };

typedef struct {
    uint64_t frames[depth];
} stack;

typedef struct {
    _Atomic uint64_t count;
    stack stacks[most_stacks];
} stack_list;

// Where calls are counted before the file is open.
static totals early;
static totals *counts = &early;
static stack_list *stacks;

// A file of `size` bytes of zeros as memory; NULL without `path`.
static void *map_file(const char *path, size_t size) {
    if (!path) return NULL;
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, (off_t)size) != 0) _exit(70);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) _exit(70);
    return memory;
}

__attribute__((constructor)) static void start(void) {
    totals *file = map_file(getenv("ALLOCATION_COUNTS"), sizeof(totals));
    if (file) counts = file;
    stacks = map_file(getenv("ALLOCATION_STACKS"), sizeof(stack_list));
}

// Follows the frame pointers, which Swift and C keep here; glibc's backtrace() would allocate itself.
__attribute__((noinline)) static void keep_stack(void) {
    uint64_t index = atomic_fetch_add_explicit(&stacks->count, 1, memory_order_relaxed);
    uint64_t *frames = stacks->stacks[index % most_stacks].frames;
    void **frame = __builtin_frame_address(0);
    int level = 0;
    while (level < depth) {
        void **caller = frame[0];
        frames[level++] = (uint64_t)(uintptr_t)frame[1];
        // A frame pointer that is none: code without them, or the end.
        if (caller <= frame || (uintptr_t)caller - (uintptr_t)frame > 1 << 16 || (uintptr_t)caller % 8) break;
        frame = caller;
    }
    while (level < depth) frames[level++] = 0;
}

static void count(size_t size) {
    atomic_fetch_add_explicit(&counts->calls, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&counts->bytes, size, memory_order_relaxed);
    if (stacks) keep_stack();
}

void *malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    count(size);
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    count(size);
    void *memory = __libc_memalign(alignment, size);
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}
