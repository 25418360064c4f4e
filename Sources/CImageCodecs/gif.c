// SPDX-License-Identifier: Apache-2.0

// The first frame of a GIF by giflib, which sees the screen's description and that frame only: extensions between them
// are the caller's.

#include <gif_lib.h>
#include <stdbool.h>
#include <string.h>

#include "CImageCodecs.h"
#include "rows.h"

typedef struct gif_reading {
    const uint8_t *bytes;
    size_t byte_count;
    embed_gif_start start;
    size_t position;
    /// The block that ends a frame has been made up.
    bool is_ended;
} gif_reading;

static int read_bytes(GifFileType *gif, GifByteType *into, int count) {
    gif_reading *reading = gif->UserData;
    if (count <= 0) return 0;
    if (reading->position < reading->start.screen_byte_count &&
        (size_t)count > reading->start.screen_byte_count - reading->position)
        return 0;
    size_t there = reading->byte_count - reading->position;
    // giflib looks for the block that ends a frame, Pillow for the last pixel only.
    if (there == 0 && count == 1 && !reading->is_ended) {
        reading->is_ended = true;
        into[0] = 0;
        return 1;
    }
    if ((size_t)count > there) return 0;
    memcpy(into, reading->bytes + reading->position, (size_t)count);
    reading->position += (size_t)count;
    if (reading->position == reading->start.screen_byte_count) reading->position = reading->start.frame_offset;
    return count;
}

static embed_image_status status_of(int error) {
    switch (error) {
        case D_GIF_ERR_READ_FAILED:
        case D_GIF_ERR_EOF_TOO_SOON: return EMBED_IMAGE_TRUNCATED;
        case D_GIF_ERR_NOT_ENOUGH_MEM: return EMBED_IMAGE_TOO_MUCH_MEMORY;
        default: return EMBED_IMAGE_DAMAGED;
    }
}

/// The frame's palette or the screen's; without either, shades of grey.
static embed_palette palette_of(const GifFileType *gif) {
    embed_palette palette = {0};
    const ColorMapObject *map = gif->Image.ColorMap != NULL ? gif->Image.ColorMap : gif->SColorMap;
    for (int index = 0; index < 256; ++index) {
        uint8_t *color = palette.colors[index];
        if (map == NULL) {
            color[0] = color[1] = color[2] = (uint8_t)index;
        } else if (index < map->ColorCount) {
            color[0] = map->Colors[index].Red;
            color[1] = map->Colors[index].Green;
            color[2] = map->Colors[index].Blue;
        }
    }
    return palette;
}

static void fill(embed_image_target target, const uint8_t *color) {
    for (size_t pixel = 0; pixel < target.width * target.height; ++pixel) memcpy(target.pixels + 3 * pixel, color, 3);
}

static embed_image_status decode(GifFileType *gif, embed_gif_start start, embed_image_target target) {
    GifRecordType record;
    if (DGifGetRecordType(gif, &record) != GIF_OK) return status_of(gif->Error);
    if (record != IMAGE_DESC_RECORD_TYPE) return EMBED_IMAGE_DAMAGED;
    if (DGifGetImageDesc(gif) != GIF_OK) return status_of(gif->Error);
    const GifImageDesc *frame = &gif->Image;
    if (frame->Left < 0 || frame->Top < 0 || frame->Width <= 0 || frame->Height <= 0) return EMBED_IMAGE_DAMAGED;
    size_t left = (size_t)frame->Left, top = (size_t)frame->Top;
    size_t width = (size_t)frame->Width, height = (size_t)frame->Height;
    if (left + width > target.width || top + height > target.height) return EMBED_IMAGE_OTHER_SIZE;
    embed_palette palette = palette_of(gif);
    if (width != target.width || height != target.height) fill(target, palette.colors[start.fill]);
    static const size_t firsts[] = {0, 4, 2, 1}, steps[] = {8, 8, 4, 2};
    size_t passes = frame->Interlace ? 4 : 1;
    for (size_t pass = 0; pass < passes; ++pass) {
        size_t step = frame->Interlace ? steps[pass] : 1;
        for (size_t y = frame->Interlace ? firsts[pass] : 0; y < height; y += step) {
            uint8_t *row = target.pixels + 3 * ((top + y) * target.width + left);
            if (DGifGetLine(gif, row, (int)width) != GIF_OK) return status_of(gif->Error);
            embed_expand_indices(row, width, &palette);
        }
    }
    return EMBED_IMAGE_READ;
}

embed_image_status embed_decode_gif(
    const uint8_t *bytes, size_t byte_count, embed_gif_start start, embed_image_target target) {
    if (start.screen_byte_count > start.frame_offset || start.frame_offset >= byte_count)
        return EMBED_IMAGE_TRUNCATED;
    gif_reading reading = {.bytes = bytes, .byte_count = byte_count, .start = start};
    int error = 0;
    GifFileType *gif = DGifOpen(&reading, read_bytes, &error);
    if (gif == NULL) return status_of(error);
    embed_image_status status = decode(gif, start, target);
    DGifCloseFile(gif, &error);
    return status;
}
