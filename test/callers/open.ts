/**
 * @file Exports that may still fail {@link file://./wrong-arguments.test.ts}: none. One that fails must not be added without its reason.
 */

/** `sub-path.export`, or `sub-path.Class.method`, that fails for some wrong argument. */
export const OPEN: readonly string[] = [];

/** Classes that only the library constructs: what they hold is checked where it is read. */
export const MADE_INSIDE: readonly string[] = ['io.NpzArrays', 'io.SafetensorsFile'];
