#!/usr/bin/env bash
# What is measured first where a GPU is at hand for a quarter of an hour, in this order, each within its own minutes:
#   1. equality: the tests marked `gpu`
#   2. speed: base on batches of 25,000 tokens, and attention's parts
#   3. quality: the published anchor on Multi30k, seeds 2 to 5, three beside each other
# Records and logs go into a folder; what has not ended when its minutes are over goes on where it was at the next call.
#
#   examples/gpu/quarter-hour.sh OUT               on a machine with a GPU; REPRO_DATA names the folder of the corpora
#   DRY=1 examples/gpu/quarter-hour.sh OUT         the same commands on a CPU, a few updates each, to see that they run
set -u
out=${1:?name a folder for records and logs}
bin=${BIN:-.venv/bin}
dry=${DRY:-0}
mkdir -p "$out" || exit 2
export WANDB_MODE=${WANDB_MODE:-offline}
failed=0
trap "exit 130" INT

step() {  # step NAME MINUTES COMMAND...
    local name=$1 minutes=$2 began=$SECONDS status
    shift 2
    echo "$name: at most $minutes minutes: $*"
    timeout --foreground --signal=TERM --kill-after=20 "${minutes}m" "$@" >"$out/$name.log" 2>&1
    status=$?
    echo "$name: status $status after $((SECONDS - began)) s; $out/$name.log ends with: $(grep -v "^\s*$" "$out/$name.log" | tail -n 1)"
    [ "$status" -eq 0 ] || failed=1
}

if [ "$dry" = 1 ]; then
    step equality 4 "$bin/python" -m pytest -q --collect-only -m gpu tests
    step speed 4 "$bin/ablate" run throughput --rows training-tiny-fp32-15 --set batches=1 --set turns=2 --out "$out/runs"
    step quality 4 "$bin/ablate" run main --scale demo --rows transformer --seeds 2-3 --jobs 1 --limit 2 --out "$out/runs"
else
    step equality 3 "$bin/python" -m pytest -q -m gpu tests
    step speed 4 "$bin/ablate" run throughput --scale gpu --rows 'training-base-*' --out "$out/runs"
    step quality 6 "$bin/ablate" run main --scale multi30k-anchor --seeds 2-5 --jobs 3 --out "$out/runs" \
        --set accelerator=gpu --set precision=bf16-mixed
fi
exit "$failed"
