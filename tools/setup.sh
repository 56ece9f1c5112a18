#!/bin/sh
# Installs what the project needs into this folder, and nothing outside it: node_modules (Node.js), .venv (Python),
# .build (the compiled kernel).
#
# Each step leaves a stamp when it is complete: a copy of what it was made from. A step whose stamp still says the
# same has nothing to do; one that was stopped has no stamp and starts again. Times of files do not matter.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)

say() {
  echo "make setup: $*"
}

fail() {
  say "$*" >&2
  exit 1
}

# complete STAMP TEXT: whether the step that leaves STAMP was completed with TEXT.
complete() {
  [ -f "$1" ] && [ "$2" = "$(cat "$1")" ]
}

# --- What each step is made from --------------------------------------------------------------------------------

node_packages() {
  node -p '[process.platform, process.arch, process.versions.modules].join(" ")'
  cat package-lock.json
}

# A virtual environment holds absolute paths, so one that was moved is as good as none.
python_packages() {
  "$here/.venv/bin/python" --version && echo "$here" && sed '/^ *#/d' requirements.txt
}

kernel_sources() {
  find kernel interface tsconfig.json package-lock.json -type f | LC_ALL=C sort | while read -r file; do cksum "$file"; done
}

kernelspec() {
  node -p 'JSON.stringify(
    {
      argv: [process.execPath, `${process.cwd()}/.build/kernel/main.js`, "{connection_file}"],
      display_name: "TypeScript",
      language: "typescript",
      interrupt_mode: "message",
      metadata: { debugger: false },
    }, null, 2)'
}

# --- One set-up at a time ---------------------------------------------------------------------------------------

mkdir -p .build
lock=.build/setup.lock
trap 'exit 130' INT
trap 'exit 143' TERM HUP
until (set -C && echo $$ >$lock) 2>/dev/null; do
  holder=$(cat $lock 2>/dev/null || true)
  if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
    rm -f $lock # left behind by a set-up that was killed
  else
    [ -n "${waited-}" ] || say "waiting for the set-up that runs already (process $holder)"
    waited=yes
    sleep 1
  fi
done
trap 'rm -f $lock' EXIT

# --- Prerequisites, before anything is installed ----------------------------------------------------------------

python=${PYTHON:-python3}

command -v node >/dev/null || fail "Node.js is missing: install Node.js 20.19 or newer (https://nodejs.org)"
node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
         process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' ||
  fail "Node.js $(node --version) is too old: install 20.19 or newer (https://nodejs.org)"

if complete node_modules/.stamp "$(node_packages)"; then
  has_node_packages=yes
else
  command -v npm >/dev/null || fail "npm is missing: install it (Debian and Ubuntu: apt install npm)"
fi

if complete .venv/.stamp "$(python_packages 2>/dev/null)"; then
  has_python_packages=yes
else
  command -v "$python" >/dev/null || fail "Python is missing: install Python 3.10 or newer (https://www.python.org)"
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "$("$python" --version 2>&1) is too old: install 3.10 or newer, or name one: make setup PYTHON=python3.12"
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python's venv module is missing: install it (Debian and Ubuntu: apt install python3-venv)"
fi

# --- Installation -----------------------------------------------------------------------------------------------

if [ -z "${has_node_packages-}" ]; then
  say "installing the Node.js packages into node_modules"
  rm -f node_modules/.stamp
  npm ci --include=dev --ignore-scripts --no-audit --no-fund
  node_packages >node_modules/.stamp
fi

if [ -z "${has_python_packages-}" ]; then
  say "installing the Python packages into .venv"
  rm -rf .venv
  "$python" -m venv .venv
  # Of what pip says, the names, one after the other; what goes wrong it says elsewhere.
  .venv/bin/python -m pip install --disable-pip-version-check --no-deps --requirement requirements.txt |
    awk '/^Collecting/ { printf "%s ", $2; fflush() }
         /^Installing/ { print "\nmake setup: unpacking them" }
         /^Successfully/ { complete = 1 }
         END { exit !complete }'
  .venv/bin/python -m pip check --disable-pip-version-check
  python_packages >.venv/.stamp
fi

if ! complete .build/kernel/.stamp "$(kernel_sources)"; then
  say "compiling the kernel into .build"
  rm -rf .build/kernel .build/interface
  node node_modules/typescript/bin/tsc --project kernel
  kernel_sources >.build/kernel/.stamp
fi

if ! complete .venv/share/jupyter/kernels/tslab/kernel.json "$(kernelspec)"; then
  mkdir -p .venv/share/jupyter/kernels/tslab
  kernelspec >.venv/share/jupyter/kernels/tslab/kernel.json
fi
