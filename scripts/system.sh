#!/usr/bin/env bash
# Installs libdnnl, the system package that makes training fast, where that is possible. Never fails: without it
# everything runs on ONNX Runtime.
set -uo pipefail
PATH="$PATH:/usr/sbin:/sbin"
. "$(dirname "$0")/apt.sh"

has_dnnl() {
  [ -n "${VOLVOX_ONEDNN:-}" ] && return
  ldconfig -p 2>/dev/null | grep -q 'libdnnl\.so\.[23]' && return
  local prefix library
  for prefix in ${CONDA_PREFIX:+"$CONDA_PREFIX"} ${VIRTUAL_ENV:+"$VIRTUAL_ENV"} /opt/homebrew /usr/local /opt/local; do
    for library in "$prefix"/lib/libdnnl*.dylib "$prefix"/lib/libdnnl.so.[23]*; do [ -e "$library" ] && return; done
  done
  return 1
}

has_dnnl && exit 0
echo 'Installing oneDNN...'
# Each distribution has one, called after its interface: libdnnl2 on Debian 12 and Ubuntu 22.04, libdnnl3 on Ubuntu
# 24.04, libdnnl3.6 on Debian 13.
why=$(apt_install '^libdnnl[0-9.]+$') && has_dnnl && exit 0
echo "oneDNN is not installed, and ${why:-its package did not bring it}; going on with ONNX Runtime, which trains several times slower."
echo 'To change that: apt-get install libdnnl3.6 on Debian 13, libdnnl3 on Ubuntu 24.04, libdnnl2 before them; brew install onednn'
echo 'on macOS; or set VOLVOX_ONEDNN to the path of oneDNN, 2.3 to 3.x.'
