# Gets the library with which the test of end-to-end encryption encrypts into the cache, as tests/encryption/requirements.txt names
# it, by its hashes. Nothing is installed on the machine. Sourced by bash after packages.sh.

# need_encryption: ENCRYPTION_PYTHON runs tests/encryption.
need_encryption() {
  local folder
  folder="$CACHE/encryption-$(sha256sum tests/encryption/requirements.txt | cut -c 1-16)"
  ENCRYPTION_PYTHON="$folder/bin/python"
  if [ -x "$ENCRYPTION_PYTHON" ] && "$ENCRYPTION_PYTHON" -c 'import vodozemac' 2>/dev/null; then return 0; fi
  say "getting vodozemac into the cache"
  rm -rf "$folder"  # whose Python is gone, perhaps
  python3 -m venv "$folder" || fail "python3 -m venv" "The package python3-venv has to be installed."
  logged "$CACHE/encryption.log" "$folder/bin/pip" install --quiet --disable-pip-version-check --no-input --no-deps \
    --only-binary :all: --require-hashes -r tests/encryption/requirements.txt || {
    tail -n 10 "$CACHE/encryption.log" >&2
    rm -rf "$folder"
    fail "downloading vodozemac" "pip install -r tests/encryption/requirements.txt has to work."
  }
}
