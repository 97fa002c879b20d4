# Builds the presets one after the other in the background and runs each selected group as soon as its preset is there.
# Every command runs in a process group of its own under a time limit, so that nothing outlives the run. Sourced by bash.

LOGS="$ROOT/build/test-logs"
WORK=$(mktemp -d "${TMPDIR:-/tmp}/netherlink-test.XXXXXX")
mkdir -p "$WORK/pids" "$WORK/built" "$WORK/results" "$WORK/tmp" "$LOGS"
PASSED=0 FAILED=0 SKIPPED=0
FAILED_NAMES=()

# First asked, then forced: ninja passes the first on to its compilers, which are in process groups of their own.
end_everything() {
  local signal file pause
  for signal in TERM KILL; do
    pause=0
    for file in "$WORK"/pids/*; do
      if [ -f "$file" ] && kill -$signal -- "-$(cat "$file")" 2>/dev/null; then pause=1; fi
    done
    sleep $pause
  done
  jobs -p | xargs -r kill 2>/dev/null || true
  rm -rf "$WORK"
}
trap end_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# members_of GROUP: some process of that process group lives (one that is dead and not buried yet does not).
members_of() {
  { cat /proc/[0-9]*/stat 2>/dev/null || true; } |
    awk -v group="$1" '{ sub(/^.*\) /, ""); if ($3 == group && $1 != "Z") found = 1 } END { exit !found }'
}

# bounded NAME SECONDS COMMAND...: its own process group, killed with all its children at the limit (status 124 or 137)
# and swept at the end. Status 99 when it ended well but left processes behind; helpers that end by themselves when
# their input closes (llvm-symbolizer) get a moment.
bounded() {
  local name=$1 limit=$2 pid status=0
  shift 2
  timeout -k 10 "$limit" "$@" </dev/null &
  pid=$!
  echo "$pid" >"$WORK/pids/$name"
  wait "$pid" || status=$?
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    members_of "$pid" || break
    sleep 0.2
  done
  if members_of "$pid"; then
    kill -KILL -- "-$pid" 2>/dev/null || true
    echo "processes were left running, and have been killed"
    if [ $status -eq 0 ]; then status=99; fi
  fi
  rm -f "$WORK/pids/$name"
  return $status
}

# Address randomisation of some kernels leaves no room for the sanitizers' shadow memory.
without_randomisation() {
  if setarch -R true 2>/dev/null; then setarch -R "$@"; else "$@"; fi
}
export -f without_randomisation

# build_presets: in the background; leaves "ok" or "failed" in $WORK/built/<preset>.
build_presets() {
  local preset name targets options
  for preset in release fuzz asan tsan; do
    targets=$(for name in "${GROUPS_WANTED[@]}"; do
      if [ "$(preset_of "$name")" = $preset ]; then targets_of "$name"; fi
    done | tr ' ' '\n' | sort -u)
    options=-DNETHERLINK_BUILD_TESTS=ON
    if [ $preset = fuzz ]; then options=-DNETHERLINK_BUILD_TESTS=OFF; fi
    if [ -z "$targets" ]; then continue; fi
    # shellcheck disable=SC2086
    if (configure $preset $options) >"$LOGS/build_$preset.log" 2>&1 &&
      bounded "build_$preset" 3600 nice -n 5 ninja -C "build/$preset" -j "$JOBS" -k 0 $targets >>"$LOGS/build_$preset.log" 2>&1; then
      echo ok >"$WORK/built/$preset.new"
    else
      echo failed >"$WORK/built/$preset.new"
    fi
    mv "$WORK/built/$preset.new" "$WORK/built/$preset"
  done
}

# record NAME STATUS SECONDS PASSED FAILED SKIPPED, seen at once as a whole by the loop below.
record() {
  echo "$2 $3 $4 $5 $6" >"$WORK/tmp/$1.result"
  mv "$WORK/tmp/$1.result" "$WORK/results/$1"
}

