#!/bin/sh
# Writes the comment of a pull request from what preview.yml rendered, which is data: comment.sh ARTIFACTS COMMENT
# The checkout says which stacks there are. Of the run say: SHA, HEAD_REPOSITORY, CONCLUSION; PREVIEW_STACKS is a JSON array.
set -eu
artifacts=$1
comment=$2
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
manifests=$artifacts/manifests
# Nothing to compare with: no stack is said to be rendered.
[ -d "$artifacts/base" ] || manifests=$work/none
set --
for file in Pulumi.*.yaml; do
  stack=${file#Pulumi.}
  stack=${stack%.yaml}
  if [ ! -d "$manifests/$stack" ]; then
    # The comment says that it could not be rendered.
    set -- "$@" --stack "$stack"
    continue
  fi
  # Exit code 1 says that a rule is violated: the comment tells which.
  npm run -s policies -- --stack "$stack" --manifests "$manifests/$stack" --json >"$work/$stack.json" ||
    [ $? -eq 1 ]
  set -- "$@" --policies "$stack=$work/$stack.json"
  pulumi=$artifacts/pulumi-$stack/preview.json
  if [ "$HEAD_REPOSITORY" != "$GITHUB_REPOSITORY" ]; then
    # A fork is never previewed by Pulumi: what looks like that was made up.
    set -- "$@" --stack "$stack"
  elif [ -s "$pulumi" ]; then
    set -- "$@" --pulumi "$stack=$pulumi"
  else
    set -- "$@" --stack "$stack"
    case "$CONCLUSION $PREVIEW_STACKS" in
    success*) ;;
    *"\"$stack\""*) set -- "$@" --failed "$stack" ;;
    esac
  fi
done
npm run -s preview -- --commit "$SHA" --base "$artifacts/base" --head "$manifests" "$@" >"$comment"
