#!/usr/bin/env bash
# Density and currents, slow rates for three strengths of the chase -> pictures. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
python=${SGDFLUX_PYTHON:-/usr/bin/python3}
here=examples/17_three_dimensions
runs=runs/17_three_dimensions

"$program" stationary $here/run.ini
"$program" spectrum $here/run.ini $here/spectrum.ini
"$python" $here/compare.py $runs
