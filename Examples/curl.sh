#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# One request in each of the five forms that the server answers on its one port.
#
#   Examples/curl.sh
#   EMBEDDER_URL=http://127.0.0.1:9000 EMBEDDER_API_KEY=secret Examples/curl.sh
set -euo pipefail

url=${EMBEDDER_URL:-http://127.0.0.1:8080}
options=(--silent --show-error --fail-with-body -H 'Content-Type: application/json')
if [ -n "${EMBEDDER_API_KEY:-}" ]; then options+=(-H "Authorization: Bearer $EMBEDDER_API_KEY"); fi

# Shows the beginning and the end of an answer.
try() {
    local title=$1 answer
    shift
    answer=$(curl "${options[@]}" "$@")
    if [ "${#answer}" -gt 160 ]; then answer="${answer:0:70} … ${answer: -80}"; fi
    printf '%s\n  %s\n' "$title" "$answer"
}

try "OpenAI: a list of texts" "$url/v1/embeddings" \
    -d '{"model": "sentence-transformers/all-MiniLM-L6-v2", "input": ["Hello world", "Bonjour"]}'
try "OpenAI: base64, cut to 64 numbers" "$url/v1/embeddings" \
    -d '{"model": "all-MiniLM-L6-v2", "input": "Hello world", "encoding_format": "base64", "dimensions": 64}'
try "Vector Embedder: one text, however long" "$url/embeddings" -d '{"text": "Hello world"}'
try "Vector Embedder: a batch" "$url/embeddings/batch" -d '{"texts": ["Hello world", "Bonjour"]}'
try "Simple model service: a bare array" "$url/embed" -d '{"text": "Hello world"}'
try "Embeddings Generator: texts" "$url/embeddings" -d '{"texts": ["Hello world", "Bonjour"], "normalize": true}'
try "Tokens" "$url/tokenize" -d '{"inputs": "Hello world"}'
try "Similarity" "$url/similarity" \
    -d '{"inputs": {"source_sentence": "iPhone", "sentences": ["popular smartphone", "Roku"]}}'
try "Models" "$url/v1/models"
