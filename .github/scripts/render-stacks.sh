#!/bin/sh
# Renders every stack of a checkout into a folder of its own: render-stacks.sh CHECKOUT OUT
set -eu
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$1"
for file in Pulumi.*.yaml; do
  stack=${file#Pulumi.}
  stack=${stack%.yaml}
  npm run -s render -- --stack "$stack" --out "$out/$stack"
done
