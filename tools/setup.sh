#!/bin/sh
# Installs what the project needs into this folder, and nothing outside it: node_modules (Node.js), .venv (Python),
# .build (the compiled kernel). `setup.sh readers` leaves out what only tests need.
#
# Each step leaves a stamp when it is complete: a copy of what it was made from. A step whose stamp still says the
# same has nothing to do; one that was stopped has no stamp and starts again. Times of files do not matter.
set -eu
cd "$(dirname "$0")/.."
. tools/prerequisites.sh
. tools/setup-steps.sh

say() {
  echo "make setup: $*"
}

# need PROBLEM: ends the set-up if there is one.
need() {
  [ -z "$1" ] || {
    say "$1" >&2
    exit 1
  }
}

# at_once COMMAND...: runs a command that a signal is to end at once: npm would take back first what it has done.
at_once() {
  "$@" &
  child=$!
  wait "$child"
  child=
}

# stop STATUS: ends the set-up.
stop() {
  [ -z "$child" ] || kill -KILL "$child" 2>/dev/null || :
  exit "$1"
}

need "$(folder_problem)"
case ${1-} in
readers) chosen_extent ;;
?*) need "FOR=$1: it is FOR=readers, or left out" ;;
esac
! all_complete || exit 0

# --- One set-up at a time ---------------------------------------------------------------------------------------

mkdir -p .build
lock=.build/setup.lock
# Processes have other numbers in another container that has this folder too.
numbered=$(readlink /proc/self/ns/pid 2>/dev/null || true)
child=
trap 'stop 130' INT
trap 'stop 143' TERM HUP

# has_ended PROCESS NAMESPACE
has_ended() {
  [ "$2" = "$numbered" ] && ! kill -0 "$1" 2>/dev/null && [ ! -e "/proc/$1" ]
}

failures=0
until (set -C && echo "$$ $numbered" >$lock) 2>/dev/null; do
  read -r holder namespace 2>/dev/null <$lock || holder=
  if [ -z "$holder" ]; then
    failures=$((failures + 1))
    [ $failures -lt 5 ] || need "$lock cannot be written (is the disk full?), or is empty: delete it"
    sleep 1
  elif has_ended "$holder" "$namespace"; then
    rm -f $lock # left behind by a set-up that was killed
  else
    [ -n "${waited-}" ] || say "waiting for the set-up that runs already (process $holder; if it is none, delete $lock)"
    waited=yes
    sleep 1
  fi
done
trap 'rm -f $lock' EXIT

# --- Prerequisites, before anything is installed ----------------------------------------------------------------

need "$(node_problem)"
complete node_packages || {
  install_node_packages=yes
  need "$(npm_problem)"
}
complete python_packages || {
  install_python_packages=yes
  need "$(python_problem)"
}

# --- Installation -----------------------------------------------------------------------------------------------

if [ -n "${install_node_packages-}" ]; then
  say "installing the Node.js packages into node_modules"
  rm -f "$(stamp_of node_packages)"
  if [ $extent = all ]; then which=--include=dev; else which=--omit=dev; fi
  at_once npm ci $which --ignore-scripts --no-audit --no-fund
  completed node_packages
fi

if [ -n "${install_python_packages-}" ]; then
  say "installing the Python packages into .venv"
  rm -rf .venv
  at_once "$python" -m venv .venv
  if [ $extent = all ]; then
    set -- --no-deps --requirement requirements.txt
  else
    readers_requirements >.build/requirements.in
    set -- --constraint requirements.txt --requirement .build/requirements.in
  fi
  # Of what pip says, the names, one after the other; what goes wrong it says elsewhere.
  .venv/bin/python -m pip install --no-user --disable-pip-version-check "$@" |
    awk '/^Collecting/ { printf "%s ", $2; fflush() }
         /^Installing/ { print "\nmake setup: unpacking them" }
         /^Successfully/ { complete = 1 }
         END { exit !complete }'
  .venv/bin/python -m pip install --no-user --disable-pip-version-check --no-deps --no-build-isolation --quiet \
    --editable tools
  .venv/bin/python -m pip check --disable-pip-version-check
  completed python_packages
fi

if ! complete kernel; then
  say "compiling the kernel into .build"
  # Beside the one that is there, which a kernel may just be starting from.
  rm -rf .build/new .build/old
  node node_modules/typescript/bin/tsc --project kernel --outDir .build/new
  node -e '
    const { existsSync, mkdirSync, renameSync } = require("node:fs");
    mkdirSync(".build/old");
    for (const part of ["kernel", "interface"]) {
      if (existsSync(`.build/${part}`)) renameSync(`.build/${part}`, `.build/old/${part}`);
      renameSync(`.build/new/${part}`, `.build/${part}`);
    }'
  rm -rf .build/new .build/old
  completed kernel
fi

# Of these two the kernel does without what is missing, and takes longer.
if ! complete helpers; then
  say "compiling the helpers into .build"
  rm -rf .build/helpers
  mkdir .build/helpers
  node .build/kernel/compile/keep-project.js
  completed helpers
fi

if ! complete bundle; then
  say "putting the compiler into one file"
  rm -rf .build/bundle
  mkdir .build/bundle
  if node --require ts-node/register/transpile-only tools/bundle.ts; then
    completed bundle
  else
    say "the compiler stays in many files: kernels work, and take longer to start" >&2
  fi
fi

if ! complete kernelspec; then
  kernelspec=$(dirname "$(stamp_of kernelspec)")
  mkdir -p "$kernelspec"
  kernel_json >"$kernelspec/kernel.json"
  cp kernel/logo/* "$kernelspec"
  completed kernelspec
fi

if ! complete extension; then
  say "building the extension of JupyterLab"
  if node --require ts-node/register/transpile-only tools/extension.ts "$(dirname "$(stamp_of extension)")"; then
    completed extension
  else
    say "JupyterLab works without its extension: there is no menu of lessons" >&2
  fi
fi
