#!/bin/sh
# Runs a command as root, with the PATH and the home of the caller: as-root.sh COMMAND...
# The tests install Debian's packages and mount small disks, and a runner's user may not.
set -eu
if [ "$(id -u)" -eq 0 ]; then exec "$@"; fi
exec sudo --preserve-env env "PATH=$PATH" "HOME=$HOME" "$@"
