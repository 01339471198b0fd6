#!/bin/sh
# Gets a stack ready to go back to an earlier update: free-stack.sh STACK POINT
# Ends the update that a cancelled delivery has left, whose lock nobody else gives back. Tells the next steps as `version` where to
# go; nothing when somebody has changed the stack in between. Only for a job that has the stack for itself.
set -eu
newest=$(npm run -s rollback -- --stack "$1" --point)
commit=$(pulumi stack history --stack "$1" --json --page-size 1 --non-interactive |
  sed -n 's/.*"git\.head": *"\([0-9a-f]*\)".*/\1/p')
if [ "$newest" != "$2" ] && [ "$commit" != "$GITHUB_SHA" ]; then
  echo "The stack $1 stays as it is: it has changed since, by commit $commit."
  exit 0
fi
"$(dirname "$0")/release-lock.sh" "$1"
echo "version=$2" >>"$GITHUB_OUTPUT"
