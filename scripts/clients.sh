#!/usr/bin/env bash
# Unpacks the programs that the tests point at `ingest` (Prometheus, node_exporter, vmagent, collectd) from Debian's
# archive into $CLIENTS, by default a folder of the user's cache. Nothing is installed, and no root is needed.
#
# Debian drops an old version from its archive when a new one comes, so each package has a lowest version here and no
# exact one. What apt takes is named with its SHA-256 in an index that Debian has signed; the key is the machine's own.
set -euo pipefail
folder=${CLIENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/enhanced-alerts/clients}

# package, suite ("own": that of this machine, whose C library fits), lowest version
packages="prometheus               sid 3.0
          prometheus-node-exporter sid 1.8
          victoria-metrics         sid 1.100
          collectd-core            own 5.12
          libyajl2                 own 2.1"
# What proves that each runs on this machine.
programs="usr/bin/prometheus --version
          usr/bin/prometheus-node-exporter --version
          usr/bin/vmagent -version
          usr/sbin/collectd -h"

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
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")

stamp="$(sha256sum <"$0") $codename $(dpkg --print-architecture)"
mkdir -p "$folder" && cd "$folder" && folder=$PWD
exec 9>.lock && flock 9
if [ "$(cat .unpacked 2>/dev/null)" = "$stamp" ]; then
  echo "$folder"
  exit
fi
rm -rf .apt .unpacked etc usr var lib

apt="$folder/.apt"
mkdir -p "$apt"/{lists/partial,cache/archives/partial,own,sid}
source_of() { # FOLDER URI SUITES
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$2" "$3" "$keyring" >>"$apt/$1/debian.sources"
  echo >>"$apt/$1/debian.sources"
}
source_of sid "$mirror" sid
if [ "$codename" = sid ]; then
  source_of own "$mirror" sid
else
  source_of own "$mirror" "$codename $codename-updates"
  case $sources in *"$mirror-security"*) source_of own "$mirror-security" "$codename-security" ;; esac
fi
# apt_in SUITE COMMAND…: apt with lists and cache of its own, which sees what is installed and changes nothing of it.
# A mirror may be frozen at a day, so an index may be old; the lowest versions hold all the same.
apt_in() {
  cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/$1";
Dir::State::lists "$apt/lists";
Dir::State::extended_states "$apt/extended_states";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
APT::Sandbox::User "";
Debug::NoLocking "true";
CONF
  APT_CONFIG="$apt/apt.conf" "${@:2}" >&2
}
for suite in own sid; do
  names=$(awk -v suite=$suite '$2 == suite { printf "%s ", $1 }' <<<"$packages")
  apt_in $suite apt-get -q -o APT::Update::Error-Mode=any update || fail "the index of Debian's suite for $names cannot be had from $mirror."
  if [ $suite = own ]; then
    # write_http needs libcurl, which collectd only suggests, under a name that differs from suite to suite.
    curl=$(APT_CONFIG="$apt/apt.conf" apt-cache pkgnames libcurl3 | grep -E '^libcurl3(t64)?-gnutls$' | sort | tail -1)
    apt_in own apt-get -q -y --no-install-recommends --download-only --reinstall install $names $curl ||
      fail "$names cannot be downloaded from $mirror."
  else
    # Go programs need the C library alone.
    (cd "$apt/cache/archives" && apt_in sid apt-get -q download $names) || fail "$names cannot be downloaded from $mirror."
  fi
done

while read -r package suite lowest; do
  deb=$(find "$apt/cache/archives" -name "${package}_*.deb" | head -1)
  [ -n "$deb" ] || fail "$package was not downloaded."
  version=$(dpkg-deb -f "$deb" Version)
  dpkg --compare-versions "$version" ge "$lowest" || fail "$package $version of $suite is too old; the tests need $lowest."
  echo "$package $version" >&2
done <<<"$packages"
for deb in "$apt"/cache/archives/*.deb; do
  dpkg-deb -x "$deb" "$folder"
done
rm -f usr/bin/vm{auth,backup,ctl,restore}
# collectd's libraries lie in the folder of this machine's architecture.
LD_LIBRARY_PATH=$(printf '%s:' "$folder"/usr/lib/*-linux-gnu*)
export LD_LIBRARY_PATH
while read -r program option; do
  "$folder/$program" "$option" >"$apt/version" 2>&1 || fail "$program does not run here: $(head -3 "$apt/version")"
done <<<"$programs"
rm -rf .apt
echo "$stamp" >.unpacked
echo "$folder"
