#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the container image with a model in it and starts the server; asks nothing.
#
#   Scripts/start_container.sh                     sentence-transformers/all-MiniLM-L6-v2 on http://127.0.0.1:8000
#   Scripts/start_container.sh all-mpnet-base-v2   another model
#
# Environment, or .env: EMBEDDINGS_PORT or PORT (8000), EMBEDDER_BIND (127.0.0.1), MEMORY_LIMIT (4g), MEMORY_RESERVATION
# (2g), MODEL_FILES (model_files), HF_TOKEN for private models. Environment: DOCKER (docker; podman works too),
# DOCKER_IMAGE_NAME, DOCKER_TAG. Other lines of .env are settings of the server; a backslash in quotes is one of the value.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '==> %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

[ "$#" -le 1 ] || fail "one model at most; for example: Scripts/start_container.sh all-mpnet-base-v2"
model=${1:-sentence-transformers/all-MiniLM-L6-v2}
case "$model" in -*) fail "no model: $model; for example: Scripts/start_container.sh all-mpnet-base-v2" ;; esac

# Docker takes the lines of such a file as they are: "export" and quotes would be part of names and values. Keys are in
# it.
env_file=$(umask 077 && mktemp)
trap 'rm -f "$env_file"' EXIT
if [ -e .env ]; then
    sed -nE -e 's/\r$//' -e 't name' -e ': name' \
        -e 's/^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*=/\2=/' -e 'T' \
        -e "s/^([^=]*)=[[:space:]]*'([^']*)'[[:space:]]*(#.*)?$/\1=\2/" -e 't print' \
        -e 's/^([^=]*)=[[:space:]]*"(([^"\\]|\\.)*)"[[:space:]]*(#.*)?$/\1=\2/' -e 't print' \
        -e 's/[[:space:]]+#.*$//' -e 's/=[[:space:]]+/=/' -e 's/[[:space:]]+$//' -e ': print' -e 'p' .env >"$env_file"
fi

# setting NAME DEFAULT: of the environment, else of .env; nothing counts as not set.
setting() {
    local value=${!1:-}
    [ -n "$value" ] || value=$(sed -n "s/^$1=//p" "$env_file" | tail -n 1)
    printf '%s' "${value:-$2}"
}

docker=${DOCKER:-docker}
port=${EMBEDDINGS_PORT:-${PORT:-$(setting EMBEDDINGS_PORT "$(setting PORT 8000)")}}
bind=$(setting EMBEDDER_BIND 127.0.0.1)
HF_TOKEN=$(setting HF_TOKEN '')
name=embeddings-generator
image=${DOCKER_IMAGE_NAME:-embedder}:${DOCKER_TAG:-latest}
# Seconds until the server should be healthy.
start_seconds=120

command -v "$docker" >/dev/null || fail "there is no $docker; without containers:  make serve"

say "building $image with $model"
build=(--tag "$image" --build-arg "EMBEDDING_MODEL=$model" --build-arg TOKENIZER_MODEL=)
if [ -n "$HF_TOKEN" ]; then
    export HF_TOKEN
    build+=(--secret "id=HF_TOKEN,env=HF_TOKEN")
fi
"$docker" build "${build[@]}" .

options=(
    --detach --name "$name" --restart unless-stopped --init
    --publish "$bind:$port:8080"
    --memory "$(setting MEMORY_LIMIT 4g)" --memory-reservation "$(setting MEMORY_RESERVATION 2g)"
    --read-only --cap-drop ALL --security-opt no-new-privileges --stop-timeout 35
    --volume embedder-cache:/data --env-file "$env_file"
    # What the container is, whatever .env says of the port outside and of other models.
    --env EMBEDDER_HOST=0.0.0.0 --env EMBEDDER_PORT=8080 --env "EMBEDDING_MODEL=$model"
)
# Models of your own: MODEL_PATH=/app/model_files in .env.
models=$(setting MODEL_FILES model_files)
if [ -d "$models" ]; then options+=(--volume "$(realpath "$models"):/app/model_files:ro"); fi

# The one before finishes what it has begun.
"$docker" stop "$name" >/dev/null 2>&1 || true
"$docker" rm --force "$name" >/dev/null 2>&1 || true
"$docker" run "${options[@]}" "$image" >/dev/null

say "waiting until it is healthy"
deadline=$((SECONDS + start_seconds))
until "$docker" exec "$name" /usr/local/bin/embedder health --timeout 1 >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
        "$docker" logs --tail 20 "$name" >&2 || true
        fail "not healthy after $start_seconds s; its log's end is above; remove it with:  $docker rm --force $name"
    fi
    sleep 1
done
say "ready: http://$bind:$port/docs; stop it with:  $docker stop $name"
