#!/usr/bin/env bash
# The whole suite: builds, checks style and import directions, runs every test. Installs libdnnl and Chromium where it may.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/system.sh
bash scripts/chromium.sh
npm run --silent build
npm run --silent check
npx vitest run "$@"
