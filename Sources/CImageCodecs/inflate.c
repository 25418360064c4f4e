// SPDX-License-Identifier: Apache-2.0

// Compressed texts of a PNG, by zlib.

#include <limits.h>
#include <stddef.h>
#include <zlib.h>

#include "CImageCodecs.h"

embed_image_status embed_inflate(
    const uint8_t *bytes, size_t byte_count, uint8_t *text, size_t capacity, size_t *text_count) {
    *text_count = 0;
    if (byte_count > UINT_MAX || capacity > UINT_MAX) return EMBED_IMAGE_TOO_MUCH_MEMORY;
    z_stream stream = {0};
    if (inflateInit(&stream) != Z_OK) return EMBED_IMAGE_TOO_MUCH_MEMORY;
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)byte_count;
    stream.next_out = text;
    stream.avail_out = (uInt)capacity;
    int code = inflate(&stream, Z_SYNC_FLUSH);
    *text_count = capacity - stream.avail_out;
    inflateEnd(&stream);
    if (code == Z_MEM_ERROR) return EMBED_IMAGE_TOO_MUCH_MEMORY;
    if (code != Z_OK && code != Z_BUF_ERROR && code != Z_STREAM_END) return EMBED_IMAGE_DAMAGED;
    return code != Z_STREAM_END && stream.avail_in > 0 ? EMBED_IMAGE_TOO_MUCH_MEMORY : EMBED_IMAGE_READ;
}
