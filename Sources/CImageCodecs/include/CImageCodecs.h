// SPDX-License-Identifier: Apache-2.0

/// Images to red, green and blue bytes, by libpng, libjpeg-turbo, libwebp and giflib.
///
/// This header is the whole contract. Every function takes a whole file and the size that its header gives, which the
/// caller has checked, and writes `[height, width, 3]` bytes: what Pillow's `Image.open(…).convert("RGB")` holds. A file
/// that says another size later on is refused. Nothing is printed, kept or changed outside `pixels`; on failure they
/// hold anything. Files may be hostile; all functions may run on many threads at once.

#ifndef CIMAGECODECS_H
#define CIMAGECODECS_H

#include <stddef.h>
#include <stdint.h>

typedef enum embed_image_status {
    EMBED_IMAGE_READ,
    /// The file ends before its last pixel, or where its format asks for more.
    EMBED_IMAGE_TRUNCATED,
    /// The library can't make sense of it.
    EMBED_IMAGE_DAMAGED,
    /// Of a kind that the library, or Pillow, doesn't read.
    EMBED_IMAGE_UNSUPPORTED,
    /// Its size isn't the one of its header.
    EMBED_IMAGE_OTHER_SIZE,
    /// It would take more than `max_memory`, or the machine has no more.
    EMBED_IMAGE_TOO_MUCH_MEMORY,
    /// A JPEG of more than EMBED_JPEG_MAX_SCANS, or that goes over more than EMBED_JPEG_MAX_SCANNED_PIXELS.
    EMBED_IMAGE_TOO_MANY_SCANS,
} embed_image_status;

/// Scans of a JPEG, and their pixels together. Each scan may go over the whole image, however few bytes it has: one of
/// 40 million pixels takes 70 ms where it refines. Usual progressive files have 10.
enum { EMBED_JPEG_MAX_SCANS = 100, EMBED_JPEG_MAX_SCANNED_PIXELS = 480000000 };

/// Where an image goes.
typedef struct embed_image_target {
    size_t width;
    size_t height;
    /// [height, width, 3]: 3 · width · height bytes.
    uint8_t *pixels;
    /// Bytes that the decoding may take in all: the pixels and what the library needs beside them.
    size_t max_memory;
} embed_image_target;

/// The default image, never a later frame of an animation.
embed_image_status embed_decode_png(const uint8_t *bytes, size_t byte_count, embed_image_target target);

embed_image_status embed_decode_jpeg(const uint8_t *bytes, size_t byte_count, embed_image_target target);

/// The first frame on a black canvas.
embed_image_status embed_decode_webp(const uint8_t *bytes, size_t byte_count, embed_image_target target);

/// What stands before the first frame of a GIF.
typedef struct embed_gif_start {
    /// Bytes of the screen's description and the palette after it.
    size_t screen_byte_count;
    /// Where the first frame's description is, which begins with a comma.
    size_t frame_offset;
    /// The palette's entry that is where the frame isn't.
    uint8_t fill;
} embed_gif_start;

/// The first frame; `start` is the caller's, but its offsets are checked.
embed_image_status embed_decode_gif(
    const uint8_t *bytes, size_t byte_count, embed_gif_start start, embed_image_target target);

/// Where a chunk's data is in a file; nowhere where `byte_count` is 0.
typedef struct embed_image_chunk {
    size_t offset;
    size_t byte_count;
} embed_image_chunk;

/// The first chunk of `name` (four letters) of a whole extended WebP, if its header announces such chunks. Takes at most
/// `max_memory`.
embed_image_chunk embed_find_webp_chunk(
    const uint8_t *bytes, size_t byte_count, const char *name, size_t max_memory);

/// Decompresses zlib's format into `text`, of `capacity` bytes, and says how many there are, on failure as well: of what
/// ends too early that which is there. EMBED_IMAGE_TOO_MUCH_MEMORY where there is more.
embed_image_status embed_inflate(
    const uint8_t *bytes, size_t byte_count, uint8_t *text, size_t capacity, size_t *text_count);

#endif
