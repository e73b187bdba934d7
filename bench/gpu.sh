#!/usr/bin/env bash
# The whole measurement on a GPU machine, bare or not, in stages; each prints as it goes and appends to $OUT.
#   OUT=out/gpu STAGES='unpack adapter contract golden steps halves narrow pytorch kernels study' bash bench/gpu.sh
# On a bare machine it needs what bench/gpu-pack.sh made (.gl, .pack): the stage `unpack` puts it under $WORK. Elsewhere leave
# `unpack` out: this checkout's dist/ and Node are used, and a `vitest run webgpu` does what `contract` and `golden` do.
#   ADAPTER    webgpu, or a part of an adapter's name      MODE=tiny    smallest sizes: a rehearsal on a software adapter
#   MINUTES    for all stages together (default 9); each stage gets what is left, at most its own limit
set -uo pipefail
cd "$(dirname "$0")/.."
repo=$PWD
# Of ldconfig, which is no program of an ordinary user's.
export PATH=$PATH:/usr/sbin:/sbin
OUT=${OUT:-$repo/out/gpu}
WORK=${WORK:-/tmp/p}
ADAPTER=${ADAPTER:-webgpu}
MODE=${MODE:-full}
MINUTES=${MINUTES:-9}
STAGES=${STAGES:-unpack adapter contract golden steps halves narrow pytorch kernels study}
mkdir -p "$OUT" "$WORK"
log=$OUT/gpu.txt
end=$(($(date +%s) + 60 * MINUTES))
if [ -x "$WORK/node" ]; then NODE=$WORK/node; home=$WORK/ceteris; else NODE=$(command -v node || true); home=$repo; fi
say() { printf '%s\n' "$*" | tee -a "$log"; }

# stage NAME SECONDS COMMAND...: within its limit and the time left; its output goes to the terminal and to $OUT.
stage() {
  local name=$1 limit=$2 left=$((end - $(date +%s))) start=$SECONDS rc=0
  shift 2
  if [ "$left" -lt 5 ]; then say "== $name: left out, no time left"; return 0; fi
  say "== $name (at most $((limit < left ? limit : left)) s): $*"
  timeout -k 5 $((limit < left ? limit : left)) "$@" 2>&1 | grep --line-buffered -v 'artificially reduced' | tee -a "$log"
  rc=${PIPESTATUS[0]}
  say "-- $name: $((SECONDS - start)) s$([ "$rc" = 0 ] || echo ", exit $rc")"
}