# catch_totals LOG: "passed failed skipped" test cases as Catch2 (2 and 3) counts them in its last lines.
catch_totals() {
  awk '/^All tests passed \(/ { for (i = 1; i < NF; i++) if ($(i + 1) ~ /^test/ && $(i + 2) ~ /^case/) passed = $i }
       /^test cases: / { n = split($0, part, "|")
         for (i = 2; i <= n; i++) { split(part[i], word, " ")
           if (part[i] ~ /failed as expected/) passed += word[1]
           else if (part[i] ~ /passed/) passed += word[1]
           else if (part[i] ~ /failed/) failed += word[1]
           else if (part[i] ~ /skipped/) skipped += word[1] } }
       END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# What runs servers of its own wants the machine for itself: no build and no other group beside it.
runs_alone() {
  case $1 in *contract_bus | *contract_cache | integration_replicas | integration_vpn | cluster | client) ;; *) return 1 ;; esac
}

# may_begin NAME
may_begin() {
  if [ ${#RUNNING[@]} -eq 0 ]; then ! runs_alone "$1" || ! kill -0 "$BUILDER" 2>/dev/null; return; fi
  [ ${#RUNNING[@]} -lt 2 ] && ! runs_alone "$1" && ! runs_alone "${RUNNING[0]}"
}

# run_group NAME: in the background.
run_group() {
  local name=$1 limit log="$LOGS/$1.log" status=0 start=$SECONDS command totals passed=0 failed=0 skipped=0
  limit=$(limit_of "$name")
  mkdir -p "$WORK/tmp/$name"
  export TMPDIR="$WORK/tmp/$name"
  export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
  export UBSAN_OPTIONS=print_stacktrace=1
  export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:suppressions=$ROOT/tests/sanitizers/tsan.txt"
  command=()
  case $name in
  # Long, and nothing waits for it: behind what is built for the others.
  checks_tidy) command=(nice -n 10 bash -c '"$0" --self-test && "$0"' scripts/checks/tidy) ;;
  checks_*) command=(bash -c '"$0" --self-test && "$0"' "scripts/checks/${name#checks_}") ;;
  # What needs a deployment; the rest does not depend on what is behind it.
  integration_replicas)
    export NETHERLINK_TEST_PROFILE=replicas
    command=(build/release/tests/integration --durations yes 'accounts:*,changes:*,chat:*,ws:*')
    ;;
  # Everything over sockets once more, in the other encoding. What is about JSON itself says so by its tag.
  integration_protobuf)
    export NETHERLINK_TEST_ENCODING=protobuf
    command=(build/release/tests/integration --durations yes '~[json]')
    ;;
  unit_* | contract_* | integration | integration_vpn | cluster | model) command=("build/release/tests/$name" --durations yes) ;;
  asan_* | tsan_*) command=(bash -c 'without_randomisation "$0" "$@"' "build/${name%%_*}/tests/${name#*_}" --durations yes) ;;
  fuzz_*) command=(scripts/lib/fuzz-one "${name#fuzz_}" "${NETHERLINK_FUZZ_SECONDS:-10}") ;;
  bench) command=(scripts/lib/bench-smoke) ;;
  schema) command=(scripts/lib/schema-tests) ;;
  web_unit) command=(node web/tools/unit.mjs) ;;
  web_e2e) command=(node web/tools/e2e.mjs) ;;
  client) command=(scripts/lib/client-tests) ;;
  encryption) command=("$ENCRYPTION_PYTHON" -B tests/encryption/conversation.py build/release/netherlink) ;;
  esac
  bounded "$name" "$limit" "${command[@]}" >"$log" 2>&1 || status=$?
  case $name in
  checks_* | fuzz_* | bench | schema)
    case $status in
    0) passed=1 ;;
    77) skipped=1 ;;
    *) failed=1 ;;
    esac
    ;;
  web_* | client | encryption)
    totals=$(awk '/^# pass / { p = $3 } /^# fail / { f = $3 } /^# skipped / { s = $3 } END { print p + 0, f + 0, s + 0 }' "$log")
    read -r passed failed skipped <<<"$totals"
    if [ $failed -eq 0 ] && { [ $status -ne 0 ] || [ $((passed + skipped)) -eq 0 ]; }; then failed=1; fi
    ;;
  *)
    totals=$(catch_totals "$log")
    read -r passed failed skipped <<<"$totals"
    if [ $failed -eq 0 ] && { [ $status -ne 0 ] || [ $((passed + skipped)) -eq 0 ]; }; then failed=1; fi
    ;;
  esac
  case $status in 124 | 137) echo "ended at the time limit of $limit s" >>"$log" ;; esac
  rm -rf "$TMPDIR"
  record "$name" $status $((SECONDS - start)) "$passed" "$failed" "$skipped"
}

