# Sourced by the scripts that install system packages.

# apt_install PACKAGE...: installs where that is possible; else says why not, and fails.
apt_install() {
  local as_root=()
  command -v apt-get >/dev/null || { echo 'there is no apt-get to install it with'; return 1; }
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || { echo 'this user may not install it'; return 1; }
    as_root=(sudo -n)
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update -qq >/dev/null 2>&1
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 || { echo "apt-get cannot install $*"; return 1; }
}
