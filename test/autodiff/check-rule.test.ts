import { describe, expect, test } from 'vitest';
import { checkRule, type Frame, OPS, RULES, type Rule } from '../../src/autodiff/index.ts';

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
      vjpDot: (f) => RULES.affine.vjpDot({ ...f, theta: { ...f.theta, dot: -1 } }),
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
