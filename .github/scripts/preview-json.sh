#!/bin/sh
# Writes what an update of a stack would change, as Pulumi's JSON, in which secrets are masked: preview-json.sh STACK FILE
set -eu
# The program needs the Node of package-lock.json.
PATH=$PWD/node_modules/.bin:$PATH
export PATH
mkdir -p "$(dirname "$2")"
pulumi preview --stack "$1" --json --show-sames --non-interactive >"$2"
