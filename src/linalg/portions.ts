/** @file Parts of one array, handed out one behind the other, and no more than there are. */
import { EigenfluenceError } from './errors.ts';
import type { Vec } from './matrix.ts';

/** Hands out the elements of `room` from `first` on. */
export class Portions {
  private readonly room: Vec;
  private next: number;

  constructor(room: Vec, first: number) {
    this.room = room;
    this.next = first;
  }

  /** Where the next `length` elements begin. @throws {EigenfluenceError} fewer are left: the plan of this memory is wrong. */
  reserve(length: number): number {
    const start = this.next;
    if (!(length >= 0 && start + length <= this.room.length))
      throw new EigenfluenceError(`Portions: ${start} + ${length} elements, ${this.room.length} planned.`);
    this.next = start + length;
    return start;
  }

  /** The next `length` elements, a view. Throws as {@link reserve}. */
  take(length: number): Vec {
    const start = this.reserve(length);
    return this.room.subarray(start, start + length);
  }
}
