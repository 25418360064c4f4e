// SPDX-License-Identifier: Apache-2.0

/// Rows of one byte a pixel to rows of three, in place.

#ifndef EMBED_IMAGE_ROWS_H
#define EMBED_IMAGE_ROWS_H

#include <stddef.h>
#include <stdint.h>

/// Red, green and blue of every index; those that a file leaves out are black, as in Pillow.
typedef struct embed_palette {
    uint8_t colors[256][3];
} embed_palette;

/// `row` is [3 · width]: its first `width` bytes become all of it. From the right, so that none is overwritten unread.
static inline void embed_expand_indices(uint8_t *row, size_t width, const embed_palette *palette) {
    for (size_t x = width; x-- > 0;) {
        const uint8_t *color = palette->colors[row[x]];
        uint8_t red = color[0], green = color[1], blue = color[2];
        row[3 * x] = red;
        row[3 * x + 1] = green;
        row[3 * x + 2] = blue;
    }
}

/// The same for shades of grey.
static inline void embed_expand_grey(uint8_t *row, size_t width) {
    for (size_t x = width; x-- > 0;) {
        uint8_t grey = row[x];
        row[3 * x] = grey;
        row[3 * x + 1] = grey;
        row[3 * x + 2] = grey;
    }
}

#endif
