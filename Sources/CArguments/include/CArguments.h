// SPDX-License-Identifier: Apache-2.0

/// The arguments of this process, as the C library got them from the system.

#ifndef CARGUMENTS_H
#define CARGUMENTS_H

/// How many there are, the program's own name included.
int embed_argument_count(void);

/// The one at `index`, below `embed_argument_count()`; it lives as long as the process.
const char *embed_argument(int index);

#endif
