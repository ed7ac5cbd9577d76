/** @file Every option of every command with wrong, extreme, repeated and foreign values: see options.ts. */
import { tryCalls } from './tried-calls.ts';

tryCalls('all calls', () => true);
