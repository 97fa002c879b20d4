# The test groups: their names, what each needs built and installed, and the command that runs it. Sourced by bash.

# What has threads of its own runs under ThreadSanitizer too.
TSAN_GROUPS='unit_core unit_bus unit_cache unit_im unit_gateway contract_bus contract_cache contract_chat'

GROUPS_WANTED=()

# sources_in FOLDER: it holds a test.
sources_in() { [ -n "$(find "$1" -name '*.cpp' -print -quit 2>/dev/null)" ]; }

all_groups() {
  local path name kind
  for path in scripts/checks/*; do
    case $path in *.txt) ;; *) echo "checks_${path##*/}" ;; esac
  done
  for kind in unit contract; do
    for path in tests/"$kind"/*/; do
      name=$(basename "$path")
      if sources_in "$path"; then echo "${kind}_$name"; fi
    done
  done
  if sources_in tests/integration; then printf '%s\n' integration integration_protobuf integration_replicas; fi
  if sources_in tests/model; then echo model; fi
  if sources_in tests/vpn; then echo integration_vpn; fi
  if sources_in tests/cluster; then echo cluster; fi
  printf '%s\n' bench schema
  printf '%s\n' encryption web_unit web_e2e
  echo client
  for kind in unit contract; do
    for path in tests/"$kind"/*/; do
      name=$(basename "$path")
      if sources_in "$path"; then echo "asan_${kind}_$name"; fi
    done
  done
  for name in $TSAN_GROUPS; do
    if sources_in "tests/${name/_//}"; then echo "tsan_$name"; fi
  done
  for path in tests/fuzz/*.cpp; do
    if [ -f "$path" ]; then echo "fuzz_$(basename "$path" .cpp)"; fi
  done
}

# select_groups [PATTERN...]: those whose name begins with one of the patterns; all without.
select_groups() {
  local name pattern
  while read -r name; do
    if [ $# -eq 0 ]; then GROUPS_WANTED+=("$name"); fi
    for pattern in "$@"; do
      # shellcheck disable=SC2254
      case $name in $pattern*) GROUPS_WANTED+=("$name") && break ;; esac
    done
  done < <(all_groups)
}

# preset_of GROUP: the build folder it runs from, or nothing.
preset_of() {
  case $1 in
  checks_config-reference | unit_* | contract_* | integration* | cluster | model | bench | schema | encryption | web_* | client) echo release ;;
  asan_*) echo asan ;;
  tsan_*) echo tsan ;;
  fuzz_*) echo fuzz ;;
  esac
}

# targets_of GROUP: what has to be built for it.
targets_of() {
  case $1 in
  checks_config-reference | encryption | schema | web_* | client) echo netherlink ;;
  integration_vpn) echo netherlink integration_vpn ;;
  integration*) echo netherlink integration ;;
  cluster | model) echo netherlink "$1" ;;
  bench) echo netherlink netherlink-bench ;;
  asan_*) echo "${1#asan_}" ;;
  tsan_*) echo "${1#tsan_}" ;;
  unit_* | contract_* | fuzz_*) echo "$1" ;;
  esac
}

# packages_of_groups: the package groups that GROUPS_WANTED need, one a line.
packages_of_groups() {
  local name
  for name in "${GROUPS_WANTED[@]}"; do
    case $name in
    checks_tidy) printf '%s\n' build check ;;
    checks_config-reference) echo build ;;
    checks_web) echo web ;;
    encryption) printf '%s\n' build web encryption ;;
    web_unit) printf '%s\n' build web ;;
    web_e2e) printf '%s\n' build web browser mail ;;
    checks_*) echo check ;;
    schema) printf '%s\n' build web schema ;;
    client) printf '%s\n' build web client ;;
    integration | integration_protobuf | integration_replicas | cluster) printf '%s\n' build test web mail ;;
    fuzz_*) printf '%s\n' build fuzz ;;
    *) printf '%s\n' build test web ;;
    esac
  done | sort -u
}

# Seconds after which a group is taken for hung.
limit_of() {
  case $1 in
  integration* | cluster | schema) echo 900 ;;
  checks_tidy) echo 3600 ;;
  client) echo 2400 ;;
  web_e2e) echo 1500 ;;
  web_unit) echo 600 ;;
  asan_* | tsan_*) echo 600 ;;
  *) echo 300 ;;
  esac
}
