#!/usr/bin/env bash
# numpy-ts: irfft2 and irfftn do not undo rfft2 and rfftn, and irfft with a shorter n wraps the frequencies that it should cut.
# Guess: irfft2(rfft2(x), x.shape) is x, as for NumPy, and irfft(X, n) takes the first n/2 + 1 frequencies, so that a signal is sampled down.
# Seen: the transform to real numbers is made along the last axis first, which throws an imaginary part away, and only then come the other axes; it has to come last. The
#       forward transforms are right. irfft copies all frequencies that it is given, and those above n/2 land in the wrong places. Nothing is thrown.
# Why it matters: convolutions, spectral preconditioners and low-pass filters of images go through this pair, and half of the signal in the right place looks like a blur.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund numpy-ts@1.7.0
cat >check.mjs <<'JAVASCRIPT'
import * as np from 'numpy-ts';

let state = 1;
const uniform = () => (state = (state * 16807) % 2147483647) / 2147483647 - 0.5;
const random = (shape) => np.array(Array.from({ length: shape.reduce((a, b) => a * b) }, uniform)).reshape(shape);
const largest = (a, b) => Math.max(...[a.tolist()].flat(9).map((v, i) => Math.abs(v - [b.tolist()].flat(9)[i])));
console.log(`numpy-ts ${np.__version__}; entries of x lie between -0.5 and 0.5; largest error of a round trip`);
let holds = true;
const judge = (name, error, right) => {
  console.log(`${name.padEnd(62)}${error.toExponential(1).padEnd(10)}expected: below 1e-14`);
  holds &&= right ? error < 1e-14 : error > 0.1;
};
const { ifft, ifft2, irfft, irfft2, irfftn, rfft, rfft2, rfftn, fft2 } = np.fft;
for (const shape of [[3, 4], [32, 32]]) {
  const x = random(shape);
  judge(`ifft2(fft2(x)) of ${shape}`, largest(np.real(ifft2(fft2(x))), x), true);
  judge(`irfft2(rfft2(x), shape) of ${shape}`, largest(irfft2(rfft2(x), shape), x), false);
  judge(`irfftn(rfftn(x), shape) of ${shape}`, largest(irfftn(rfftn(x), shape), x), false);
  judge(`ifft along axis 0, then irfft along axis 1, of ${shape}`, largest(irfft(ifft(rfft2(x), shape[0], 0), shape[1], 1), x), true);
}
const small = random([3, 4]);
judge('irfft2(rfft2(x)) of 3,4', largest(irfft2(rfft2(small)), small), false);
const big = random([64, 64]);
judge('irfft2(rfft2(x)) of 64,64', largest(irfft2(rfft2(big)), big), false);

// 16 samples of 1 + cos t + ½ sin 6t; 8 samples keep the frequencies up to 4: 1 + cos t.
const spectrum = rfft(np.array(Array.from({ length: 16 }, (_, i) => 1 + Math.cos((i * Math.PI) / 8) + 0.5 * Math.sin((6 * i * Math.PI) / 8))));
const expected = np.array(Array.from({ length: 8 }, (_, i) => 2 * (1 + Math.cos((i * Math.PI) / 4))));
judge('irfft(X, 8) of nine frequencies', largest(irfft(spectrum, 8), expected), false);
judge('irfft of the first five', largest(irfft(np.array(spectrum.tolist().slice(0, 5)), 8), expected), true);
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
