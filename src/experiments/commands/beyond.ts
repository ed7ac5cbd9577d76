/** @file `beyond`: can the loss of Kronecker factorisation be won back, and at what cost? */
import { readDigested } from '../files/digested-file.ts';
import { fewModels, PROFILES, profile, settingConfig } from '../protocol/profile.ts';
import { command } from '../terminal/command.ts';
import { oneOf, positive, text, texts, whole } from '../terminal/options.ts';
import { filesLine, runShown, split } from './run-shown.ts';
import {
  baseModels,
  ENGINE_OPTIONS,
  EXPERIMENT_SEED,
  KEEP,
  retrainingSeeds,
  SETTING_FORM,
  subsets,
  TO_THE_END,
  timeBudget,
} from './shared-options.ts';

export const addBeyond = command({
  name: 'beyond',
  description:
    'better Kronecker approximations and few-step solvers beside the paper’s ladder: LDS, Eq. 9 and cost, with the retrainings that reproduce stored',
  options: {
    setting: texts('<names...>', `${SETTING_FORM}, one or more, retrained before`).required(),
    profile: oneOf('<name>', 'whose data the settings use', Object.keys(PROFILES)).or('paper'),
    damping: texts('<lambdas...>', 'λ of the damped rules, beside the setting’s own rule', 'numbers').or([
      '1e-3',
      '1e-2',
    ]),
    models: baseModels('base models whose scores are averaged (default: of the profile, at most 5)'),
    gradients: whole('<n>', 'training gradients that Eq. 9 is averaged over', 1).or(200),
    subsets: subsets('use at most the first K stored subsets').or(1e6),
    seeds: retrainingSeeds('use at most the first R stored seeds').or(1e6),
    keep: KEEP,
    timeBudget: timeBudget(TO_THE_END),
    seed: EXPERIMENT_SEED,
    ...ENGINE_OPTIONS,
    out: text('<DIR>', 'folder of the experiment').or('runs'),
  },
  async run(flags) {
    const { out, gradients: sample, subsets, seeds, timeBudget: budget, keep } = flags;
    const { BEYOND_EXPERIMENT } = await import('../better-hessians/beyond/run-beyond.ts'); // only this command pays for loading Vega
    const { beyondLines } = await import('../better-hessians/beyond/beyond-table.ts');
    const { BEYOND_FILE } = await import('../better-hessians/beyond/beyond.ts');
    const names = split(flags.setting);
    const chosen = profile(flags.profile);
    const settings = names.map((name) =>
      settingConfig(chosen, name, flags.seed, flags.models ?? fewModels(chosen)),
    );
    const dampings = split(flags.damping).map(positive);
    const earlier = keep === undefined ? undefined : readDigested(keep, BEYOND_FILE);
    const request = {
      settings,
      earlier,
      dampings,
      size: { subsets, seeds },
      sample,
      out,
      workers: 1,
      budget,
    };
    return await runShown(BEYOND_EXPERIMENT, request, flags, ({ results, wall }) => {
      return {
        figures: { digest: results.digest, settings: names, seconds: { wall } },
        lines: [...beyondLines(results), '', filesLine('beyond', out, wall)],
      };
    });
  },
});
