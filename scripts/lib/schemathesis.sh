# Gets schemathesis, and what it needs, into the cache: nothing is installed on the machine. Sourced by bash after common.sh.
#
# tests/schema/requirements.txt pins every package and its hashes; a folder for each state of that file.
SCHEMATHESIS="$CACHE/schemathesis-$(sha256sum tests/schema/requirements.txt | cut -c 1-16)"

need_schemathesis() {
  local work
  if [ -x "$SCHEMATHESIS/bin/python" ]; then return 0; fi
  say "getting schemathesis into the cache"
  # It is run as `python -m`: the scripts of a virtual environment know the place where it was made.
  work=$(mktemp -d "$CACHE/schemathesis.XXXXXX")
  rmdir "$work"
  python3 -m venv "$work" || fail "python3 -m venv" "The package python3-venv has to be installed."
  logged "$CACHE/pip.log" "$work/bin/pip" install --require-hashes --only-binary :all: -r tests/schema/requirements.txt || {
    tail -n 5 "$CACHE/pip.log" >&2
    rm -rf "$work"
    fail "pip install" "The whole output is in $CACHE/pip.log."
  }
  # Another checkout may have been quicker.
  mv -T "$work" "$SCHEMATHESIS" 2>/dev/null || rm -rf "$work"
}
