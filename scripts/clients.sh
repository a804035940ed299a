#!/usr/bin/env bash
# Unpacks the programs that the tests point at `ingest` (Prometheus, node_exporter, vmagent, amtool, collectd) from Debian's
# archive, and a package for Node, into $CLIENTS, by default a folder of the user's cache. Nothing is installed, and no
# root is needed.
#
# Debian drops an old version from its archive when a new one comes, so each package has a lowest version here and no
# exact one. What apt takes is named with its SHA-256 in an index that Debian has signed; the key is the machine's own.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${CLIENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/enhanced-alerts/clients}

# suite, package, lowest version. Go programs need the C library alone, so those of sid run on any Debian. collectd's last
# suite is bookworm; of a library that write_http needs, this machine must have one (libcurl3-gnutls; git brings it).
packages="sid      prometheus               3.0
          sid      prometheus-node-exporter 1.8
          sid      victoria-metrics         1.100
          sid      prometheus-alertmanager  0.27
          bookworm collectd-core            5.12
          bookworm libyajl2                 2.1"
# An older release of one of them, into the folder bookworm: amtool 0.25 is what Debian's stable users have.
older=prometheus-alertmanager
# What proves that each runs on this machine.
programs="usr/bin/prometheus --version
          usr/bin/prometheus-node-exporter --version
          usr/bin/vmagent -version
          usr/bin/vmalert -version
          usr/bin/victoria-metrics -version
          usr/bin/prometheus-alertmanager --version
          usr/bin/amtool --version
          bookworm/usr/bin/amtool --version
          usr/sbin/collectd -h"
# package.json and package-lock.json of what runs under Node.
node=$here/../tests/support/senders

fail() { echo "clients.sh: $*" >&2; exit 1; }
for tool in apt-get dpkg-deb; do
  command -v $tool >/dev/null || fail "$tool is missing; the tests' clients come from Debian packages. Run this on Debian or in a container of it."
done
keyring=$(find /usr/share/keyrings -name 'debian-archive-keyring.*' 2>/dev/null | sort | head -1)
[ -n "$keyring" ] || fail "Debian's signing keys are missing in /usr/share/keyrings: apt-get install debian-archive-keyring"
# The mirror that this machine's own sources name, in either of the two forms of a source.
sources=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null || true)
mirror=$(sed -nE 's/^URIs: *(\S+\/debian)\/?$/\1/p; s/^deb +(\[[^]]*\] +)?(\S+\/debian)\/? .*/\2/p' <<<"$sources" | head -1)
[ -n "$mirror" ] || fail "no source below /etc/apt names a Debian mirror (an address that ends in /debian)."

stamp="$(cat "$0" "$node/package-lock.json" | sha256sum) $(dpkg --print-architecture)"
mkdir -p "$folder" && cd "$folder" && folder=$PWD
exec 9>.lock && flock 9
if [ "$(cat .unpacked 2>/dev/null)" = "$stamp" ]; then
  echo "$folder"
  exit
fi
rm -rf .apt .unpacked etc usr var lib node bookworm

apt="$folder/.apt"
mkdir -p "$apt"/{lists/partial,cache/archives/partial,sources}
printf 'Types: deb\nURIs: %s\nSuites: sid bookworm\nComponents: main\nSigned-By: %s\n' "$mirror" "$keyring" >"$apt/sources/debian.sources"
# A mirror may be frozen at a day, so an index may be old; the lowest versions hold all the same.
cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/sources";
Dir::State::lists "$apt/lists";
Dir::State::extended_states "$apt/extended_states";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
APT::Sandbox::User "";
Debug::NoLocking "true";
CONF
# apt with lists and cache of its own: it changes nothing of this machine.
export APT_CONFIG="$apt/apt.conf"
names=$(awk '{ print $2 "/" $1 }' <<<"$packages")
apt-get -q -o APT::Update::Error-Mode=any update >&2 || fail "an index cannot be had from $mirror."
(cd "$apt/cache/archives" && apt-get -q download $names >&2) || fail "$names cannot be downloaded from $mirror."

while read -r suite package lowest; do
  deb=$(find "$apt/cache/archives" -name "${package}_*.deb" | head -1)
  [ -n "$deb" ] || fail "$package was not downloaded."
  version=$(dpkg-deb -f "$deb" Version)
  dpkg --compare-versions "$version" ge "$lowest" || fail "$package $version is too old; the tests need $lowest."
  echo "$package $version ($suite)" >&2
done <<<"$packages"
for deb in "$apt"/cache/archives/*.deb; do
  dpkg-deb -x "$deb" "$folder"
done
mkdir "$apt/older"
(cd "$apt/older" && apt-get -q download $older/bookworm >&2) || fail "$older/bookworm cannot be downloaded from $mirror."
dpkg-deb -x "$apt"/older/*.deb "$folder/bookworm"
rm -f usr/bin/vm{auth,backup,ctl,restore}
missing=$(LD_LIBRARY_PATH=$(echo "$folder"/usr/lib/*-linux-gnu) ldd usr/lib/collectd/write_http.so | grep 'not found' || true)
[ -z "$missing" ] || fail "collectd cannot send by HTTP here, libraries are missing: $missing"
while read -r program option; do
  "$folder/$program" "$option" >"$apt/version" 2>&1 || fail "$program does not run here: $(head -3 "$apt/version")"
done <<<"$programs"
mkdir node
cp "$node"/package.json "$node"/package-lock.json node/
(cd node && VENV=${VENV:-$here/../.venv} "$here/node.sh" npm ci --omit=optional --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2) \
  || fail "what runs under Node cannot be installed."
rm -rf .apt
echo "$stamp" >.unpacked
echo "$folder"
