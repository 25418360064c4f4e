# syntax=docker/dockerfile:1
# SPDX-License-Identifier: Apache-2.0
#
# The program and one model; nothing is downloaded at run time.
#
#   docker build -t embedder .
#   docker build -t embedder --build-arg EMBEDDING_MODEL=all-mpnet-base-v2 .
#   docker build -t embedder:bare --build-arg EMBEDDING_MODEL= --build-arg HF_HUB_OFFLINE=0 .    # no model
#   docker build -t embedder --secret id=HF_TOKEN,env=HF_TOKEN --build-arg EMBEDDING_MODEL=org/private .

# --- The program -----------------------------------------------------------------------------------------------------

FROM swift:6.3.1-bookworm AS build
WORKDIR /source
COPY Scripts/bootstrap Scripts/
RUN Scripts/bootstrap packages
# A layer of its own: the dependencies change less often than the sources.
COPY Package.swift Package.resolved* ./
RUN swift package resolve
COPY . .
RUN swift build -c release --static-swift-stdlib --product embedder && Scripts/image-files /image

# --- The model -------------------------------------------------------------------------------------------------------

FROM build AS model
ARG EMBEDDING_MODEL=multi-qa-MiniLM-L6-cos-v1
# The Hub, or a mirror of it.
ARG HF_ENDPOINT=https://huggingface.co
RUN --mount=type=secret,id=HF_TOKEN,env=HF_TOKEN \
    if [ -n "$EMBEDDING_MODEL" ]; then \
        HF_HUB_CACHE=/image/models HF_ENDPOINT="$HF_ENDPOINT" /image/usr/local/bin/embedder pull "$EMBEDDING_MODEL"; \
    fi

# --- The image -------------------------------------------------------------------------------------------------------

FROM gcr.io/distroless/cc-debian12:nonroot
ARG EMBEDDING_MODEL=multi-qa-MiniLM-L6-cos-v1
# Accepted for builds that name it; may be empty. A model's own files say how its texts are tokenized.
# hadolint ignore=DL3064  # A name of a model, no secret.
ARG TOKENIZER_MODEL=sentence-transformers/multi-qa-MiniLM-L6-cos-v1
# 0 lets the program download into /data.
ARG HF_HUB_OFFLINE=1
ARG VERSION=
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="Embedder" \
    org.opencontainers.image.description="An embedding server: text in, vectors out" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.base.name="gcr.io/distroless/cc-debian12:nonroot" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.source="${SOURCE}" \
    embedder.model="${EMBEDDING_MODEL}" \
    embedder.tokenizer="${TOKENIZER_MODEL}"
COPY --from=build /image/usr /usr
COPY --from=build /image/etc /etc
COPY --from=build --chown=65532:65532 /image/data /data
COPY --from=model /image/models /models
# Of each setting the name that counts least, so that every other name of it can be set without unsetting this one. A
# container is reached from outside: the program's own default, 127.0.0.1, would answer nobody.
ENV HOST=0.0.0.0 \
    SENTENCE_TRANSFORMERS_HOME=/models \
    HF_HOME=/data \
    HF_HUB_OFFLINE=${HF_HUB_OFFLINE} \
    EMBEDDING_MODEL=${EMBEDDING_MODEL}
USER 65532:65532
WORKDIR /
# The default; PORT and EMBEDDINGS_PORT set another, which the health check follows.
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=2s --start-period=60s --retries=3 \
    CMD ["/usr/local/bin/embedder", "health", "--timeout", "1"]
ENTRYPOINT ["/usr/local/bin/embedder", "serve"]
