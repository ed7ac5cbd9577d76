/** @file Files of a person, and Digits, as what a worker can open. */
import { ExplorerError } from '../core/examples.ts';
import type { Source } from '../core/service.ts';
import type { Client } from './client.ts';

/** A table of more is not read: the page would not get through it. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_PICTURES = 5000;
const PICTURE = /\.(png|jpe?g|gif|webp|bmp|avif)$/i;

/** Digits, which lie beside the page. Some servers unpack .gz on the way. */
export async function digitsSource(): Promise<Source> {
  const answer = await fetch(new URL('../../../../data/digits.csv.gz', import.meta.url));
  if (!answer.ok) throw new ExplorerError(`Digits could not be read: ${answer.status} ${answer.statusText}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { kind: 'digits', csv: await unpacked('Digits', bytes) };
}

/** Bytes, unpacked where they are gzip: by the first of them. @throws {ExplorerError} they are damaged. */
async function unpacked(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ExplorerError(`cannot read ${name}: it is damaged or no gzip file.`);
  }
}

/** Pictures where there are any, else the first file as a table. @throws {ExplorerError} nothing that can be read. */
export async function sourceOfFiles(
  client: Client,
  files: readonly { path: string; file: File }[],
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<Source> {
  const pictures = files.filter(({ path }) => PICTURE.test(path)).slice(0, MOST_PICTURES);
  if (pictures.length > 0) {
    pictures.sort((a, b) => (a.path < b.path ? -1 : 1));
    return {
      kind: 'pictures',
      ...(await client.call('pictures', { files: pictures }, { signal, progress })),
    };
  }
  const [first] = files;
  if (first === undefined) throw new ExplorerError('no file was given.');
  if (first.file.size > MOST_BYTES) throw new ExplorerError(`${first.path} has more than 64 MiB.`);
  const bytes = await unpacked(first.path, new Uint8Array(await first.file.arrayBuffer()));
  if (bytes.length > MOST_BYTES) throw new ExplorerError(`${first.path} unpacks to more than 64 MiB.`);
  return { kind: 'table', name: first.path, bytes };
}

/** All files of what was dropped, folders with what is in them. */
export async function droppedFiles(data: DataTransfer): Promise<{ path: string; file: File }[]> {
  const entries = Array.from(data.items, (item) => item.webkitGetAsEntry());
  const out: { path: string; file: File }[] = [];
  for (const entry of entries) if (entry !== null) await collect(entry, out);
  return out;
}

async function collect(entry: FileSystemEntry, out: { path: string; file: File }[]): Promise<void> {
  if (out.length > MOST_PICTURES) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    out.push({ path: entry.fullPath.replace(/^\//, ''), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const one of some) await collect(one, out);
  }
}

/** The files of an input, with their folders. */
export function chosenFiles(input: HTMLInputElement): { path: string; file: File }[] {
  return Array.from(input.files ?? [], (file) => ({ path: file.webkitRelativePath || file.name, file }));
}
