// SPDX-License-Identifier: Apache-2.0

// JPEG by libjpeg-turbo, with its defaults as Pillow leaves them: the accurate integer transform, smooth upsampling.

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

#include <jpeglib.h>

#include <jerror.h>

#include "CImageCodecs.h"
#include "rows.h"

typedef struct jpeg_reading {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    embed_image_target target;
    /// Where an error of the library ends up.
    jmp_buf jump;
    embed_image_status status;
} jpeg_reading;

static void fail(jpeg_reading *reading, embed_image_status status) {
    reading->status = status;
    longjmp(reading->jump, 1);
}

static void on_error(j_common_ptr jpeg) {
    jpeg_reading *reading = jpeg->client_data;
    switch (jpeg->err->msg_code) {
        case JERR_NO_BACKING_STORE:  // max_memory_to_use is reached.
        case JERR_OUT_OF_MEMORY: fail(reading, EMBED_IMAGE_TOO_MUCH_MEMORY); break;
        case JERR_ARITH_NOTIMPL:
        case JERR_BAD_PRECISION:
        case JERR_CONVERSION_NOTIMPL:
        case JERR_NOT_COMPILED:
        case JERR_SOF_UNSUPPORTED: fail(reading, EMBED_IMAGE_UNSUPPORTED); break;
        default: fail(reading, EMBED_IMAGE_DAMAGED);
    }
}

/// Warnings and traces: Pillow goes on after them.
static void on_message(j_common_ptr jpeg, int level) {
    (void)jpeg;
    (void)level;
}

static void on_output(j_common_ptr jpeg) { (void)jpeg; }

/// A progressive image is read as a whole before its first row; the library calls this again and again meanwhile.
static void on_progress(j_common_ptr common) {
    jpeg_reading *reading = common->client_data;
    size_t scan = (size_t)reading->jpeg.input_scan_number;
    if (scan > EMBED_JPEG_MAX_SCANS ||
        scan * reading->target.width * reading->target.height > EMBED_JPEG_MAX_SCANNED_PIXELS)
        fail(reading, EMBED_IMAGE_TOO_MANY_SCANS);
}

static void start_source(j_decompress_ptr jpeg) { (void)jpeg; }

/// There is nothing after the file: the library stops where it is.
static boolean fill_source(j_decompress_ptr jpeg) {
    (void)jpeg;
    return FALSE;
}

static void skip_source(j_decompress_ptr jpeg, long count) {
    if (count <= 0) return;
    size_t there = jpeg->src->bytes_in_buffer, skipped = (size_t)count < there ? (size_t)count : there;
    jpeg->src->next_input_byte += skipped;
    jpeg->src->bytes_in_buffer -= skipped;
}

static void end_source(j_decompress_ptr jpeg) { (void)jpeg; }

/// Cyan, magenta, yellow and black as Adobe writes them, that is inverted, to red, green and blue: Pillow takes every
/// four-component JPEG for one of Adobe's.
static void convert_inks(const uint8_t *inks, uint8_t *row, size_t width) {
    for (size_t x = 0; x < width; ++x, inks += 4, row += 3) {
        unsigned light = inks[3];
        for (int channel = 0; channel < 3; ++channel) {
            unsigned product = (255u - inks[channel]) * light + 128;
            row[channel] = (uint8_t)(light - (((product >> 8) + product) >> 8));
        }
    }
}

static void set_up(jpeg_reading *reading, const uint8_t *bytes, size_t byte_count) {
    j_decompress_ptr jpeg = &reading->jpeg;
    jpeg_create_decompress(jpeg);
    reading->source = (struct jpeg_source_mgr){
        .next_input_byte = bytes,
        .bytes_in_buffer = byte_count,
        .init_source = start_source,
        .fill_input_buffer = fill_source,
        .skip_input_data = skip_source,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = end_source,
    };
    jpeg->src = &reading->source;
    reading->progress.progress_monitor = on_progress;
    jpeg->progress = &reading->progress;
    size_t pixel_bytes = 3 * reading->target.width * reading->target.height;
    if (pixel_bytes >= reading->target.max_memory) fail(reading, EMBED_IMAGE_TOO_MUCH_MEMORY);
    jpeg->mem->max_memory_to_use = (long)(reading->target.max_memory - pixel_bytes);
}

static void decode(jpeg_reading *reading, const uint8_t *bytes, size_t byte_count) {
    set_up(reading, bytes, byte_count);
    j_decompress_ptr jpeg = &reading->jpeg;
    if (jpeg_read_header(jpeg, TRUE) != JPEG_HEADER_OK) fail(reading, EMBED_IMAGE_TRUNCATED);
    size_t width = reading->target.width;
    if (jpeg->image_width != width || jpeg->image_height != reading->target.height)
        fail(reading, EMBED_IMAGE_OTHER_SIZE);
    switch (jpeg->num_components) {
        case 1: jpeg->out_color_space = JCS_GRAYSCALE; break;
        case 3: jpeg->out_color_space = JCS_RGB; break;
        case 4: jpeg->out_color_space = JCS_CMYK; break;
        default: fail(reading, EMBED_IMAGE_UNSUPPORTED);
    }
    if (!jpeg_start_decompress(jpeg)) fail(reading, EMBED_IMAGE_TRUNCATED);
    JSAMPARRAY inks = NULL;
    if (jpeg->num_components == 4)
        inks = jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, (JDIMENSION)(4 * width), 1);
    for (size_t y = 0; y < reading->target.height; ++y) {
        JSAMPROW row = reading->target.pixels + 3 * width * y;
        if (jpeg_read_scanlines(jpeg, inks != NULL ? inks : &row, 1) != 1) fail(reading, EMBED_IMAGE_TRUNCATED);
        if (inks != NULL) convert_inks(inks[0], row, width);
        if (jpeg->num_components == 1) embed_expand_grey(row, width);
    }
    // What follows the last row may lack the end of the image, but not be wrong, as in Pillow.
    (void)jpeg_finish_decompress(jpeg);
}

/// Runs `decode`; an error of the library comes back here.
static void guard(jpeg_reading *reading, const uint8_t *bytes, size_t byte_count) {
    if (setjmp(reading->jump) == 0) {
        decode(reading, bytes, byte_count);
        reading->status = EMBED_IMAGE_READ;
    }
}

embed_image_status embed_decode_jpeg(const uint8_t *bytes, size_t byte_count, embed_image_target target) {
    jpeg_reading reading = {.target = target, .status = EMBED_IMAGE_DAMAGED};
    reading.jpeg.err = jpeg_std_error(&reading.errors);
    reading.errors.error_exit = on_error;
    reading.errors.emit_message = on_message;
    reading.errors.output_message = on_output;
    reading.jpeg.client_data = &reading;
    guard(&reading, bytes, byte_count);
    // Does nothing where creating failed: the memory manager isn't there then.
    jpeg_destroy_decompress(&reading.jpeg);
    return reading.status;
}
