'use client';

import { ChevronDown } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';

/** At least 16 px on a phone, which else enlarges the page when a field is entered. */
const BOX =
  'w-full rounded-md border border-line-strong bg-field px-3 text-base sm:text-[13px] aria-invalid:border-bad disabled:opacity-60';

export interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong with what was typed. */
  readonly fault?: string | undefined;
  /** The input; gets the ids that tie it to its label and its texts. */
  readonly children: (ids: FieldIds) => ReactNode;
  readonly className?: string;
}

interface FieldIds {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

/** A label above an input, and below it a hint or what is wrong. */
export function Field({ label, hint, fault, children, className = '' }: FieldProps) {
  const id = useId();
  const text = fault ?? hint;
  return (
    <div className={`min-w-0 ${className}`}>
      <label htmlFor={id} className="mb-1 block text-[13px] font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': text === undefined ? undefined : `${id}-text`,
        'aria-invalid': fault === undefined ? undefined : true,
      })}
      {text !== undefined && (
        <p
          id={`${id}-text`}
          className={`mt-1 text-xs break-words ${fault === undefined ? 'text-ink-3' : 'text-bad'}`}
        >
          {text}
        </p>
      )}
    </div>
  );
}

/** A line of text. */
export function TextInput({ className = '', ...rest }: ComponentProps<'input'>) {
  return (
    <input
      type="text"
      autoComplete="off"
      spellCheck={false}
      {...rest}
      className={`h-9 ${BOX} ${className}`}
    />
  );
}

interface ChoiceProps extends ComponentProps<'select'> {
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** One of a few. */
export function Choice({ options, className = '', ...rest }: ChoiceProps) {
  return (
    <span className="relative block">
      <select {...rest} className={`h-9 appearance-none pr-9 ${BOX} ${className}`}>
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-2.5 right-3 size-4 text-ink-3"
      />
    </span>
  );
}

/** Lines of code. */
export function CodeInput({ className = '', ...rest }: ComponentProps<'textarea'>) {
  return (
    <textarea
      spellCheck={false}
      {...rest}
      className={`block resize-y py-2.5 font-mono leading-5 ${BOX} sm:text-xs ${className}`}
    />
  );
}
