#!/bin/sh
# Renders every stack of a checkout into a folder of its own: render-stacks.sh CHECKOUT OUT
# One that cannot be rendered has no folder, and fails the script once the others are rendered.
set -eu
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$1"
code=0
for file in Pulumi.*.yaml; do
  stack=${file#Pulumi.}
  stack=${stack%.yaml}
  npm run -s render -- --stack "$stack" --out "$out/$stack" || {
    code=1
    rm -rf "${out:?}/$stack"
  }
done
exit $code