unpack() {
  if ! ldconfig -p | grep -q 'libvulkan\.so\.1'; then
    for deb in "$repo"/.gl/*.deb; do dpkg -x "$deb" /; done
    ldconfig
  fi
  if [ -f "$repo/.pack/base.tar.xz" ]; then
    tar -xJf "$repo/.pack/base.tar.xz" -C "$WORK" && mv "$WORK/ceteris/node-binary" "$WORK/node"
  fi
  if [ -f "$repo/.pack/project.tar.xz" ]; then
    rm -rf "$WORK/ceteris/dist" "$WORK/ceteris/src" "$WORK/ceteris/test"
    tar -xJf "$repo/.pack/project.tar.xz" -C "$WORK"
  fi
  mkdir -p "$WORK/parts" "$WORK/data"
  # Kept outside the checkout, so that the parts of several calls come together while the machine is held.
  for part in "$repo"/.pack/*.part "$repo"/.data/*.part "$repo"/.data2/*.part; do [ ! -f "$part" ] || cp "$part" "$WORK/parts/"; done
  if [ -f "$WORK/parts/train-00.part" ] && [ -f "$WORK/parts/test-00.part" ]; then
    python3 "$repo/bench/gpu/cifar_parts.py" unpack "$WORK/parts" "$WORK/data/cifar-100-binary"
  fi
}

tests() {
  local file failed=0
  for file in "$@"; do
    if [ -f "$home/test/$file.js" ]; then
      "$NODE" "$home/node_modules/vitest/runTests.mjs" "$home/test/$file.js" || failed=1
    else
      echo "$file is not packed here: npx vitest run test/${file%.test}"
    fi
  done
  return $failed
}
bench() { "$NODE" "$home/dist/cli/main.js" bench "$@" --device "$ADAPTER"; }
# steps WIDTH 'REPLICAS ...' OPTION...: one JSON file each, which page.mjs reads, and a line each here. PRECISION: of the products.
steps() {
  local width=$1 replicas=$2 count file failed=0
  shift 2
  for count in $replicas; do
    file=$OUT/step${PRECISION:+-$PRECISION}-$width-$count.json
    bench step --width "$width" --replicas "$count" ${PRECISION:+--precision "$PRECISION"} "$@" --json >"$file" || { failed=1; rm -f "$file"; continue; }
    "$NODE" -e 'const r = JSON.parse(fs.readFileSync(process.argv[1])); const ms = (n) => n.toFixed(3);
      console.log(`width ${r.network.width}, R = ${r.replicas}, ${r.precision}: ${ms(r.train.medianMs)} ms a step (fastest ${ms(r.train.minMs)}), ${ms(r.train.runMs)} a run; host ${ms(r.train.hostMs)}; evaluation ${ms(r.evaluate.medianMs)}; ${r.dispatches} dispatches; compile ${ms(r.compileMs)}, start ${ms(r.startMs)}; ${(100 * r.train.shareOfPeak).toFixed(0)}% of ${r.peak.gflops.toFixed(0)} GFLOPS, copy ${r.peak.gigabytesPerSecond.toFixed(0)} GB/s`);
      for (const k of r.kinds) console.log(`    ${ms(k.milliseconds)}  ${k.kernel}`);' "$file"
  done
  return $failed
}

# As many epochs of the study as the time allows, in lockstep: records and curves in $OUT, checkpoints in $WORK (`collect`).
study() {
  local images=0 data=$WORK/data rc=0
  [ ! -f "$data/cifar-100-binary/train.bin" ] || images=$(($(stat -c %s "$data/cifar-100-binary/train.bin") / 3074))
  local limits=()
  if [ "$images" = 0 ]; then data=${DATA_DIR:-../shared/data}; elif [ "$images" -lt 50000 ] && [[ ${STUDY_OPTIONS:-} != *dataset.limit* ]]; then
    limits=(--set "dataset.limit={ train: $((images * 4 / 5)), validation: $((images / 5)) }")
  fi
  local seconds=${STUDY_SECONDS:-$((end - $(date +%s) - 40))}
  say "the study on ${images} images for $seconds s"
  if [ -f "${KEPT:-/nowhere}" ]; then tar -xf "$KEPT" -C "$WORK"; fi
  timeout -s INT -k 30 "$seconds" "$NODE" "$home/dist/cli/main.js" run "$home/studies/ai6103.yaml" --device "$ADAPTER" \
    --data-dir "$data" --out "$WORK/out" "${limits[@]}" ${STUDY_OPTIONS:-} || rc=$?
  # 124: the time was over, as planned.
  if [ "$rc" = 124 ]; then rc=0; fi
  if [ ! -d "$WORK/out" ]; then
    echo "nothing of the study was trained"
    return "$rc"
  fi
  "$NODE" "$home/dist/cli/main.js" ls --out "$WORK/out" || true
  (cd "$WORK" && tar -cJf "$OUT/study-records.tar.xz" --exclude='*.safetensors' --exclude=predictions.csv out)
  (cd "$WORK" && find out -name checkpoint.safetensors | sort | tar -cf checkpoints.tar -T -)
  echo "checkpoints: $(stat -c %s "$WORK/checkpoints.tar") bytes; the stage collect brings 60 MB a call, COLLECT=0, 1, ..."
  return "$rc"
}

# 60 MB of the checkpoints, from the COLLECT-th on: join the pieces by cat, and unpack them beside study-records.
collect() {
  local first=$((4 * ${COLLECT:-0})) piece
  for piece in 0 1 2 3; do
    dd if="$WORK/checkpoints.tar" of="$OUT/checkpoints-$(printf %03d $((first + piece)))" bs=15M skip=$((first + piece)) count=1 status=none
  done
  find "$OUT" -name 'checkpoints-*' -size 0 -delete
}

list() { "$NODE" -e "import('$home/dist/backends/webgpu/node/probe.js').then(async ({ probeAdapters }) => { const r = await probeAdapters(); console.log(JSON.stringify(r)); process.exitCode = r.adapters.length > 0 ? 0 : 1; })"; }
export -f unpack tests bench steps study collect list say
export repo OUT WORK ADAPTER MODE NODE home end log CETERIS_DEMAND_ADAPTER=1 PYTHONUNBUFFERED=1
case $ADAPTER in webgpu:*) export CETERIS_TEST_ADAPTER=${ADAPTER#webgpu:} ;; esac
in_shell() { local name=$1 limit=$2; shift 2; stage "$name" "$limit" bash -c '"$@"' _ "$@"; }

say "== $(date -u +%FT%TZ) STAGES: $STAGES"
for one in $STAGES; do
  case $one-$MODE in
    unpack-*)
      in_shell unpack 90 unpack
      if [ -x "$WORK/node" ]; then NODE=$WORK/node; home=$WORK/ceteris; export NODE home; fi
      ;;
    adapter-*)
      stage card 10 nvidia-smi --query-gpu=name,driver_version,clocks.sm,clocks.max.sm,power.limit,memory.total --format=csv
      stage doctor 60 "$NODE" "$home/dist/cli/main.js" doctor
      in_shell adapters 60 list
      ;;
    contract-full) in_shell contract 150 tests contract/firstSteps.test contract/webgpuCalls.test contract/webgpu.test contract/webgpuHalves.test contract/webgpuHost.test contract/webgpuDivergence.test contract/webgpuMemory.test contract/lockstep.test ;;
    contract-tiny) in_shell contract 300 tests contract/firstSteps.test ;;
    golden-full) in_shell golden 120 tests golden/webgpu.test ;;
    golden-tiny) ;;
    steps-full) in_shell steps 120 steps 1 '1 7 21' ;;
    steps-tiny) in_shell steps 300 steps 0.25 '1 2' --seconds 0.1 --batch 2 ;;
    halves-full)
      PRECISION=f16-products in_shell halves 60 steps 1 '1 7 21'
      in_shell halves 40 bench kernels --replicas 7 --tiles --precision f16-products
      ;;
    halves-tiny) PRECISION=f16-products in_shell halves 300 steps 0.25 '1 2' --seconds 0.1 --batch 2 ;;
    narrow-full) in_shell narrow 90 steps 0.25 '1 7 21 64' --seconds 3 ;;
    narrow-tiny) in_shell narrow 60 steps 0.25 3 --seconds 0.1 --batch 2 ;;
    kernels-full) in_shell kernels 60 bench kernels --replicas 7 --tiles; in_shell kernels 60 bench kernels --tiles ;;
    kernels-tiny) in_shell kernels 300 bench kernels --width 0.25 --batch 2 ;;
    pytorch-full)
      stage pytorch 150 python3 "$repo/.pack/pt_gpu.py" --only ceil,check,r1,mps,compile --seconds 130 --name pytorch ;;
    pytorch-tiny) stage pytorch 150 "${PYTHON:-/usr/bin/python3}" "$repo/.pack/pt_gpu.py" --device cpu --smoke --only r1 --seconds 60 ;;
    study-*) in_shell study 560 study ;;
    collect-*) in_shell collect 60 collect ;;
    *) say "no stage $one" ;;
  esac
done
say "== done, $((end - $(date +%s))) s left of $MINUTES min"
