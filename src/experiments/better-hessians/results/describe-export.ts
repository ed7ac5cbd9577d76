/** @file The README beside exported arrays: what they are, so that nobody has to retrain to judge a method of their own. */
import type { Mlp } from '../../../autodiff/index.ts';
import { seedSplits } from '../../../influence/judging/noise-ceiling.ts';
import { dataFolder } from '../../engine/folders.ts';
import { taskKey } from '../../engine/task.ts';
import { prepareDigits } from '../../protocol/data/prepare-digits.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { retrainingTask } from '../../protocol/tasks.ts';
import type { SettingData } from '../reproduce/compute-setting.ts';

/** @param digests - SHA-256 of every file beside the README. */
export function describeExport(
  { setting, size, networks }: SettingData,
  model: Mlp,
  digests: ReadonlyMap<string, string>,
): string {
  const { data, training, subsetFraction } = setting;
  const kept = Math.floor(data.train * subsetFraction);
  const folder = dataFolder(data);
  return `# ${setting.name}

Retrained networks, base models and attribution scores of one setting, made by \`eigenfluence reproduce\`.

## The setting

- Data: UCI Digits, ${data.train} training and ${data.queries} query examples, ${scaled(data.scaling)}. They lie in \`../../${folder}\`; \`*-indices.npy\` there counts the lines of the project's data/digits.csv.gz from 0.
- Network: layers ${model.sizes.join('-')}, ${model.activation} between them, biases, ${model.parameterCount} parameters; mean cross-entropy.
- Training: SGD, ${training.epochs} epochs, batches of ${training.batch}${training.dropLast ? ', the incomplete last one left out' : ''}, learning rate ${training.learningRate} (${training.schedule}), momentum ${training.momentum}, weight decay ${training.weightDecay}, initialisation as in ${training.initialisation === 'torch' ? "PyTorch's nn.Linear" : 'Glorot and Bengio (2010), uniform'}.
- Key of the retrainings: \`${taskKey(retrainingTask(setting))}\`.

## retrainings.npz

${size.subsets} random subsets of the training set, each of ${kept} examples, and ${size.seeds} networks trained on each subset from other random starts.

| array | shape | type | meaning |
| --- | --- | --- | --- |
| subsets | [${size.subsets}, ${kept}] | int32 | positions 0…${data.train - 1} in the training set of the examples that were KEPT, ascending |
| seeds | [${size.seeds}] | int32 | numbers of the trainings |
${splitsRow(size.seeds, setting.seed)}| losses | [${size.subsets}, ${size.seeds}, ${data.queries}] | float64 | cross-entropy of every query after training |
| margins | [${size.subsets}, ${size.seeds}, ${data.queries}] | float64 | log p_y − log(1 − p_y) of every query |

## model-0.safetensors …, scores-METHOD.npy

${networks.length} ${networks.length === 1 ? 'network' : 'networks'} trained on all training examples: the parameters of a PyTorch nn.Sequential. Scores [${data.queries} queries, ${data.train} training examples], float64, averaged over these networks.
A positive score says that leaving the training example out is predicted to RAISE the query's ${setting.measurement}; removing a set of examples changes it by about the sum of their scores / ${data.train}.
Conventions of the scores: ${conventions(setting)}.

## The linear data-modelling score of your own scores

For each query, Spearman's correlation over the subsets between the mean over seeds of its ${setting.measurement} and −Σ score over the kept examples; then the mean over all queries. Intervals come from a bootstrap over subsets.

    npm run -s cli -- evaluate --scores YOURS.npy --against scores-ekfac.npy --setting ${setting.name} --out RUN

With NumPy alone:

\`\`\`python
import numpy as np
from scipy.stats import spearmanr
r = np.load('retrainings.npz')
scores = np.load('scores-ekfac.npy')
outcome = r['${outcomes(setting)}'].mean(axis=1)                                         # [subset, query]
predicted = -np.stack([scores[:, kept].sum(axis=1) for kept in r['subsets']])     # [subset, query]
rho = [spearmanr(outcome[:, q], predicted[:, q])[0] for q in range(outcome.shape[1])]
print(np.nan_to_num(rho).mean())   # NaN, a constant, counts as no correlation
\`\`\`

${networksCode(setting, networks.length)}${ceilingCode(setting, size.seeds)}## SHA-256

| file | digest |
| --- | --- |
${[...digests].map(([name, digest]) => `| ${name} | \`${digest}\` |`).join('\n')}

