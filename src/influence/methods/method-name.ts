/** @file The names of the attribution methods and of their options, as the registry has them. */
import type { METHODS } from './registry.ts';

/** Every method of the registry. */
export type MethodName = keyof typeof METHODS;

/** What one method may be given; of several names, what any of them may. */
export type OptionsOf<M extends MethodName> = {
  readonly [K in NamesOf<M>]?: ValueOf<M, K>;
};

/** Options of all methods in one record, for code that loops over methods; each refuses those of the others at run time. */
export type MethodOptions = OptionsOf<MethodName>;

export type OptionName = NamesOf<MethodName>;

type GivenTo<M extends MethodName> = M extends MethodName ? Parameters<(typeof METHODS)[M]['fit']>[0] : never;

/** The keys of each, joined. */
type NamesOf<M extends MethodName> = M extends MethodName ? keyof GivenTo<M> & string : never;

/** What any of them takes as K. */
type ValueOf<M extends MethodName, K extends string> = M extends MethodName
  ? K extends keyof GivenTo<M>
    ? Exclude<GivenTo<M>[K], undefined>
    : never
  : never;
