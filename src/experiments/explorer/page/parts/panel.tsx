/** @file A part of the page with its heading. */
import type { ComponentChildren, JSX } from 'preact';
import type { Lab } from '../lab.ts';
import type { LabState } from '../lab-state.ts';

/** What every panel is given. */
export interface PanelProps {
  readonly lab: Lab;
  readonly state: LabState;
}

export function Panel({
  id,
  title,
  hint,
  children,
}: {
  id: string;
  title: string;
  hint?: ComponentChildren;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <section id={id} class="panel" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {hint !== undefined && <p class="hint">{hint}</p>}
      {children}
    </section>
  );
}

/** A choice of one among few. */
export function Choice<T extends string>({
  legend,
  name,
  options,
  value,
  onChange,
}: {
  legend: string;
  name: string;
  options: readonly {
    readonly value: T;
    readonly label: string;
    readonly note?: string;
    readonly disabled?: boolean;
  }[];
  value: T;
  onChange: (value: T) => void;
}): JSX.Element {
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option.value} data-checked={option.value === value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            disabled={option.disabled === true}
            onChange={() => onChange(option.value)}
          />
          <span>
            {option.label}
            {option.note !== undefined && <small>{option.note}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** A number to type. */
export function NumberField({
  label,
  value,
  least,
  most,
  step,
  onChange,
}: {
  label: string;
  value: number;
  least: number;
  most: number;
  step: number | 'any';
  onChange: (value: number) => void;
}): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        value={value}
        min={least}
        max={most}
        step={step}
        onChange={({ currentTarget }) => {
          const { valueAsNumber, validity } = currentTarget;
          if (validity.valid && Number.isFinite(valueAsNumber)) onChange(valueAsNumber);
          else currentTarget.reportValidity();
        }}
      />
    </label>
  );
}
