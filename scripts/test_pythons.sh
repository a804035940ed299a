#!/usr/bin/env bash
# The unit tests on every Python from 3.11 on that this machine has, each in a virtual environment of its own under
# .venvs/. A Python that is not here is named at the end: what was not run is never left unsaid. TESTED names one, such as
# 3.13, on which `make test` has run them already.
set -uo pipefail
cd "$(dirname "$0")/.."
versions=${PYTHONS:-"3.11 3.12 3.13 3.14"}
tested=${TESTED:-}
passed=() failed=() missing=()

find_python() {
  local found
  for found in "$(command -v "python$1" || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
    # pyenv's shims are there for versions that are not chosen, and then do nothing but say so.
    if [ -x "$found" ] && "$found" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then
      echo "$found"
      return
    fi
  done
}

for version in $versions; do
  if [ "$version" = "$tested" ]; then
    passed+=("$version (make test)")
    continue
  fi
  python=$(find_python "$version")
  if [ -z "$python" ]; then
    missing+=("$version")
    continue
  fi
  echo "== Python $version: $("$python" --version 2>&1) at $python"
  venv=.venvs/$version
  if [ "$venv/.ready" -nt pyproject.toml ] && [ "$venv/.ready" -nt constraints.txt ] ||
    { "$python" -m venv "$venv" &&
      "$venv/bin/python" -m pip --disable-pip-version-check --quiet install -c constraints.txt -e '.[server,dev]' &&
      touch "$venv/.ready"; }; then
    if "$venv/bin/python" -m pytest -q -p no:cacheprovider -n 2 -m "not slow" tests/unit tests/test_imports.py; then
      passed+=("$version")
      continue
    fi
  fi
  failed+=("$version")
done

echo "== unit tests passed on: ${passed[*]:-none}; failed on: ${failed[*]:-none}; not on this machine, not run: ${missing[*]:-none}"
[ ${#failed[@]} = 0 ] && [ ${#passed[@]} != 0 ]
