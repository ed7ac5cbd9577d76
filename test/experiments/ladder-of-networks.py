"""LDS and noise ceiling of one network, from what `networks --export NETWORK` wrote, by NumPy alone; compared with networks.json.

    python ladder-of-networks.py RUNS/networks NETWORK

Ranks are those of scipy.stats.rankdata (ties share their mean), the correlation is Pearson's of the ranks, an LDS the mean over queries; a constant has
none and counts as 0.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

TOLERANCE = 1e-12


def spearman(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Of each column."""
    x, y = (rankdata(m, axis=0) for m in (a, b))
    x, y = x - x.mean(0), y - y.mean(0)
    norm = np.sqrt((x * x).sum(0) * (y * y).sum(0))
    return np.divide((x * y).sum(0), norm, out=np.zeros_like(norm), where=norm > 0)


def main(folder: Path, network: str) -> None:
    results = json.loads((folder / "networks.json").read_text())
    setting = next(one for one in results["settings"] if one["network"] == network)
    arrays = folder / "arrays" / network
    losses, subsets = np.load(arrays / "losses.npy"), np.load(arrays / "subsets.npy")
    outcomes = losses.mean(1)
    worst = 0.0
    for rung in setting["rungs"]:
        scores = np.load(arrays / f"scores-{rung['id']}.npy")
        kept = np.zeros((len(subsets), scores.shape[2]))
        np.put_along_axis(kept, subsets.astype(int), 1, axis=1)
        predictions = -np.einsum("ji,mqi->mjq", kept, scores)
        single = [spearman(one, outcomes).mean() for one in predictions]
        ensemble = spearman(predictions.mean(0), outcomes).mean()
        published = rung["published"]
        gaps = [abs(a - b) for a, b in zip(single, published["values"], strict=True)]
        gaps += [
            abs(np.mean(single) - published["single"]["lds"]),
            abs(ensemble - published["ensemble"]["lds"]),
        ]
        worst = max(worst, *gaps)
        print(f"{rung['id']:14} {np.mean(single):.6f} {ensemble:.6f} {max(gaps):.1e}")
    print(f"largest gap {worst:.1e} over {sum(len(r['published']['values']) + 2 for r in setting['rungs'])} LDS")
    if worst > TOLERANCE:
        sys.exit("NOT EQUAL")


main(Path(sys.argv[1]), sys.argv[2])
