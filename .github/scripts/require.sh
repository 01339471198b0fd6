#!/bin/sh
# Fails when an environment variable is empty, and says where GitHub has it: require.sh NAME...
set -eu
missing=
for name in "$@"; do
  eval "value=\${$name:-}"
  [ -n "$value" ] || missing="$missing $name"
done
[ -z "$missing" ] && exit 0
echo "The environment of this job lacks the variables:$missing. docs/handbook/delivery.md says what they hold." >&2
exit 1
