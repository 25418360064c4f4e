// SPDX-License-Identifier: Apache-2.0

#include "CArguments.h"

static int count;
static char **arguments;

// glibc hands main's arguments to constructors too.
__attribute__((constructor)) static void keep(int argc, char **argv) {
    count = argc;
    arguments = argv;
}

int embed_argument_count(void) { return count; }

const char *embed_argument(int index) { return arguments[index]; }
