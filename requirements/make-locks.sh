#!/usr/bin/env bash
# Rewrites core.lock and dev.lock from pyproject.toml: one clean environment each, then what pip resolved.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3.11}
for name in core dev; do
    venv=$(mktemp -d)
    trap 'rm -rf "$venv"' EXIT
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --upgrade pip
    # torch first and alone: its CPU build satisfies every later range, so that nothing fetches the CUDA one.
    "$venv/bin/pip" install --quiet torch==2.13.0 hatchling==1.33.0
    extra=""; [ "$name" = dev ] && extra="[dev]"
    "$venv/bin/pip" install --quiet --no-build-isolation ".$extra"
    { echo "# Made by requirements/make-locks.sh from pyproject.toml; Python 3.11, Linux x86-64."
      "$venv/bin/pip" freeze --exclude abilitymix | sed 's/ @ .*torch-\([0-9.]*\).*/==\1/; s/+cpu$//'
    } > "requirements/$name.lock"
    rm -rf "$venv"
done
