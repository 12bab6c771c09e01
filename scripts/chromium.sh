#!/usr/bin/env bash
# Installs Chromium for the tests that need a browser, where that is possible. Never fails: without it they are skipped.
set -uo pipefail
. "$(dirname "$0")/apt.sh"

has_chromium() {
  [ -n "${VOLVOX_CHROMIUM:-}" ] && return
  command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null
}

has_chromium && exit 0
echo 'Installing Chromium for the tests in a browser...'
why=$(apt_install chromium) && has_chromium && exit 0
echo "There is no Chromium, and ${why:-its package did not bring it}; the tests in a browser are skipped."
