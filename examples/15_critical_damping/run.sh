#!/usr/bin/env bash
# Eigenvalues over momentum and over the Hessian eigenvalue -> picture. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
python=${SGDFLUX_PYTHON:-/usr/bin/python3}
here=examples/15_critical_damping
runs=runs/15_critical_damping

"$program" continue $here/run.ini
"$program" continue $here/run.ini $here/rho.ini
"$python" $here/compare.py $runs
