#!/usr/bin/env bash
# Branches for several depths and widths -> picture. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
python=${SGDFLUX_PYTHON:-/usr/bin/python3}
here=examples/14_fluctuation_inversion
runs=runs/14_fluctuation_inversion

"$program" continue $here/single.ini
"$program" continue $here/run.ini
"$program" continue $here/width.ini
"$python" $here/compare.py $runs
