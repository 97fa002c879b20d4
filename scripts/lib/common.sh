# Shared by the scripts: messages, the cache folder, becoming root for apt, building a preset. Sourced by bash.
set -Eeuo pipefail
trap 'printf "FAILED: %s line %s: %s\n" "${BASH_SOURCE[0]}" "$LINENO" "$BASH_COMMAND" >&2' ERR

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cd "$ROOT"

# Everything expensive to obtain outlives the clone here, each thing under its version.
export XDG_CACHE_HOME="${XDG_CACHE_HOME:-$HOME/.cache}"
CACHE="$XDG_CACHE_HOME/netherlink"
export CCACHE_DIR="$CACHE/ccache"
export CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-4G}"
mkdir -p "$CCACHE_DIR"

JOBS="${JOBS:-$(nproc)}"

say() { printf '== %s\n' "$*"; }

# fail WHAT [WHAT TO DO]
fail() {
  printf '\nFAILED: %s\n' "$1" >&2
  if [ $# -gt 1 ]; then printf '        %s\n' "${@:2}" >&2; fi
  exit 1
}

# logged LOG COMMAND...: its output goes to LOG; a line every 20 seconds shows that it lives.
logged() {
  local log=$1 ticker status=0
  shift
  (
    trap 'kill $! 2>/dev/null; exit' TERM
    while sleep 20 & wait $!; do printf '.. %s\n' "$(tail -n 1 "$log" | cut -c 1-100)"; done
  ) &
  ticker=$!
  "$@" >"$log" 2>&1 || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  return $status
}

# configure PRESET [cmake options]: only when there is no build folder yet or an option differs from what it has;
# ninja runs cmake again by itself when a CMake file changes.
configure() {
  local preset=$1 option name value folder="$ROOT/build/$1" log
  shift
  if [ -f "$folder/build.ninja" ]; then
    for option in "$@"; do
      name=${option#-D} value=${option#*=} name=${name%%=*} name=${name%%:*}
      grep -qx "$name:[A-Z]*=$value" "$folder/CMakeCache.txt" || break
      option=
    done
    if [ -z "${option-}" ]; then return 0; fi
  fi
  log=$(mktemp)
  if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "cmake could not configure build/$preset" "If the folder comes from another machine or compiler, remove it and try again: rm -rf build/$preset"
  fi
  rm -f "$log"
}

# build PRESET TARGET...
build() {
  local preset=$1
  shift
  ninja -C "build/$preset" -j "$JOBS" "$@" ||
    fail "building $* (preset $preset)" "The first error above is the cause. To try again alone: ninja -C build/$preset $*"
}
