# A RabbitMQ of the tests' own: Debian's server and Erlang, unpacked into the cache, nothing installed and no service
# started. Sourced by bash after packages.sh.

# unpack_rabbitmq: $CACHE/rabbitmq leads to the version of this release's archive.
unpack_rabbitmq() {
  local version folder work debs
  version=$(apt-cache policy rabbitmq-server | awk '$1 == "Candidate:" { print $2 }')
  if [ -z "$version" ] || [ "$version" = "(none)" ]; then
    if [ -d "$CACHE/rabbitmq" ]; then return 0; fi
    apt_update
    version=$(apt-cache policy rabbitmq-server | awk '$1 == "Candidate:" { print $2 }')
  fi
  folder="$CACHE/rabbitmq-$version"
  if [ ! -d "$folder" ]; then
    apt_update
    say "unpacking rabbitmq-server $version"
    work=$(mktemp -d "$CACHE/unpack.XXXXXX")
    # As if nothing were installed, so that Erlang comes along whatever this machine has.
    debs=$(apt-get -s -qq -o Dir::State::status=/dev/null --no-install-recommends install rabbitmq-server |
      awk '/^Inst (erlang|libsctp|rabbitmq)/ { print $2 }')
    # shellcheck disable=SC2086
    (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download $debs) ||
      fail "downloading RabbitMQ" "apt-get download rabbitmq-server has to work."
    mkdir "$work/tree"
    for deb in "$work"/*.deb; do dpkg -x "$deb" "$work/tree"; done
    relocate_erlang "$work/tree" "$folder"
    mv "$work/tree" "$folder"
    rm -rf "$work"
  fi
  ln -sfn "$folder" "$CACHE/rabbitmq"
}

# relocate_erlang TREE FOLDER: Erlang in TREE is going to be run from FOLDER.
relocate_erlang() {
  local link
  sed -i "s#ROOTDIR=/usr/lib/erlang#ROOTDIR=$2/usr/lib/erlang#" "$1"/usr/lib/erlang/bin/{erl,start}
  find "$1/usr/lib/erlang" -type l -lname '/usr/*' | while read -r link; do
    ln -sfn "$2$(readlink "$link")" "$link"
  done
}
