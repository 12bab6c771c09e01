#!/usr/bin/env bash
# The whole suite: builds, checks style and import directions, runs every test. Installs what tests use where it may.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/system.sh --tests
npm run --silent build
npm run --silent check
npx vitest run "$@"
