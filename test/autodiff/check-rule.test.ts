import { describe, expect, test } from 'vitest';
import { checkOp } from '../../src/autodiff/check-rule.ts';
import {
  ABSENT,
  checkRule,
  type Frame,
  OPS,
  type OpDefinition,
  RULES,
  type Rule,
  Tape,
  type Uses,
} from '../../src/autodiff/index.ts';
import { elementwise } from '../../src/autodiff/ops/elementwise.ts';
import { OP_TABLE } from '../../src/autodiff/ops/table.ts';
import { exp, log1p, sigmoid } from '../../src/linalg/index.ts';

describe('every rule of the table passes', () => {
  for (const op of OPS) test(op, () => checkRule(op));
});

/** `rule`, with the named array multiplied by `factor` after one of its functions has run. */
function spoil(rule: Rule, which: keyof Rule, target: (f: Frame) => [number, number], factor: number): Rule {
  return {
    ...rule,
    [which]: (f: Frame) => {
      rule[which](f);
      const [n, start] = target(f);
      if (start >= 0) f.kernels.scale(n, factor, start, start);
    },
  };
}

describe('the checker rejects', () => {
  test('a jvp that is 0.1 % off', () => {
    const wrong = spoil(RULES.tanh, 'jvp', ({ y }) => [y.size, y.dot], 1.001);
    expect(() => checkRule('tanh', wrong)).toThrow(/checkRule: jvp of tanh: .*central difference of value/);
  });

  test('a vjp that is 0.1 % off, with the two sides of the adjoint identity', () => {
    const wrong = spoil(RULES.tanh, 'vjp', ({ x }) => [x.size, x.bar], 1.001);
    expect(() => checkRule('tanh', wrong)).toThrow(
      /checkRule: vjp of tanh: ⟨jvp v, w⟩ = -?[\d.]+.* but ⟨v, vjp w⟩/,
    );
  });

  test('a weight gradient that is 0.1 % off', () => {
    const wrong = spoil(RULES.affine, 'vjp', ({ theta }) => [theta.size, theta.bar], 0.999);
    expect(() => checkRule('affine', wrong)).toThrow(/vjp of affine/);
  });

  test('a vjpDot that is 0.1 % off', () => {
    const wrong = spoil(RULES.margin, 'vjpDot', ({ x }) => [x.size, x.barDot], 1.001);
    expect(() => checkRule('margin', wrong)).toThrow(/vjpDot of margin, x: .*central difference of vjp/);
  });

  test('a dropped second-order term of an elementwise function', () => {
    const wrong: Rule = {
      ...RULES.tanh,
      vjpDot: ({ kernels, x, y, aux }) => kernels.multiply(y.size, aux, y.barDot, x.barDot),
    };
    expect(() => checkRule('tanh', wrong)).toThrow(/vjpDot of tanh, x/);
  });

  test('a dropped second-order term of a bilinear op, in the operand it belongs to', () => {
    const wrong: Rule = {
      ...RULES.affine,
      vjpDot: (f) => RULES.affine.vjpDot({ ...f, theta: { ...f.theta, dot: ABSENT } }),
    };
    expect(() => checkRule('affine', wrong)).toThrow(/vjpDot of affine, x/);
  });

  test('a forgotten bias in the tangent of a layer', () => {
    const wrong: Rule = {
      ...RULES.affine,
      jvp: ({ kernels, x, y, theta }) => {
        const { rows, cols } = y;
        if (theta.dot >= 0) kernels.affine(rows, x.rows, theta.cols, cols, 0, theta.dot, 0, x.value, y.dot);
        const start = theta.dot >= 0 ? 2 : 0;
        if (x.dot >= 0) kernels.affine(rows, x.rows, theta.cols, cols, start, theta.value, 0, x.dot, y.dot);
      },
    };
    expect(() => checkRule('affine', wrong)).toThrow(/jvp of affine/);
  });

  test('a rule that adds to its output instead of writing it', () => {
    const wrong: Rule = {
      ...RULES.multiply,
      vjp: ({ kernels, x, z, y }) => {
        if (x.bar >= 0) kernels.multiplyAdd(y.size, z.value, y.bar, x.bar);
        if (z.bar >= 0) kernels.multiply(y.size, x.value, y.bar, z.bar);
      },
    };
    expect(() => checkRule('multiply', wrong)).toThrow(/vjp of multiply/);
  });

  test('a rule that is right for all outputs together and wrong for one alone', () => {
    const wrong: Rule = {
      ...RULES.multiply,
      vjp: (f) => {
        RULES.multiply.vjp(f);
        if (f.z.bar < 0) f.kernels.scale(f.x.size, 2, f.x.bar, f.x.bar);
      },
    };
    expect(() => checkRule('multiply', wrong)).toThrow(/vjp of multiply: it changes when only x is wanted/);
  });

  test('a derivative of the wrong activation at the right value', () => {
    const wrong: Rule = { ...RULES.gelu, jvp: RULES.scale.jvp };
    expect(() => checkRule('gelu', wrong)).toThrow(/jvp of gelu/);
  });
});

