# The steps of the set-up: what each is made from, which is what its stamp holds when it is complete.
# Read by setup.sh and doctor.sh, in the repository.

here=$(pwd -P)

# For whom packages are installed: "readers" need fewer than those who test. Who has all keeps all.
extent=all
chosen_extent() {
  for stamp in "$(stamp_of node_packages)" "$(stamp_of python_packages)"; do
    [ ! -f "$stamp" ] || [ "$(sed -n 1p "$stamp")" = readers ] || return 0
  done
  extent=readers
}

# for_readers: says so where it is for them, and nothing where it is for all.
for_readers() {
  [ "$extent" = all ] || echo readers
}

node_packages() {
  for_readers
  node -p '[process.platform, process.arch].join(" ")'
  cat package-lock.json
}

# What only tests need comes last.
readers_requirements() {
  sed '/^# Tests/,$d' requirements.in
}

# A virtual environment holds absolute paths, so one that was moved is as good as none.
python_packages() {
  for_readers
  [ "$extent" = all ] || readers_requirements
  "$here/.venv/bin/python" --version && echo "$here" && sed '/^ *#/d' requirements.txt && cat tools/pyproject.toml
}

kernel() {
  find kernel interface tsconfig.json package-lock.json -type f | LC_ALL=C sort | while read -r file; do cksum "$file"; done
}

# The snapshot holds absolute paths.
bundle() {
  echo "$here"
  cat .build/kernel/.stamp
  cksum tools/bundle.ts
  node --version
}

# Those that have changed since, the kernel compiles itself.
helpers() {
  cat .build/kernel/.stamp
  find helpers -type f | LC_ALL=C sort | while read -r file; do cksum "$file"; done
}

kernelspec() {
  cksum kernel/logo/*
  kernel_json
}

kernel_json() {
  node -p 'JSON.stringify(
    {
      argv: [process.execPath, `${process.cwd()}/.build/kernel/main.js`, "{connection_file}"],
      display_name: "TypeScript",
      language: "typescript",
      interrupt_mode: "message",
      metadata: { debugger: false },
    }, null, 2)'
}

# Of JupyterLab.
extension() {
  find extension kernel/logo tools/extension.ts package-lock.json -type f | LC_ALL=C sort |
    while read -r file; do cksum "$file"; done
}

stamp_of() {
  case $1 in
  node_packages) echo node_modules/.stamp ;;
  python_packages) echo .venv/.stamp ;;
  kernel) echo .build/kernel/.stamp ;;
  bundle) echo .build/bundle/.stamp ;;
  helpers) echo .build/helpers/.stamp ;;
  kernelspec) echo .venv/share/jupyter/kernels/tslab/.stamp ;;
  extension) echo .venv/share/jupyter/labextensions/sockets-in-typescript/.stamp ;;
  esac
}

# complete STEP: whether this step was completed, and nothing that it is made from has changed since.
complete() {
  [ -f "$(stamp_of "$1")" ] && [ "$($1 2>/dev/null)" = "$(cat "$(stamp_of "$1")")" ]
}

all_complete() {
  for each in node_packages python_packages kernel helpers bundle kernelspec extension; do
    complete $each || return
  done
}

# completed STEP: notes that it was.
completed() {
  $1 >"$(stamp_of "$1")"
}
