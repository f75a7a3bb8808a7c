#!/usr/bin/env bash
# Densities for growing depth, branches for three ratios of width to depth -> picture. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
python=${SGDFLUX_PYTHON:-/usr/bin/python3}
here=examples/16_depth_limit
runs=runs/16_depth_limit

"$program" stationary $here/run.ini $here/density.ini
"$program" continue $here/run.ini $here/scaling.ini
"$python" $here/compare.py $runs
