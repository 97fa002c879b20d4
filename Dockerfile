# syntax=docker/dockerfile:1
# The server in a small image of its own: built on Debian, run without root and with a read-only root file system.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY scripts scripts
COPY cmake cmake
# The packages before the sources: they are downloaded again only when their list changes.
RUN bash -euc '. scripts/lib/common.sh; . scripts/lib/packages.sh; install_packages build web' \
 && rm -rf /var/lib/apt/lists/*
COPY . .
RUN ./scripts/build release && strip -o /netherlink build/release/netherlink \
 && ldd /netherlink | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u | xargs -I{} dpkg-query -S '*{}' 2>/dev/null \
    | sed 's/:.*//' | sort -u >/packages

FROM debian:bookworm-slim
COPY --from=build /packages /tmp/packages
RUN apt-get update && xargs apt-get install -y --no-install-recommends curl </tmp/packages \
 && rm -rf /var/lib/apt/lists/* /tmp/packages \
 && useradd --system --uid 10001 --home-dir /var/lib/netherlink --create-home --shell /usr/sbin/nologin netherlink
COPY --from=build /netherlink /usr/local/bin/netherlink
COPY deploy/entrypoint /usr/local/bin/netherlink-entrypoint
USER netherlink
WORKDIR /var/lib/netherlink
VOLUME /var/lib/netherlink
EXPOSE 8080
ENV NETHERLINK_HTTP_ADDRESS=0.0.0.0 NETHERLINK_HTTP_PORT=8080 NETHERLINK_LOG_FORMAT=json
# Alive is enough: a replica that waits for its database must not be restarted for that.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=6 \
  CMD curl -fsS http://127.0.0.1:8080/readyz >/dev/null || exit 1
STOPSIGNAL SIGTERM
ENTRYPOINT ["netherlink-entrypoint"]
CMD ["serve"]
