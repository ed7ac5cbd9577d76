/** @file How long work is stopped, and says how far it is. */

/** What long work is given. */
export interface Control {
  readonly signal: AbortSignal;
  /** Called now and then with a share of the work done, 0..1, and what there is to show of it. */
  readonly progress: (done: number, detail?: unknown) => void;
}

/** Lets other messages in. @throws the reason of the signal, once it is given. */
export async function breathe({ signal }: Pick<Control, 'signal'>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
}
