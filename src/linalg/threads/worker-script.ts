/** @file What a worker of the pool runs: text, since a module of its own would have to be found by every bundler and loader. */

/** Places in the control array, 32-bit integers that all threads share. */
export const WORD = 0;
export const DONE = 1;
export const MEMORY = 2;
export const ADDRESS = 3;
export const STEPS = 4;
export const SCRATCH_AT = 5;
export const FAILED = 6;
/** From here on the finished steps of each task. */
export const PROGRESS = 16;
/** Bits of the word that hold a number of tasks: below them the next task, above them a count of the jobs. */
export const TASK_BITS = 10;
/** Memories that a worker remembers, the last that it was sent. */
export const REMEMBERED = 4;
/** Looks at the word before a thread goes to sleep, some 50 µs. */
export const PATIENCE = 4000;

/**
 * Waits for jobs, claims tasks and does their steps. A claim is one exchange of the word, and what the job is gets read after it: until
 * the task is done the job cannot end, so nothing changes meanwhile.
 */
export const WORKER_SCRIPT: string = `
const { workerData, receiveMessageOnPort } = require('node:worker_threads');
const { control, module, port, thread, room, sums, paired } = workerData;
const known = new Map();
const stepOf = (id) => {
  if (!known.has(id))
    for (let sent = receiveMessageOnPort(port); sent !== undefined; sent = receiveMessageOnPort(port)) {
      known.delete(sent.message.id);
      known.set(sent.message.id, { memory: sent.message.memory });
      if (known.size > ${REMEMBERED}) known.delete(known.keys().next().value);
    }
  const entry = known.get(id);
  if (entry.step === undefined) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory: entry.memory } });
    if (paired) exports.pair();
    exports.moveSums(control[${SCRATCH_AT}] + thread * room + sums);
    entry.step = exports.step;
  }
  return entry.step;
};
for (let looks = 0; ; ) {
  const word = Atomics.load(control, ${WORD});
  const task = word & ${2 ** TASK_BITS - 1};
  const tasks = (word >> ${TASK_BITS}) & ${2 ** TASK_BITS - 1};
  if (task >= tasks) {
    if (++looks > ${PATIENCE}) {
      looks = 0;
      Atomics.wait(control, ${WORD}, word);
    }
    continue;
  }
  if (Atomics.compareExchange(control, ${WORD}, word, word + 1) !== word) continue;
  looks = 0;
  try {
    const step = stepOf(control[${MEMORY}]);
    const steps = control[${STEPS}];
    const scratch = control[${SCRATCH_AT}] + thread * room;
    for (let s = 0; s < steps; s++) {
      if (task > 0 && steps > 1) {
        const before = ${PROGRESS} + task - 1;
        for (let seen = Atomics.load(control, before), looks = 0; seen <= s && control[${FAILED}] === 0; seen = Atomics.load(control, before))
          if (++looks > ${PATIENCE}) Atomics.wait(control, before, seen, 1);
      }
      step(control[${ADDRESS}] >>> 0, task, s, scratch);
      Atomics.store(control, ${PROGRESS} + task, s + 1);
    }
  } catch (error) {
    port.postMessage(String(error));
    Atomics.store(control, ${FAILED}, 1);
  }
  Atomics.add(control, ${DONE}, 1);
  Atomics.notify(control, ${DONE});
}`;
