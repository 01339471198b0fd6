# The API's image: Node, the service and its production dependencies, nothing else. docs/handbook/image.md explains it.

# The release of Node that package.json locks; a test compares them. A digest pins the image itself:
# --build-arg BASE=node:24.21.0-bookworm-slim@sha256:...
ARG BASE=node:24.21.0-bookworm-slim

FROM ${BASE} AS build
WORKDIR /image/app
COPY package.json package-lock.json ./
COPY service/package.json service/
# A company's registry, its token and its certificates come as secrets, which no layer keeps.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=secret,id=ca \
    npm ci --workspace service --omit=dev --ignore-scripts --no-audit --no-fund
# What never runs goes. Node refuses TypeScript below node_modules, so every .ts file there is for a compiler.
# TypeScript itself comes with Qdrant's client, which names it as a peer for its types.
RUN rm -r node_modules/typescript node_modules/@ballast node_modules/.package-lock.json package.json package-lock.json \
    && find . -depth -type d \( -name test -o -name tests -o -name benchmark -o -name benchmarks -o -name example \
      -o -name examples -o -name .github -o -name .bin \) -exec rm -r {} + \
    && find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name test.js \
      -o -name 'test-*.js' -o -name '*.test.js' -o -name '*.spec.js' -o -name '*.md' ! -iname 'licen[cs]e*' \) -delete \
    && find . -type d -empty -delete
COPY service service
# Modes and times of a checkout differ from one machine to the next; the same commit shall give the same layers.
ARG SOURCE_DATE_EPOCH=0
RUN mkdir -p /image/data \
    && chown 10001:10001 /image/data \
    && chmod -R u=rwX,go=rX /image \
    && chmod 1777 /image/data \
    && find /image -exec touch --no-dereference --date "@${SOURCE_DATE_EPOCH}" {} +

FROM ${BASE}
COPY --from=build /image/ /

ARG SOURCE
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="Ballast API" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    DATA_DIR=/data
WORKDIR /app/service
# A number, so that Kubernetes can see that it is not root; above those that people on the host have.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=5s --retries=3 CMD ["node", "health-check.ts"]
# Node is the first process and gets SIGTERM itself: no shell between.
ENTRYPOINT ["node", "--no-warnings", "server.ts"]
