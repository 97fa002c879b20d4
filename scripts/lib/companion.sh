# Builds the companion (client/). Sourced by bash after packages.sh and go.sh; GO has been found.

# Where people play.
COMPANION_PLATFORMS='linux/amd64 linux/arm64 windows/amd64 windows/arm64 darwin/amd64 darwin/arm64'
# One of each system: what the tests compile.
COMPANION_TESTED='linux/amd64 windows/amd64 darwin/arm64'
# The tests leave it away, so that Go compiles each package once: to look at it, to link it and to test it.
COMPANION_FLAGS=-trimpath
export CGO_ENABLED=0

# build_companion PLATFORM OUTPUT: one static program; what is in its repository alone decides what comes out.
build_companion() {
  # shellcheck disable=SC2086
  (cd "$ROOT/client" && GOOS=${1%/*} GOARCH=${1#*/} "$GO" build $COMPANION_FLAGS \
    -ldflags "-s -w -X main.version=$(companion_version)" -o "$2" ./cmd/netherlink-companion)
}

# vet_companion PLATFORM
vet_companion() { (cd "$ROOT/client" && GOOS=${1%/*} GOARCH=${1#*/} "$GO" vet ./...); }

# build_companion_for_tests: for this machine, into build/netherlink-companion.
build_companion_for_tests() {
  need_go
  mkdir -p build
  say "building the companion"
  COMPANION_FLAGS='' logged "$CACHE/companion.log" build_companion "linux/$("$GO" env GOARCH)" "$ROOT/build/netherlink-companion" || {
    tail -n 20 "$CACHE/companion.log" >&2
    fail "building the companion" "The Go module proxy has to be reachable; the whole output is in $CACHE/companion.log."
  }
}

companion_version() { sed -n 's/^project(.*VERSION \([0-9.]*\).*/\1/p' "$ROOT/CMakeLists.txt" | head -n 1 | grep . || echo dev; }
