"""Effective sample size and split R-hat of AR(1) chains by NumPy's FFT: python3 test/reference/chain-diagnostics.py"""
import numpy as np

from common import write


def autocovariance(x):
    """Biased, by FFT: an algorithm other than the library's direct sums."""
    n = len(x)
    f = np.fft.rfft(x - x.mean(), 2 * n)
    return np.fft.irfft(f * np.conj(f))[:n] / n


def diagnostics(chains):
    """Stan's formulas (Vehtari et al. 2021) without ranks: split, pooled variance, Geyer's initial monotone sequence."""
    half = chains.shape[1] // 2
    parts = np.concatenate([chains[:, :half], chains[:, -half:]])
    acov = np.array([autocovariance(part) for part in parts])
    within = np.mean(acov[:, 0] * half / (half - 1))
    plus = within * (half - 1) / half + np.var(parts.mean(axis=1), ddof=1)
    rho = 1 - (within - acov.mean(axis=0)) / plus
    rho[0] = 1
    pairs = rho[0:2 * (half // 2):2] + rho[1:2 * (half // 2):2]
    stop = np.argmax(pairs <= 0) if np.any(pairs <= 0) else len(pairs)
    tau = -1 + 2 * np.minimum.accumulate(pairs[:stop]).sum()
    draws = parts.size
    return draws / max(tau, 1 / np.log10(draws)), np.sqrt(plus / within)


def main():
    rng = np.random.default_rng(8)
    cases = []
    for phi, chains, draws, shift in [(0.0, 4, 61, 0), (0.6, 3, 80, 0), (0.9, 2, 120, 0), (-0.5, 2, 64, 0), (0.3, 3, 50, 1.5)]:
        x = np.empty((chains, draws))
        x[:, 0] = rng.normal(size=chains) / np.sqrt(1 - phi**2)
        for t in range(1, draws):
            x[:, t] = phi * x[:, t - 1] + rng.normal(size=chains)
        x += shift * np.arange(chains)[:, None]
        x = np.round(x, 6)
        size, rhat = diagnostics(x)
        cases.append({'phi': phi, 'shift': shift, 'chains': x, 'effectiveSampleSize': size, 'splitRhat': rhat})
    write('chain-diagnostics.json', 'python3 test/reference/chain-diagnostics.py', [np],
          'effective sample size and split R-hat of AR(1) chains', {'cases': cases})


if __name__ == '__main__':
    main()
