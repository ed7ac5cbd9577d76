/** @file The worker of the page: one service, called by messages. */
import { zipSync } from 'fflate';
import type { Control } from '../core/control.ts';
import { type Operation, Service } from '../core/service.ts';
import { decodePictures } from './decode-pictures.ts';
import type { Answer, Call } from './messages.ts';

const host = globalThis as unknown as {
  postMessage(answer: Answer, transfer?: Transferable[]): void;
  onmessage: ((event: { data: Call }) => void) | null;
};
const service = new Service();
const running = new Map<number, AbortController>();

/** What the worker does beside the service, because it needs a browser. */
const extra = {
  pictures: decodePictures,
  archive: async (args: Parameters<Service['files']>[0]): Promise<Uint8Array> =>
    zipSync({ ...(await service.files(args)) }, { level: 1 }),
};

async function answer({ id, op, args }: Extract<Call, { op: string }>): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  const control: Control = {
    signal: controller.signal,
    progress: (done, detail) => host.postMessage({ id, done, detail }),
  };
  try {
    const run = op in extra ? extra[op as keyof typeof extra] : service[op as Operation].bind(service);
    const result = await (run as (args: unknown, control: Control) => Promise<unknown>)(args, control);
    host.postMessage({ id, result });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    host.postMessage({ id, error: message, cancelled: controller.signal.aborted });
  } finally {
    running.delete(id);
  }
}

host.onmessage = ({ data }) => {
  if ('cancel' in data) running.get(data.cancel)?.abort();
  else void answer(data);
};
