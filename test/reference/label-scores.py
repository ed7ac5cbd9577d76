"""Golden values of label scores, by cleanlab.

    python3 test/reference/label-scores.py        # writes test/reference/label-scores.json; needs cleanlab 2.9
"""
import cleanlab
import numpy as np
from cleanlab.rank import get_label_quality_scores

from common import write

SEED = 0


def cases(rng):
    for n, classes, concentration in [(40, 2, 0.5), (60, 3, 0.3), (50, 10, 0.2), (30, 5, 3.0)]:
        probabilities = rng.dirichlet(np.full(classes, concentration), size=n)
        labels = np.array([rng.choice(classes, p=p) for p in probabilities])
        labels[:classes] = np.arange(classes)  # cleanlab wants every class
        yield {
            'probabilities': probabilities,
            'labels': labels,
            **{
                name: get_label_quality_scores(labels, probabilities, method=method, adjust_pred_probs=balanced)
                for name, method, balanced in [
                    ('selfConfidence', 'self_confidence', False),
                    ('normalisedMargin', 'normalized_margin', False),
                    ('balancedSelfConfidence', 'self_confidence', True),
                    ('balancedNormalisedMargin', 'normalized_margin', True),
                ]
            },
        }


if __name__ == '__main__':
    write('label-scores.json', 'python3 test/reference/label-scores.py', [cleanlab, np],
          'Label quality scores of random probabilities and labels; balanced: with adjust_pred_probs.',
          {'seed': SEED, 'cases': list(cases(np.random.default_rng(SEED)))})
