#!/usr/bin/env bash
# What the jobs do, small, without a queue -> picture. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
here=examples/19_cluster

"$program" stationary $here/run.ini
"$program" stationary $here/run.ini $here/sweep.ini
"${SGDFLUX_PYTHON:-/usr/bin/python3}" $here/compare.py runs/19_cluster
