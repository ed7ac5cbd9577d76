"""Curvatures of two small networks, computed from their definitions by PyTorch in float64, as one JSON each; networks_cases.py writes the networks.

python network_curvatures.py FOLDER_OF_A_CASE NAME: reads the arrays of a case and writes NAME.json beside this file: per curvature the product with
one vector, the damped solve of it, the spectrum and damped scores of two queries; Kronecker factors and eigenvalues per layer.
"""
import json
import pathlib
import sys

import numpy as np

CURVATURES = ['hessian', 'ggn', 'block-ggn', 'block-ggn-tensor'] + [f'{k}-{f}' for k in ('kfac', 'ekfac') for f in ('expand', 'reduce')]


def main(folder, name):
    case = pathlib.Path(folder)
    meta = json.loads((case / 'meta.json').read_text())
    load = lambda key: np.load(case / f'{key}.npy')
    digits = lambda a: [float(f'{x:.13g}') for x in np.ravel(a)]
    out = {'lambda': meta['lambda_'], 'vector': load('vectors')[0].tolist(), 'curvatures': {}, 'layers': []}
    for c in CURVATURES:
        scores = {m: digits(load(f'scores_{m}_{c}_damped')[:2]) for m in ('loss', 'margin') if (case / f'scores_{m}_{c}_damped.npy').exists()}
        eig = load(f'eig_{c}')
        out['curvatures'][c] = {'times': digits(load(f'times_{c}')[0]), 'solve': digits(load(f'solve_{c}')[0]), 'eig': digits(eig[np.r_[0:20, len(eig) - 40:len(eig)]]), 'scores': scores}
    for layer in meta['layers']:
        if layer['kind'] == 'exact':
            continue
        forms = {}
        for f in ('expand', 'reduce'):
            if not (case / f"{f}_{layer['name']}_left.npy").exists():
                continue
            left, right = (load(f"{f}_{layer['name']}_{side}") for side in ('left', 'right'))
            forms[f] = {'left': digits(left), 'right': digits(right), 'ek': digits(load(f"{f}_{layer['name']}_ek")), 'undetermined': 1 if f == 'reduce' and layer['reduceIsZero'] else layer['ekfacUndetermined'][f]}
        out['layers'].append({'name': layer['name'], **forms})
    if (case / 'token_scores_ggn_damped.npy').exists():
        out['tokenScores'] = digits(load('token_scores_ggn_damped'))
    (pathlib.Path(__file__).parent / f'{name}.json').write_text(json.dumps(out, separators=(',', ':')))


main(*sys.argv[1:3])
