# Debian packages, by what they are needed for. Nothing here starts a service. Sourced by bash after common.sh.
#
# One word is one need. "|" separates alternatives, the best first; "," joins packages that go together; "name>=version"
# asks for a version. Debian 12 calls a recent Boost by its number, Debian 13 by other numbers or none.
PACKAGES_build='
  g++ cmake>=3.25 ninja-build ccache mold|lld pkg-config|pkgconf
  libboost1.81-dev,libboost-json1.81-dev|libboost1.88-dev,libboost-json1.88-dev|libboost-dev>=1.81,libboost-json-dev>=1.81
  libcli11-dev libcurl4-openssl-dev libfmt-dev libhiredis-dev libicu-dev libjpeg-dev libmariadb-dev libpng-dev libsodium-dev libsqlite3-dev libsoci-dev libssl-dev
  libprotobuf-dev libprotoc-dev libtomlplusplus-dev
  prometheus-cpp-dev librabbitmq-dev libwebp-dev zlib1g-dev
'
# Builds the web client.
PACKAGES_web='
  nodejs>=18 npm|nodejs>=20
'
# Tests it in a browser, with letters and emoji for every screenshot.
PACKAGES_browser='
  chromium fonts-noto-color-emoji fonts-noto-cjk
'
# A mail server for the tests, and its certificate. None of the two starts anything.
PACKAGES_mail='
  python3-aiosmtpd openssl
'
PACKAGES_test='
  catch2 libyaml-cpp-dev nlohmann-json3-dev python3
  mariadb-server-core,mariadb-client-core redis-tools
'
PACKAGES_check='
  clang-format clang-tidy python3
'
PACKAGES_fuzz='
  clang libclang-rt-dev|libclang-rt-14-dev
'

# A game as people play it, for the tests of the companion.
PACKAGES_client='
  chocolate-doom
'
# A library that encrypts, for the test that does what a client does.
PACKAGES_encryption='
  python3-venv ca-certificates
'
# Fuzzes the REST interface.
PACKAGES_schema='
  python3-venv ca-certificates
'
# Gets Go into the cache where the machine has none that is new enough.
PACKAGES_go='
  python3-venv ca-certificates
'

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "packages have to be installed, and neither are you root nor is sudo there" "As root: $*"
  fi
}

# installed_package NAME[>=VERSION]
installed_package() {
  local name=${1%%>=*} version
  version=$(dpkg-query -W -f '${db:Status-Abbrev}${Version}' "$name" 2>/dev/null) || return 1
  [ "${version:0:2}" = ii ] || return 1
  if [ "$name" != "$1" ]; then dpkg --compare-versions "${version:3}" ge "${1#*>=}"; fi
}

# available_package NAME[>=VERSION]: apt can get it.
available_package() {
  local name=${1%%>=*} version
  version=$(apt-cache policy "$name" | awk '$1 == "Candidate:" { print $2 }')
  [ -n "$version" ] && [ "$version" != "(none)" ] || return 1
  if [ "$name" != "$1" ]; then dpkg --compare-versions "$version" ge "${1#*>=}"; fi
}

# all_packages TEST A,B…: TEST holds for each.
all_packages() {
  local package
  for package in ${2//,/ }; do "$1" "$package" || return 1; done
}

# need_met NEED: one of its alternatives is installed.
need_met() {
  local alternative
  for alternative in ${1//|/ }; do
    if all_packages installed_package "$alternative"; then return 0; fi
  done
  return 1
}

apt_update() {
  if [ -z "${APT_UPDATED-}" ]; then
    say "apt-get update"
    logged "$CACHE/apt.log" as_root apt-get -q -o DPkg::Lock::Timeout=300 update || {
      tail -n 5 "$CACHE/apt.log" >&2
      fail "apt-get update" "Is this machine online, and are the sources in /etc/apt right?"
    }
    APT_UPDATED=yes
  fi
}

# install_packages GROUP...: silent and quick when nothing is missing.
install_packages() {
  local group need groups=PACKAGES_ missing=() chosen=() alternative found
  for group in "$@"; do
    groups="PACKAGES_$group"
    for need in ${!groups}; do need_met "$need" || missing+=("$need"); done
  done
  if [ ${#missing[@]} -eq 0 ]; then return 0; fi
  command -v apt-get >/dev/null ||
    fail "these packages are missing: ${missing[*]}" "This is not Debian: install what corresponds to them (docs/dependencies.md) and build with cmake."
  apt_update
  for need in "${missing[@]}"; do
    found=
    for alternative in ${need//|/ }; do
      if all_packages available_package "$alternative"; then
        found=$alternative
        break
      fi
    done
    [ -n "$found" ] || fail "no package for $need in this release's archive" "Debian 12 or 13 is needed."
    for alternative in ${found//,/ }; do chosen+=("${alternative%%>=*}"); done
  done
  say "installing ${chosen[*]}"
  logged "$CACHE/apt.log" as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Use-Pty=0 --no-install-recommends install "${chosen[@]}" || {
    tail -n 20 "$CACHE/apt.log" >&2
    fail "apt-get install ${chosen[*]}" "The whole output is in $CACHE/apt.log."
  }
}

# unpack_package NAME FOLDER: the files of a header-only package in $CACHE/FOLDER, without installing what it
# depends on.
unpack_package() {
  local folder="$CACHE/$2" work
  if [ -d "$folder" ] || installed_package "$1"; then return 0; fi
  apt_update
  say "unpacking $1"
  work=$(mktemp -d "$CACHE/unpack.XXXXXX")
  (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$1" && dpkg -x "$1"_*.deb tree && mv tree "$folder") ||
    fail "downloading $1" "apt-get download $1 has to work."
  rm -rf "$work"
}
