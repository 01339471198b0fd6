#!/bin/sh
# Tells the next steps what the image is called and what its build needs: name, tag, version, epoch.
set -eu
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' service/package.json)
if [ "$GITHUB_REF_TYPE" = tag ]; then tag=${GITHUB_REF_NAME#v}; else tag=$version-$(git rev-parse --short=12 HEAD); fi
{
  # A registry takes no capital letters.
  echo "name=ghcr.io/$(echo "$GITHUB_REPOSITORY" | tr '[:upper:]' '[:lower:]')-api"
  echo "tag=$tag"
  echo "version=$version"
  # The time of every file in the image, so that the same commit gives the same layers.
  echo "epoch=$(git log -1 --format=%ct)"
} >>"$GITHUB_OUTPUT"
