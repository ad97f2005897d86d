'use client';

import { jsonFault, REDACTED } from '../data/json-text.ts';
import { CodeInput, Field } from './Field.tsx';

export interface JsonFieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly rows?: number;
}

/** JSON to be typed; says at once when it is none. */
export function JsonField({ label, hint, value, onChange, rows = 12 }: JsonFieldProps) {
  return (
    <Field label={label} hint={hint} fault={jsonHint(value)}>
      {(ids) => (
        <CodeInput
          {...ids}
          rows={rows}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** Why a text cannot be sent as a payload; undefined: it can. */
export function jsonHint(text: string): string | undefined {
  const fault = jsonFault(text);
  if (fault !== undefined) return `Not valid JSON: ${fault}`;
  if (text.includes(REDACTED)) return `Fill in what is ${REDACTED}: what was there is not shown`;
  return undefined;
}
