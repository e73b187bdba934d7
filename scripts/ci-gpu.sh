#!/usr/bin/env bash
# Installs what the WebGPU tests need on a Debian 12 machine without a GPU (as root), and PyTorch for the comparisons of speed:
#   lavapipe    a Vulkan driver in software, Mesa 25 from bookworm-backports (Dawn refuses Debian 12's own Mesa 22.3)
#   chromium    headless browser; it ships SwiftShader, a second software driver with poorer limits
#   libvulkan1  the Vulkan loader, which Dawn opens
# Doing it again changes nothing. Where apt-get is missing it fails: CI demands all of it.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

apt=(apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq)
present() { dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | grep -q "^installed ${2:-}"; }

# The source of backports is the machine's own Debian source under another suite, so a mirror set up there is used here too.
backports=/etc/apt/sources.list.d/ceteris-backports.sources
if ! present mesa-vulkan-drivers '25\.'; then
  sources=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true)
  uri=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] *\)\{0,1\}\(http[^ ]*\).*/\2/p' <<<"$sources" | sed -n 1p)
  [ -n "$uri" ] || { echo 'ci-gpu.sh: no Debian source was found in /etc/apt' >&2; exit 1; }
  printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$uri" >"$backports"
fi

wanted=()
for package in chromium libvulkan1 python3-torch; do present "$package" || wanted+=("$package"); done
if [ ${#wanted[@]} -gt 0 ] || ! present mesa-vulkan-drivers '25\.'; then "${apt[@]}" update; fi
if [ ${#wanted[@]} -gt 0 ]; then "${apt[@]}" install -y --no-install-recommends "${wanted[@]}"; fi
if ! present mesa-vulkan-drivers '25\.'; then
  "${apt[@]}" install -y --no-install-recommends -t bookworm-backports mesa-vulkan-drivers
fi
present mesa-vulkan-drivers '25\.' || { echo 'ci-gpu.sh: Mesa 25 was not installed' >&2; exit 1; }
