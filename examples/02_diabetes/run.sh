#!/usr/bin/env bash
# Data -> moments -> density -> picture. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}

"$program" estimate examples/02_diabetes/estimate.ini
"$program" stationary examples/02_diabetes/run.ini runs/02_diabetes/estimate/model.ini
"${SGDFLUX_PYTHON:-/usr/bin/python3}" python/draw.py runs/02_diabetes
