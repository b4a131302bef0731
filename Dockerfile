# SPDX-License-Identifier: MIT
#
# An image with wend and its modules for the servers, built from Debian's packages of the libraries and from
# wend's own packages of this checkout:
#
#   docker build -t wend .
#   docker run --rm -v "$PWD/migrations:/work/migrations:ro" -e DATABASE_URL wend up --wait 60
#
# It runs as the user 10001 and writes nothing outside of the database. docs/deploy.md has the rest.
ARG DEBIAN=bookworm

FROM debian:${DEBIAN}-slim AS build
WORKDIR /src
COPY . .
RUN script/package --output /packages

FROM debian:${DEBIAN}-slim
COPY --from=build /packages/wend*.deb /tmp/packages/
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates /tmp/packages/*.deb \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /tmp/packages \
    && useradd --uid 10001 --user-group --home-dir /work --create-home --shell /usr/sbin/nologin wend
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["wend"]
CMD ["help"]
