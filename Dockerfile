# All executables of Driveline in one image; the command says which of them a container runs.
#
#     docker build --tag driveline .

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libhiredis-dev libmimalloc-dev libpq-dev libprotobuf-c-dev \
        libxml2-dev pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# The command-line tool is in the image for its health checks, and to create brands and keys from within.
RUN set -e; mkdir /executables; for product in \
        catalog \
        channel \
        driveline \
        gateway \
        identity \
        inventory \
        order \
        pricing \
    ; do \
        swift build --configuration release --static-swift-stdlib --product "$product"; \
        cp "$(swift build --configuration release --show-bin-path)/$product" /executables/; \
    done

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libhiredis0.14 libmimalloc2.0 libpq5 \
        libprotobuf-c1 libxml2 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin driveline \
    # A new volume that is mounted here takes its owner and rights from it.
    && install --directory --owner=10001 --group=10001 --mode=0750 /var/lib/driveline/feeds
COPY --from=build /executables/ /usr/local/bin/
USER 10001:10001
# Calls, HTTP requests, and probes with metrics.
EXPOSE 7000 8080 9090
STOPSIGNAL SIGTERM
CMD ["driveline", "--help"]
