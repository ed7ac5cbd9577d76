/** @file The script of the browser check: works on the page, has its worker do the same, and sends both outcomes to the server. */
import { type Outcome, work } from './work.ts';

interface Page {
  fetch(url: string, options: { method: string; body: string }): Promise<unknown>;
  postMessage(message: unknown): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  readonly document?: object;
  readonly Worker: new (url: string) => { onmessage: ((event: { data: unknown }) => void) | null };
}
const host = globalThis as unknown as Page;

if (host.document === undefined) host.postMessage(work());
else {
  const page: Outcome = work();
  new host.Worker('script.js').onmessage = ({ data: worker }) => {
    void host.fetch('outcome', { method: 'POST', body: JSON.stringify({ page, worker }) });
  };
}
