#!/usr/bin/env bash
# Everything that a newcomer sees: build, a kernel library if it may be installed, a training, a report.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -d node_modules ]; then
  echo 'The packages are not installed yet; run "npm ci" first.' >&2
  exit 2
fi

echo 'Building...'
npm run --silent build

# oneDNN is a system package. Without it everything runs too, on ONNX Runtime, only slower.
if [ -z "${VOLVOX_ONEDNN:-}" ]; then bash scripts/system.sh; fi

exec node packages/cli/bin/volvox.js demo "$@"
