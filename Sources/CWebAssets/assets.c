// SPDX-License-Identifier: Apache-2.0

#include "CWebAssets.h"

// #embed is of C23; clang takes it in every C and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char openapi[] = {
#embed "openapi.json"
};

static const unsigned char page[] = {
#embed "docs.html"
};

static const unsigned char style[] = {
#embed "docs.css"
};

static const unsigned char script[] = {
#embed "docs.js"
};

embed_web_asset embed_web_asset_openapi(void) { return (embed_web_asset){openapi, sizeof openapi}; }
embed_web_asset embed_web_asset_page(void) { return (embed_web_asset){page, sizeof page}; }
embed_web_asset embed_web_asset_style(void) { return (embed_web_asset){style, sizeof style}; }
embed_web_asset embed_web_asset_script(void) { return (embed_web_asset){script, sizeof script}; }