describe('a definition', () => {
  const softplus = elementwise({
    value: (x) => Math.max(x, 0) + log1p(exp(-Math.abs(x))),
    slope: sigmoid,
    curvature: (x) => sigmoid(x) * sigmoid(-x),
  });
  const refused = (definition: OpDefinition, how: RegExp): void =>
    expect(() => checkOp('softplus', definition)).toThrow(how);

  test('by formulas passes, and need not be in the table', () => checkOp('softplus', softplus));

  test('with a wrong second derivative is rejected', () =>
    refused(
      elementwise({ value: (x) => x * x, slope: (x) => 2 * x, curvature: () => 1 }),
      /vjpDot of softplus/,
    ));

  test('that forgets an array its rules keep is refused before a kernel sees it', () => {
    const { keeps, ...without } = softplus;
    refused(without, /value of softplus: it hands map 21 elements at -\d+, which lie in no array/);
    refused(
      { ...softplus, keeps: { aux: keeps?.aux ?? (() => 0) } },
      /vjpDot of softplus: it hands multiplyAdd3/,
    );
    const tape = new Tape({ ...OP_TABLE, tanh: { ...OP_TABLE.tanh, keeps: {} } });
    const y = tape.tanh(tape.affine(tape.input(2, 3), 2));
    expect(() => tape.compile(y)).toThrow(
      'value of tanh hands the kernel tanh as argument 4 an array that is absent from this program',
    );
  });

  test('that forgets one of two derivatives is refused when tangents are planned', () => {
    const { aux } = softplus.keeps ?? {};
    const tape = new Tape({ ...OP_TABLE, tanh: { ...OP_TABLE.tanh, keeps: { ...(aux && { aux }) } } });
    const program = tape.compile(tape.tanh(tape.affine(tape.input(2, 3), 2)), { directions: 1 });
    expect(() => program.tangentsFrom(['parameters'])).toThrow(
      'vjpDot of tanh hands the kernel multiplyAdd3',
    );
  });

  test('with too short an array is rejected', () =>
    refused(
      { ...softplus, keeps: { ...softplus.keeps, aux: () => 1 } },
      /21 elements .* longer than declared/,
    ));

  test.each(['value', 'jvp', 'vjp', 'vjpDot'] as const)(
    'with one array too few or too many in uses.%s',
    (part) => {
      const { reads, writes } = softplus.uses[part];
      const using = (changed: Partial<Uses>): OpDefinition => ({
        ...softplus,
        uses: { ...softplus.uses, [part]: { reads, writes, ...changed } },
      });
      for (const name of reads) refused(using({ reads: reads.filter((other) => other !== name) }), /which/);
      for (const name of writes)
        refused(using({ writes: writes.filter((other) => other !== name) }), /which/);
      refused(using({ reads: [...reads, 'z.value'] }), /declares z.value, which no call touches/);
    },
  );

  test('that mixes examples must say so', () => {
    const { acrossExamples, ...silent } = OP_TABLE.sum;
    expect(acrossExamples).toBe(true);
    refused(silent, /say acrossExamples/);
  });
});
