/** @file What page and worker say to each other. */
import type { Control } from '../core/control.ts';
import type { Operation, Service } from '../core/service.ts';
import type { NamedFile, Pictured } from './decode-pictures.ts';

/** What can be asked for, with what it takes and gives. */
export type Operations = {
  readonly [K in Operation]: (args: Parameters<Service[K]>[0], control: Control) => ReturnType<Service[K]>;
} & {
  readonly pictures: (args: { files: readonly NamedFile[] }, control: Control) => Promise<Pictured>;
  readonly archive: (args: Parameters<Service['files']>[0], control: Control) => Promise<Uint8Array>;
};

/** To the worker. */
export type Call =
  | { readonly id: number; readonly op: keyof Operations; readonly args: unknown }
  | { readonly cancel: number };

/** From the worker. */
export type Answer =
  | { readonly id: number; readonly done: number; readonly detail: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string; readonly cancelled: boolean };
