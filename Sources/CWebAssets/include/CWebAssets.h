// SPDX-License-Identifier: Apache-2.0

/// The files of the documentation pages, inside the program: nothing is read from a disk or a network when they are
/// served.

#ifndef CWEBASSETS_H
#define CWEBASSETS_H

#include <stddef.h>

/// A file as it was when the program was built.
typedef struct embed_web_asset {
    const unsigned char *bytes;
    size_t byteCount;
} embed_web_asset;

/// The OpenAPI document; `{{title}}` and `{{version}}` stand for what the server knows.
embed_web_asset embed_web_asset_openapi(void);
/// The page around style and script; also with `{{mode}}`, `{{style}}` and `{{script}}`.
embed_web_asset embed_web_asset_page(void);
embed_web_asset embed_web_asset_style(void);
embed_web_asset embed_web_asset_script(void);

#endif
