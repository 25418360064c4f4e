// SPDX-License-Identifier: Apache-2.0

// PNG by libpng. Only IHDR, PLTE and IDAT are looked at: what else a file holds is passed over unparsed, and neither
// profiles nor texts are decompressed.

#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#include "CImageCodecs.h"
#include "rows.h"

typedef struct png_reading {
    const uint8_t *bytes;
    size_t byte_count;
    size_t position;
    /// Bytes until the next chunk begins.
    size_t chunk_left;
    embed_image_target target;
    png_structp png;
    png_infop info;
    /// Where an error of libpng ends up.
    jmp_buf jump;
    embed_image_status status;
    /// The last row that has pixels of its own, and its pass.
    png_uint_32 last_row;
    int last_pass;
    /// Nothing is missing, whatever comes after it.
    bool is_complete;
} png_reading;

static void fail(png_reading *reading, embed_image_status status) {
    reading->status = status;
    longjmp(reading->jump, 1);
}

static void on_error(png_structp png, png_const_charp message) {
    (void)message;
    fail(png_get_error_ptr(png), EMBED_IMAGE_DAMAGED);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

/// Lets pixels that go on past the end of the file end there: libpng reads them in pieces of a fixed size, and would
/// not see the last ones.
static void start_chunk(png_reading *reading, uint8_t *head) {
    size_t there = reading->byte_count - reading->position, length = png_get_uint_32(head);
    if (length > there && memcmp(head + 4, "IDAT", 4) == 0) {
        length = there;
        png_save_uint_32(head, (png_uint_32)length);
    }
    reading->chunk_left = length + 4;
}

static void read_bytes(png_structp png, png_bytep into, size_t count) {
    png_reading *reading = png_get_io_ptr(png);
    if (count > reading->byte_count - reading->position) fail(reading, EMBED_IMAGE_TRUNCATED);
    memcpy(into, reading->bytes + reading->position, count);
    reading->position += count;
    if (reading->chunk_left > 0) {
        reading->chunk_left -= count < reading->chunk_left ? count : reading->chunk_left;
    } else if (count == 8) {
        start_chunk(reading, into);
    }
}

/// Called for each row once it is decompressed and unfiltered, before libpng looks for the end of the data. Pillow does
/// without that end: a file that lacks only its last checksums is whole.
static void on_row(png_structp png, png_row_infop row_info, png_bytep row) {
    (void)row_info;
    (void)row;
    png_reading *reading = png_get_user_transform_ptr(png);
    if (png_get_current_row_number(png) == reading->last_row && png_get_current_pass_number(png) == reading->last_pass)
        reading->is_complete = true;
}

/// Of an interlaced image the last pass may be empty, and lack the last row.
static void find_last_row(png_reading *reading, bool is_interlaced) {
    png_uint_32 width = (png_uint_32)reading->target.width, height = (png_uint_32)reading->target.height;
    reading->last_pass = 0;
    reading->last_row = height - 1;
    if (!is_interlaced) return;
    for (int pass = PNG_INTERLACE_ADAM7_PASSES - 1; pass >= 0; --pass) {
        if (PNG_PASS_COLS(width, pass) == 0 || PNG_PASS_ROWS(height, pass) == 0) continue;
        reading->last_pass = pass;
        reading->last_row = PNG_ROW_FROM_PASS_ROW(PNG_PASS_ROWS(height, pass) - 1, pass);
        return;
    }
}

/// Reads every pass into the pixels: `row_bytes` at the beginning of each row of three bytes a pixel.
static void read_rows(png_reading *reading, bool is_interlaced, size_t row_bytes) {
    size_t stride = 3 * reading->target.width;
    if (png_get_rowbytes(reading->png, reading->info) != row_bytes) fail(reading, EMBED_IMAGE_UNSUPPORTED);
    int passes = is_interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1;
    for (int pass = 0; pass < passes; ++pass)
        for (size_t y = 0; y < reading->target.height; ++y)
            png_read_row(reading->png, reading->target.pixels + y * stride, NULL);
}

/// Up to the pixels.
static void read_header(png_reading *reading) {
    png_structp png = reading->png;
    png_set_read_fn(png, reading, read_bytes);
    png_set_user_limits(png, (png_uint_32)reading->target.width, (png_uint_32)reading->target.height);
    png_set_chunk_malloc_max(png, 1 << 20);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    // Pillow checks the sums of what stands before the pixels, and of nothing after that.
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_read_info(png, reading->info);
    png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
}

static void decode(png_reading *reading) {
    reading->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reading, on_error, on_warning);
    if (reading->png != NULL) reading->info = png_create_info_struct(reading->png);
    if (reading->info == NULL) fail(reading, EMBED_IMAGE_TOO_MUCH_MEMORY);
    read_header(reading);
    png_structp png = reading->png;
    png_infop info = reading->info;
    if (png_get_image_width(png, info) != reading->target.width ||
        png_get_image_height(png, info) != reading->target.height)
        fail(reading, EMBED_IMAGE_OTHER_SIZE);
    int color_type = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
    bool is_interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
    // Sixteen bits of grey stay: Pillow doesn't shift them but cuts at 255. Alpha goes, without blending.
    bool is_wide_grey = color_type == PNG_COLOR_TYPE_GRAY && depth == 16;
    if (depth == 16 && !is_wide_grey) png_set_strip_16(png);
    if (color_type & PNG_COLOR_MASK_ALPHA) png_set_strip_alpha(png);
    if (color_type == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (color_type == PNG_COLOR_TYPE_PALETTE && depth < 8) png_set_packing(png);
    png_set_read_user_transform_fn(png, on_row);
    png_set_user_transform_info(png, reading, 0, 0);
    if (is_interlaced) png_set_interlace_handling(png);
    png_read_update_info(png, info);
    find_last_row(reading, is_interlaced);
    size_t width = reading->target.width;
    bool is_color = (color_type & PNG_COLOR_MASK_COLOR) && color_type != PNG_COLOR_TYPE_PALETTE;
    read_rows(reading, is_interlaced, width * (is_color ? 3 : is_wide_grey ? 2 : 1));
}

/// The beginnings of the rows to whole rows.
static void expand(png_reading *reading) {
    size_t width = reading->target.width;
    int color_type = png_get_color_type(reading->png, reading->info);
    bool is_wide = png_get_bit_depth(reading->png, reading->info) == 16;
    if (color_type == PNG_COLOR_TYPE_RGB || color_type == PNG_COLOR_TYPE_RGBA) return;
    embed_palette palette = {0};
    png_colorp entries = NULL;
    int count = 0;
    if (color_type == PNG_COLOR_TYPE_PALETTE && png_get_PLTE(reading->png, reading->info, &entries, &count)) {
        for (int index = 0; index < count && index < 256; ++index) {
            palette.colors[index][0] = entries[index].red;
            palette.colors[index][1] = entries[index].green;
            palette.colors[index][2] = entries[index].blue;
        }
    }
    for (size_t y = 0; y < reading->target.height; ++y) {
        uint8_t *row = reading->target.pixels + 3 * width * y;
        if (color_type == PNG_COLOR_TYPE_PALETTE) {
            embed_expand_indices(row, width, &palette);
        } else if (is_wide) {
            for (size_t x = width; x-- > 0;) {
                uint8_t grey = row[2 * x] != 0 ? 255 : row[2 * x + 1];
                row[3 * x] = row[3 * x + 1] = row[3 * x + 2] = grey;
            }
        } else {
            embed_expand_grey(row, width);
        }
    }
}

/// Runs `decode`; an error of libpng comes back here.
static void guard(png_reading *reading) {
    if (setjmp(reading->jump) == 0) {
        decode(reading);
        reading->is_complete = true;
    }
}

embed_image_status embed_decode_png(const uint8_t *bytes, size_t byte_count, embed_image_target target) {
    // The first eight bytes aren't a chunk.
    png_reading reading = {.bytes = bytes, .byte_count = byte_count, .chunk_left = 8, .target = target};
    guard(&reading);
    if (reading.is_complete) {
        reading.status = EMBED_IMAGE_READ;
        expand(&reading);
    }
    // Does nothing where creating failed.
    png_destroy_read_struct(&reading.png, &reading.info, NULL);
    return reading.status;
}
