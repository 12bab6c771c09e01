#!/usr/bin/env bash
# Installs the system packages that make Volvox faster (libdnnl) and, with --tests, the browser that tests drive.
# Never fails: without libdnnl everything runs on ONNX Runtime, without a browser its tests say that they skip.
set -uo pipefail
wanted=()
has_dnnl() { ldconfig -p 2>/dev/null | grep -q 'libdnnl\.so' || [ -n "${VOLVOX_ONEDNN:-}" ]; }
[ "$(uname -s)" = Linux ] || { echo "For speed: brew install onednn"; exit 0; }
has_dnnl || wanted+=(dnnl)
if [ "${1:-}" = --tests ] && ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then wanted+=(chromium); fi
[ ${#wanted[@]} -eq 0 ] && exit 0
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if sudo -n true 2>/dev/null; then as_root="sudo -n"; fi
fi
if ! command -v apt-get >/dev/null || { [ "$(id -u)" -ne 0 ] && [ -z "$as_root" ]; }; then
  echo "Not installed, for want of apt-get or of the right to use it: ${wanted[*]}."
  echo "oneDNN makes training about 10 times faster: install libdnnl2 or libdnnl3 (Debian, Ubuntu), onednn (Fedora, conda, Homebrew)."
  exit 0
fi
echo "Installing system packages: ${wanted[*]}"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq || true
for want in "${wanted[@]}"; do
  case $want in
    dnnl) for name in libdnnl3.6 libdnnl3 libdnnl2; do $as_root apt-get install -y -qq --no-install-recommends "$name" >/dev/null 2>&1 && break; done ;;
    chromium) $as_root apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 ;;
  esac
done
has_dnnl || echo "libdnnl could not be installed; going on with ONNX Runtime."
exit 0
