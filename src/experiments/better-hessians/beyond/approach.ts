/** @file What the experiment compares: ways to apply an inverse curvature, each with what it costs. */
import type { InverseRule, Problem } from '../../../curvature/index.ts';
import type { Matrix } from '../../../linalg/index.ts';
import type { SettingConfig } from '../../protocol/setting.ts';

/** Groups of methods; they share a colour. */
export const FAMILIES = ['ladder', 'nearest', 'sum', 'basis', 'neighbours', 'cg-ggn', 'cg-hessian'] as const;
export type Family = (typeof FAMILIES)[number];

/** What families are called in tables and figures. */
export const FAMILY_LABELS: Readonly<Record<Family, string>> = {
  ladder: 'the paper’s ladder',
  nearest: 'nearest Kronecker product',
  sum: 'sum of Kronecker products',
  basis: 'EK-FAC in other bases',
  neighbours: 'neighbouring layers coupled',
  'cg-ggn': 'CG steps on GGN or blocks',
  'cg-hessian': 'CG steps on Hessian',
};

/** A method's name in files, in tables, and where there is little room. */
export interface AnswerName {
  readonly id: string;
  readonly label: string;
  readonly short: string;
}

/** One network with everything that the methods share; matrices are for judging and are not part of any method's cost. */
export interface Network {
  readonly problem: Problem;
  readonly options: SettingConfig['curvature'];
  /** H [D, D]. */
  readonly hessian: () => Matrix;
  /** GGN [D, D]. */
  readonly ggn: () => Matrix;
  /** ∇m of every query, [queries, D]. */
  readonly queries: Matrix;
  /** ∇L of the training examples that Eq. 9 is averaged over. */
  readonly sample: Matrix;
}

/** What a method says under one rule. */
export interface Answer {
  readonly id: string;
  /** Ĥ⁻¹ ∇m per query, [queries, D]. */
  readonly queries: Matrix;
  /** Ĥ⁻¹ v per gradient of the sample. */
  readonly sample: Matrix;
  /** Processor seconds: everything from the network to Ĥ⁻¹ ∇m of all queries. */
  readonly seconds: number;
  /** Numbers kept to answer queries, besides network and data. */
  readonly stored: number;
  /** Numbers about the solution: rank, negative eigenvalues, rows stopped. */
  readonly details: { readonly [name: string]: number };
}

/** A method, or several that are computed in one go. */
export interface Approach {
  readonly id: string;
  readonly family: Family;
  readonly answers: readonly AnswerName[];
  /** What every answer's `details` say. */
  readonly details: readonly string[];
  /** Conjugate gradients and Cholesky need damping; eigenbases take any rule. */
  readonly rules: 'any' | 'damped';
  /** Builds once for a network, then answers rule by rule. Undefined: the method does not exist under the rule. */
  readonly prepare: (network: Network) => (rule: InverseRule) => readonly Answer[] | undefined;
}

/** Whether an approach has an answer under a rule. */
export function accepts({ rules }: Approach, rule: InverseRule): boolean {
  return rules === 'any' || rule.kind === 'damped';
}
