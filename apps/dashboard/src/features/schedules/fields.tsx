'use client';

import { Choice, Field, TextInput } from '../../design/Field.tsx';
import type { Faults, Typed } from './form.ts';

type TextKey = { [Key in keyof Typed]: Typed[Key] extends boolean ? never : Key }[keyof Typed];

export interface FieldsProps {
  readonly typed: Typed;
  readonly faults: Faults;
  readonly change: (part: Partial<Typed>) => void;
}

export interface LineProps extends FieldsProps {
  readonly field: TextKey;
  readonly label: string;
  readonly hint?: string;
  readonly mono?: boolean;
  /** Id of a datalist. */
  readonly list?: string;
}

/** A field of one line. */
export function Line({ field, label, hint, mono = false, list, ...rest }: LineProps) {
  const { typed, faults, change } = rest;
  return (
    <Field label={label} hint={hint} fault={faults[field]}>
      {(ids) => (
        <TextInput
          {...ids}
          list={list}
          value={typed[field]}
          className={mono ? 'font-mono' : ''}
          onChange={(event) => change({ [field]: event.target.value })}
        />
      )}
    </Field>
  );
}

export interface ChosenProps extends Omit<FieldsProps, 'faults'> {
  readonly field: 'missed' | 'overlap';
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** One of a few. */
export function Chosen({ field, label, options, typed, change }: ChosenProps) {
  return (
    <Field label={label}>
      {(ids) => (
        <Choice
          {...ids}
          options={options}
          value={typed[field]}
          onChange={(event) => change({ [field]: event.target.value })}
        />
      )}
    </Field>
  );
}
