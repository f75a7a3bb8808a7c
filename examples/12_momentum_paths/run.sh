#!/usr/bin/env bash
# SGD on digits with and without replacement -> the SDE's displacement -> pictures. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
python=${SGDFLUX_PYTHON:-/usr/bin/python3}
here=examples/12_momentum_paths
runs=runs/12_momentum_paths

"$program" sample $here/run.ini
"$program" sample $here/run.ini $here/without.ini
"$program" correlate $here/displacement.ini
"$python" python/draw.py $runs/with
"$python" $here/compare.py $runs
