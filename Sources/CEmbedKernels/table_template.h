// SPDX-License-Identifier: Apache-2.0

/// The members of the table that every instruction set with the shared loops fills in the same way.

.panel_columns = PANEL_COLUMNS, .tile_rows = TILE_ROWS, .formats = formats,
.format_count = sizeof formats / sizeof formats[0], .attention = attention, .attention_scratch = attention_scratch,
.embedding_sum = embedding_sum, .layer_norm = layer_norm, .rms_norm = rms_norm, .rotate = rotate, .multiply = multiply,
.add_scaled = add_scaled, .maximum = maximum, .normalize = normalize,
