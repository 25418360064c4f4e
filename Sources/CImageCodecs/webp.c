// SPDX-License-Identifier: Apache-2.0

// WebP by libwebp. Not by its WebPAnimDecoder, which Pillow uses and which keeps two canvases of four bytes a pixel: of
// the first frame it does no more than this.

#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "CImageCodecs.h"
#include "webp_memory.h"

static embed_image_status status_of(VP8StatusCode code) {
    switch (code) {
        case VP8_STATUS_OK: return EMBED_IMAGE_READ;
        case VP8_STATUS_OUT_OF_MEMORY: return EMBED_IMAGE_TOO_MUCH_MEMORY;
        case VP8_STATUS_UNSUPPORTED_FEATURE: return EMBED_IMAGE_UNSUPPORTED;
        case VP8_STATUS_SUSPENDED:
        case VP8_STATUS_NOT_ENOUGH_DATA: return EMBED_IMAGE_TRUNCATED;
        case VP8_STATUS_INVALID_PARAM:
        case VP8_STATUS_BITSTREAM_ERROR:
        case VP8_STATUS_USER_ABORT: break;
    }
    return EMBED_IMAGE_DAMAGED;
}

static embed_image_status decode_frame(const WebPIterator *frame, embed_image_target target) {
    if (!frame->complete) return EMBED_IMAGE_TRUNCATED;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return EMBED_IMAGE_UNSUPPORTED;
    const WebPData *data = &frame->fragment;
    VP8StatusCode code = WebPGetFeatures(data->bytes, data->size, &config.input);
    if (code != VP8_STATUS_OK) return status_of(code);
    size_t x = (size_t)frame->x_offset, y = (size_t)frame->y_offset;
    size_t width = (size_t)frame->width, height = (size_t)frame->height;
    if (frame->x_offset < 0 || frame->y_offset < 0 || config.input.width != frame->width ||
        config.input.height != frame->height || width == 0 || height == 0 || x > target.width ||
        width > target.width - x || y > target.height || height > target.height - y)
        return EMBED_IMAGE_OTHER_SIZE;
    size_t stride = 3 * target.width, all = stride * target.height, start = y * stride + 3 * x;
    if (width != target.width || height != target.height) memset(target.pixels, 0, all);
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = target.pixels + start;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size = all - start;
    code = WebPDecode(data->bytes, data->size, &config);
    WebPFreeDecBuffer(&config.output);
    return status_of(code);
}

embed_image_status embed_decode_webp(const uint8_t *bytes, size_t byte_count, embed_image_target target) {
    size_t pixel_bytes = 3 * target.width * target.height;
    if (pixel_bytes >= target.max_memory) return EMBED_IMAGE_TOO_MUCH_MEMORY;
    embed_webp_allow(target.max_memory - pixel_bytes);
    WebPData data = {.bytes = bytes, .size = byte_count};
    WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
    // Whole files only: Pillow's way in refuses others as well.
    WebPDemuxer *demuxer = WebPDemuxPartial(&data, &state);
    if (demuxer == NULL) return state == WEBP_DEMUX_PARSE_ERROR ? EMBED_IMAGE_DAMAGED : EMBED_IMAGE_TRUNCATED;
    embed_image_status status = EMBED_IMAGE_DAMAGED;
    WebPIterator frame;
    if (state != WEBP_DEMUX_DONE) {
        status = EMBED_IMAGE_TRUNCATED;
    } else if (
        WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH) != target.width ||
        WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT) != target.height) {
        status = EMBED_IMAGE_OTHER_SIZE;
    } else if (WebPDemuxGetFrame(demuxer, 1, &frame)) {
        status = decode_frame(&frame, target);
        WebPDemuxReleaseIterator(&frame);
    }
    WebPDemuxDelete(demuxer);
    if (status != EMBED_IMAGE_READ && embed_webp_was_refused()) return EMBED_IMAGE_TOO_MUCH_MEMORY;
    return status;
}

embed_image_chunk embed_find_webp_chunk(
    const uint8_t *bytes, size_t byte_count, const char *name, size_t max_memory) {
    embed_image_chunk found = {0};
    embed_webp_allow(max_memory);
    WebPData data = {.bytes = bytes, .size = byte_count};
    WebPDemuxer *demuxer = WebPDemux(&data);
    if (demuxer == NULL) return found;
    WebPChunkIterator chunk;
    if (WebPDemuxGetChunk(demuxer, name, 1, &chunk)) {
        found.offset = (size_t)(chunk.chunk.bytes - bytes);
        found.byte_count = chunk.chunk.size;
        WebPDemuxReleaseChunkIterator(&chunk);
    }
    WebPDemuxDelete(demuxer);
    return found;
}