# report NAME: counts a result and prints its line, and the output if something failed.
report() {
  local name=$1 status seconds passed failed skipped text
  read -r status seconds passed failed skipped <"$WORK/results/$name"
  PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
  text="$passed passed"
  if [ "$failed" -gt 0 ]; then text="$text, $failed failed"; fi
  if [ "$skipped" -gt 0 ]; then text="$text, $skipped skipped"; fi
  if [ "$failed" -gt 0 ]; then
    FAILED_NAMES+=("$name")
    printf '\nFAILED %s (status %s, %s s): %s. The end of build/test-logs/%s.log:\n' "$name" "$status" "$seconds" "$text" "$name"
    sed '/^[0-9.]* s: /d; s/^/    /' "$LOGS/$name.log" | tail -n 150
    printf '\n'
  else
    printf '%-6s %-28s %4s s  %s\n' "$([ "$passed" -gt 0 ] && echo ok || echo skip)" "$name" "$seconds" "$text"
    if [ "$passed" -eq 0 ]; then sed 's/^/       /' "$LOGS/$name.log" | tail -n 3; fi
  fi
}

# progress: one line now and then, so that a long build is seen to live.
progress() {
  local text='' preset
  for preset in release fuzz asan tsan; do
    if [ -f "$WORK/pids/build_$preset" ]; then
      text="building $preset $(sed -n 's/^\(\[[0-9]*\/[0-9]*\]\).*/\1/p' "$LOGS/build_$preset.log" | tail -n 1)"
    fi
  done
  printf '.. %4d s  %s%s\n' $SECONDS "$text" "${RUNNING[*]:+; running: ${RUNNING[*]}}"
}

# run_selected: everything in GROUPS_WANTED, then the totals; the exit status of the script.
run_selected() {
  local pending=("${GROUPS_WANTED[@]}") still name preset state announced='' next_progress=30
  RUNNING=()
  build_presets &
  BUILDER=$!
  while [ ${#pending[@]} -gt 0 ] || [ ${#RUNNING[@]} -gt 0 ]; do
    still=()
    for name in "${RUNNING[@]}"; do
      if [ -f "$WORK/results/$name" ]; then report "$name"; else still+=("$name"); fi
    done
    RUNNING=("${still[@]}") still=()
    for name in "${pending[@]}"; do
      preset=$(preset_of "$name") state=ok
      if [ -n "$preset" ]; then state=$(cat "$WORK/built/$preset" 2>/dev/null || true); fi
      if [ "$state" = failed ]; then
        case $announced in *" $preset "*) ;; *)
          announced="$announced $preset "
          printf '\nFAILED building %s. From build/test-logs/build_%s.log:\n' "$preset" "$preset"
          awk '/^FAILED|error:|ninja: error|CMake Error/ { lines = 12 } lines-- > 0 && !/\/ccache / && shown++ < 60 { print "    " $0 }' "$LOGS/build_$preset.log"
          ;;
        esac
        echo "was not built" >"$LOGS/$name.log"
        record "$name" 1 0 0 1 0
        report "$name"
      elif [ "$state" = ok ] && may_begin "$name"; then
        run_group "$name" &
        RUNNING+=("$name")
      else
        still+=("$name")
      fi
    done
    pending=("${still[@]}")
    if [ $SECONDS -ge $next_progress ]; then
      progress
      next_progress=$((SECONDS + 30))
    fi
    sleep 0.2
  done
  wait "$BUILDER" || true

  say "$((SECONDS / 60)) min $((SECONDS % 60)) s"
  if [ ${#FAILED_NAMES[@]} -gt 0 ]; then say "failed: ${FAILED_NAMES[*]}"; fi
  printf '%d passed, %d failed' $PASSED $FAILED
  if [ $SKIPPED -gt 0 ]; then printf ', %d skipped' $SKIPPED; fi
  printf '\n'
  if [ $FAILED -gt 0 ]; then exit 1; fi
}
