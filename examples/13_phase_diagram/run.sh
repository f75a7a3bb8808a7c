#!/usr/bin/env bash
# Branch with its events -> events for several strengths of noise, lines of events -> pictures. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
python=${SGDFLUX_PYTHON:-/usr/bin/python3}
here=examples/13_phase_diagram
runs=runs/13_phase_diagram

"$program" continue $here/run.ini
"$program" continue $here/run.ini $here/noise.ini
"$program" continue $here/run.ini $here/lines.ini
"$python" python/draw.py $runs/branch
"$python" $here/compare.py $runs