Digest of the split: \`${prepareDigits(data).hash}\`.
`;
}

/** Nothing for a single network, whose predictions follow from its scores. */
function networksCode(setting: SettingConfig, networks: number): string {
  if (networks < 2) return '';
  return `## The LDS over networks, resampled

    npm run -s cli -- evaluate --scores NETWORK-0.npy NETWORK-1.npy … --setting ${setting.name} --out RUN

judges the scores of one method at several networks: LDS of their average and of single networks, with intervals over networks and subsets.

predictions-METHOD.npy [${networks} networks, subset, query], float64: −Σ score over the kept examples, of each network's own scores. With them both readings of results.json can be made again: \`single\`, the mean LDS of single networks, and the LDS of their mean. Percentile intervals over networks and subsets, to their own Monte-Carlo error:

\`\`\`python
from scipy.stats import rankdata
p, y = np.load('predictions-hessian.npy'), r['${outcomes(setting)}'].mean(axis=1)
def lds(predicted, y):                                                           # [subset, query] each
    a, b = (rankdata(x, axis=0) - (len(y) + 1) / 2 for x in (predicted, y))
    with np.errstate(invalid='ignore'):
        return np.nan_to_num((a * b).sum(0) / np.sqrt((a * a).sum(0) * (b * b).sum(0))).mean()
rng = np.random.default_rng()
single, ensemble = [], []
for _ in range(1000):
    m, k = rng.integers(len(p), size=len(p)), rng.integers(len(y), size=len(y))
    single.append(np.mean([lds(p[n][k], y[k]) for n in m]))
    ensemble.append(lds(p[m].mean(axis=0)[k], y[k]))
print(np.quantile(single, [0.025, 0.975]), np.quantile(ensemble, [0.025, 0.975]))
\`\`\`

`;
}

function outcomes({ measurement }: SettingConfig): 'losses' | 'margins' {
  return measurement === 'loss' ? 'losses' : 'margins';
}

function splitsRow(seeds: number, seed: number): string {
  if (seeds < 2) return '';
  const { halves, exhaustive } = seedSplits(seeds, undefined, seed);
  return `| splits | [${halves.length}, 2, ${Math.floor(seeds / 2)}] | int32 | ${exhaustive ? 'every pair' : 'random pairs'} of disjoint halves of the seeds, for the noise ceiling |\n`;
}

function ceilingCode(setting: SettingConfig, seeds: number): string {
  return seeds < 2
    ? ''
    : `## The noise ceiling

The LDS that knowing every expected outcome exactly would reach: how well one half of the seeds predicts the other (Spearman's correlation over the subsets, averaged over \`splits\`), carried over to all seeds by the formula of Spearman and Brown, then the square root.

\`\`\`python
y = r['${outcomes(setting)}']                                                                  # [subset, seed, query]
halves = [[spearmanr(y[:, a, q].mean(axis=1), y[:, b, q].mean(axis=1))[0] for q in range(y.shape[2])] for a, b in r['splits']]
rho = np.maximum(np.nan_to_num(halves).mean(axis=0), 0)                          # [query]; NaN, a constant, counts as no correlation
k = y.shape[1] / (y.shape[1] // 2)
print(np.mean(np.sqrt(k * rho / (1 + (k - 1) * rho))))
\`\`\`

`;
}

function scaled(scaling: SettingConfig['data']['scaling']): string {
  return scaling === 'standardised'
    ? 'pixels standardised by mean and deviation over the training examples'
    : 'pixels divided by 16';
}

function conventions({ rule, curvature, measurement }: SettingConfig): string {
  return `inverse ${JSON.stringify(rule)}, Fisher ${JSON.stringify(curvature.fisher)}, blocks per ${curvature.partition}, measurement ${measurement}`.replaceAll(
    '"',
    '',
  );
}
