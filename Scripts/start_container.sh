#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the container image with a model in it and starts the server; asks nothing.
#
#   Scripts/start_container.sh                     sentence-transformers/all-MiniLM-L6-v2 on http://127.0.0.1:8000
#   Scripts/start_container.sh all-mpnet-base-v2   another model
#
# Environment: PORT (8000), BIND (127.0.0.1), DOCKER (docker; podman works too), DOCKER_IMAGE_NAME, DOCKER_TAG,
# MEMORY_LIMIT (4g), MEMORY_RESERVATION (2g). Settings of the server: .env, when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '==> %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

[ "$#" -le 1 ] || fail "one model at most; for example: Scripts/start_container.sh all-mpnet-base-v2"
model=${1:-sentence-transformers/all-MiniLM-L6-v2}
docker=${DOCKER:-docker}
port=${PORT:-8000}
bind=${BIND:-127.0.0.1}
name=embeddings-generator
image=${DOCKER_IMAGE_NAME:-embedder}:${DOCKER_TAG:-latest}
# Seconds until the server should be healthy.
start_seconds=120

command -v "$docker" >/dev/null || fail "there is no $docker; without containers:  make serve"

say "building $image with $model"
"$docker" build --tag "$image" --build-arg "EMBEDDING_MODEL=$model" --build-arg TOKENIZER_MODEL= .

options=(
    --detach --name "$name" --restart unless-stopped --init
    --publish "$bind:$port:8080"
    --memory "${MEMORY_LIMIT:-4g}" --memory-reservation "${MEMORY_RESERVATION:-2g}"
    --read-only --cap-drop ALL --security-opt no-new-privileges --stop-timeout 35
    --volume embedder-cache:/data
)
if [ -e .env ]; then options+=(--env-file .env); fi
# What the container is, whatever .env says of the port outside and of other models.
options+=(--env EMBEDDER_HOST=0.0.0.0 --env EMBEDDER_PORT=8080 --env "EMBEDDING_MODEL=$model")

"$docker" rm --force "$name" >/dev/null 2>&1 || true
"$docker" run "${options[@]}" "$image" >/dev/null

say "waiting until it is healthy"
deadline=$((SECONDS + start_seconds))
until "$docker" exec "$name" /usr/local/bin/embedder health --timeout 1 >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
        "$docker" logs --tail 20 "$name" >&2 || true
        fail "not healthy after $start_seconds s; the end of its log is above"
    fi
    sleep 1
done
say "ready: http://$bind:$port/docs; stop it with:  $docker stop $name"
