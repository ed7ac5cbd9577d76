/**
 * @file The layers of src and the floors of src/experiments. A file imports from its own folder and from what lies below it. The architecture test holds
 * every import against this list; docs/architecture.svg and the table beside it are made from it.
 */

/** Low → high. */
export const LAYERS = ['linalg', 'autodiff', 'curvature', 'influence', 'experiments'] as const;

/** What each layer is for. */
export const LAYER_PURPOSES: Readonly<Record<(typeof LAYERS)[number], string>> = {
  linalg: 'matrices, kernels, random streams, formats',
  autodiff: 'programs on a tape, networks, training',
  curvature: 'a problem becomes an EigenOperator',
  influence: 'scores, and how they are judged',
  experiments: 'everything with files, threads and a clock',
};

/** Experiments, none of which knows of another. A new one is a line here. */
const STUDIES: Readonly<Record<string, string>> = {
  methods: 'every method by the same retrainings',
  ladder: 'from realised retraining to K-FAC, rung by rung',
  networks: 'the ladder on networks of other shapes',
  bayesian: 'Bayesian influence functions',
  tokens: 'influence token by token, sampled and by curvature',
  astra: 'the protocol of ASTRA',
  attribution: 'one attribution of one network',
  audit: 'a table of anybody: what is wrong in it, harms, carries; one page',
  explorer: 'a page in the browser on which influence is seen',
};

/** The folders of src/experiments with what each is for, low → high. Folders of one floor do not know of each other. */
export const FLOORS: readonly Readonly<Record<string, string>>[] = [
  { files: 'whole files, digests, errors of commands' },
  {
    terminal: 'options and output of commands',
    engine: 'store, queue, workers, lock, interruption; knows no experiment',
  },
  {
    judging: 'intervals, claims and verdicts',
    protocol: 'settings, data, base networks, retrainings',
  },
  {
    pages: 'figures, tables and HTML',
    'user-files': 'arrays, networks and checkpoints that people bring',
    tables: 'tables that people bring, as numbers for a network',
    distributed: 'jobs on other machines, through a queue in Redis',
  },
  { 'better-hessians': 'the main job: the ladder of curvatures' },
  STUDIES,
  { commands: 'one file a command' },
];
