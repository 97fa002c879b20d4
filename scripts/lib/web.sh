# Builds the web client (web/) into web/dist, which becomes part of the binary. Sourced by bash after packages.sh.
#
# Node and npm build it; without them the server is built all the same, with a page in its place that says so. What was
# built is kept by the content of its sources, so that a fresh clone has it at once.

# hash_of FILE...: of their names and contents.
hash_of() { sha256sum "$@" | sha256sum | cut -c 1-32; }

web_sources() {
  find web/app web/sdk/src web/tools web/package.json web/package-lock.json web/tsconfig.json -type f | LC_ALL=C sort
}

# npm_ci FOLDER [options]: what the lockfile names, once for each lockfile.
npm_ci() {
  local folder=$1 stamp
  shift
  stamp="$(hash_of "$folder/package-lock.json") $*"
  if [ "$(cat "$folder/node_modules/.stamp" 2>/dev/null || true)" = "$stamp" ]; then return 0; fi
  # Everything for the tests also serves the build.
  if [ $# -gt 0 ] && [ "$(cat "$folder/node_modules/.stamp" 2>/dev/null || true)" = "${stamp%% *} " ]; then return 0; fi
  say "npm ci ($folder)"
  (cd "$folder" && logged "$CACHE/npm.log" npm ci --prefer-offline --no-audit --no-fund "$@") || {
    tail -n 20 "$CACHE/npm.log" >&2
    return 1
  }
  echo "$stamp" >"$folder/node_modules/.stamp"
}

# build_web: into web/dist, when its sources are not those of what is there.
build_web() {
  local stamp kept new
  if [ ! -f web/package.json ]; then return 0; fi
  # shellcheck disable=SC2046
  stamp=$(hash_of $(web_sources))
  if [ "$(cat web/dist/.stamp 2>/dev/null || true)" = "$stamp" ]; then return 0; fi
  kept="$CACHE/web/$stamp"
  if [ ! -f "$kept/index.html" ]; then
    if ! command -v npm >/dev/null; then
      say "no npm: the server is built without its web client"
      return 0
    fi
    if ! npm_ci web --omit=dev; then
      say "npm ci failed: the server is built without a new web client"
      return 0
    fi
    node web/tools/build.mjs || fail "building the web client" "cd web && node tools/build.mjs"
    mkdir -p "$CACHE/web"
    new=$(mktemp -d "$CACHE/web/new.XXXXXX")
    cp web/dist/* "$new/"
    echo "$stamp" >"$new/.stamp"
    # Another checkout may have been quicker.
    mv -T "$new" "$kept" 2>/dev/null || rm -rf "$new"
    # The ten newest are enough.
    find "$CACHE/web" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +11 | cut -d ' ' -f 2- | xargs -r rm -rf
  fi
  rm -rf web/dist
  mkdir -p web/dist
  cp "$kept"/* "$kept/.stamp" web/dist/
}
