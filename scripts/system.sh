#!/usr/bin/env bash
# Installs libdnnl, the system package that makes training fast, where that is possible. Never fails: without it
# everything runs on ONNX Runtime.
set -uo pipefail
PATH="$PATH:/usr/sbin:/sbin"

has_dnnl() { ldconfig -p 2>/dev/null | grep -q 'libdnnl\.so\.2' || [ -n "${VOLVOX_ONEDNN:-}" ]; }
go_on() {
  echo "$1; going on with ONNX Runtime, which trains several times slower."
  echo 'To change that: apt-get install libdnnl2 (Debian 12, Ubuntu 22.04), or set VOLVOX_ONEDNN to the path of oneDNN 2.'
  exit 0
}

has_dnnl && exit 0
command -v apt-get >/dev/null || go_on 'oneDNN is not installed, and there is no apt-get to install it with'
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || go_on 'oneDNN is not installed, and this user may not install it'
  as_root=(sudo -n)
fi
echo 'Installing libdnnl2...'
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq >/dev/null 2>&1
"${as_root[@]}" apt-get install -y -qq --no-install-recommends libdnnl2 >/dev/null 2>&1
has_dnnl || go_on 'libdnnl2 could not be installed'
