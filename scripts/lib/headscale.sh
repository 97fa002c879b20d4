# A Headscale of the tests' own, built from the version that tests/headscale/ pins, and devices for it. Sourced by bash
# after go.sh.
HEADSCALE_VERSION=0.29.2

# build_headscale: into $CACHE/headscale-<version>/headscale, once.
build_headscale() {
  local folder="$CACHE/headscale-$HEADSCALE_VERSION" new
  if [ -x "$folder/headscale" ]; then return 0; fi
  need_go
  say "building Headscale $HEADSCALE_VERSION (some minutes, once)"
  mkdir -p "$folder"
  new=$(mktemp "$folder/new.XXXXXX")
  (cd tests/headscale && logged "$CACHE/headscale.log" env CGO_ENABLED=0 GOFLAGS=-mod=readonly "$GO" build -trimpath \
    -ldflags '-s -w' -o "$new" github.com/juanfont/headscale/cmd/headscale) || {
    rm -f "$new"
    tail -n 20 "$CACHE/headscale.log" >&2
    fail "building Headscale" "The Go module proxy has to be reachable; the whole output is in $CACHE/headscale.log."
  }
  chmod 755 "$new"
  # Another checkout may have been quicker.
  mv -f "$new" "$folder/headscale"
}

# build_lan_node: the device of the tests (tests/headscale/node/), into build/lan-node.
build_lan_node() {
  need_go
  mkdir -p build
  say "building a device for the virtual LAN"
  (cd tests/headscale/node && logged "$CACHE/lan-node.log" env CGO_ENABLED=0 GOFLAGS=-mod=readonly "$GO" build \
    -o "$ROOT/build/lan-node" .) || {
    tail -n 20 "$CACHE/lan-node.log" >&2
    fail "building tests/headscale/node" "The Go module proxy has to be reachable; the whole output is in $CACHE/lan-node.log."
  }
}
