#!/bin/sh
# Says what this machine has of what the project needs or its lessons show. Changes nothing; works before `make setup`.
# Exit status: 0 if the project can run here, 1 if a prerequisite is missing.
set -eu
cd "$(dirname "$0")/.."
. tools/prerequisites.sh
. tools/setup-steps.sh

row() {
  printf '  %-14s%s\n' "$1" "$2"
}

# prerequisite NAME PROBLEM COMMAND...: what the command prints, or the problem.
prerequisite() {
  name=$1 problem=$2
  shift 2
  if [ -n "$problem" ]; then
    row "$name" "$problem"
    status=1
  else
    row "$name" "$("$@" 2>&1 | head -n 1)"
  fi
}

# tool NAME WITHOUT: the path of a command, or what is to be said without it.
tool() {
  row "$1" "$(command -v "$1" || echo "not found: $2")"
}

step() {
  if complete "$2"; then row "$1" "installed${3-}"; else row "$1" "to be installed by make setup"; fi
}

status=0

echo "Prerequisites"
prerequisite "make" "" make --version
prerequisite "Node.js" "$(node_problem)" node --version
prerequisite "npm" "$(npm_problem)" npm --version
prerequisite "Python" "$(python_problem)" "$python" --version

chosen_extent
without=
[ $extent = all ] || without=", without what only tests need"

echo "In this folder"
unwritable=$(folder_problem)
[ -z "$unwritable" ] || row "writing" "$unwritable"
step "node_modules" node_packages "$without"
step ".venv" python_packages "$without"
step "kernel" kernel
step "kernelspec" kernelspec
step "extension" extension

echo "System"
row "system" "$(uname -srm)"
if [ -z "$(node_problem)" ]; then
  row "IPv6" "$(node -e 'require("node:net").createServer()
    .on("error", (error) => console.log(`not here (${error.code} for ::1): lessons use IPv4`))
    .listen(0, "::1", function () { console.log("::1 can be listened on"); this.close(); })')"
fi
if [ -r /etc/services ]; then
  row "services" "/etc/services, $(grep -c '^[[:alnum:]]' /etc/services) entries"
else
  row "services" "/etc/services not found: ports have no names here"
fi
tool ping "a lesson that shows it goes on without"
tool netstat "a lesson that shows it goes on without (Debian and Ubuntu: apt install net-tools)"
tool ss "a lesson that shows it goes on without"
tool cc "make bench does not compare with C"

if complete node_packages && complete python_packages; then
  row "network" "$(.venv/bin/python tools/network.py)"
  node --require ts-node/register/transpile-only tools/installed.ts
else
  echo "Versions, browser and ports: after make setup"
fi

exit $status
