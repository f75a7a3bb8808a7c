#!/usr/bin/env bash
# Spectra -> displacements -> exponents -> pictures. SGDFLUX_PROGRAM and SGDFLUX_PYTHON choose the program and the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${SGDFLUX_PROGRAM:-build/sgdflux}
python=${SGDFLUX_PYTHON:-/usr/bin/python3}
here=examples/07_anomalous_diffusion
runs=runs/07_anomalous_diffusion

for what in beta eta batch cifar; do
  "$program" correlate $here/run.ini $here/$what.ini
done
"$python" $here/fit.py $runs/beta $runs/eta $runs/batch $runs/cifar
"$python" python/draw.py $runs/beta
"$python" python/draw.py $runs/cifar
