#!/usr/bin/env bash
# Solver, paths and SGD against each other -> moments over T -> pictures. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
python=${SGDFLUX_PYTHON:-/usr/bin/python3}
here=examples/10_sgd_against_its_sde
runs=runs/10_sgd_against_its_sde

"$program" validate $here/run.ini
"$program" stationary $here/run.ini $here/density.ini
"$program" sample $here/run.ini $here/sgd.ini
"$python" python/draw.py $runs/validate
"$python" $here/compare.py $runs
