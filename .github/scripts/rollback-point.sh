#!/bin/sh
# Tells the next steps which update of a stack to go back to, as `version`: rollback-point.sh STACK
set -eu
version=$(npm run -s rollback -- --stack "$1" --point)
echo "version=$version" >>"$GITHUB_OUTPUT"
