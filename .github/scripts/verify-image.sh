#!/bin/sh
# Fails unless image.yml of this repository, on main, signed the image IMAGE@DIGEST and attested how it was built.
set -eu
workflow=$GITHUB_REPOSITORY/.github/workflows/image.yml
cosign verify \
  --certificate-oidc-issuer https://token.actions.githubusercontent.com \
  --certificate-identity "https://github.com/$workflow@refs/heads/main" \
  --certificate-github-workflow-sha "$GITHUB_SHA" \
  "$IMAGE@$DIGEST" >/dev/null
gh attestation verify "oci://$IMAGE@$DIGEST" --repo "$GITHUB_REPOSITORY" --signer-workflow "$workflow" \
  --source-ref refs/heads/main --source-digest "$GITHUB_SHA"
