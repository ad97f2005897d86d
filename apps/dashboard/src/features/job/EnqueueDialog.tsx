'use client';

import type { EnqueueAnswer, Job } from '@relay/contract';
import { useRouter } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import { useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import { parseDuration } from '../../data/durations.ts';
import { indented } from '../../data/json-text.ts';
import { queuePath } from '../../data/paths.ts';
import { Button } from '../../design/Button.tsx';
import { Dialog, DialogEnd } from '../../design/Dialog.tsx';
import { Field, TextInput } from '../../design/Field.tsx';
import { bytes } from '../../design/format.ts';
import { JsonField, jsonHint } from '../../design/JsonField.tsx';

/** What the gateway takes. */
const MOST_BYTES = 1_048_576;
const HIGHEST_PRIORITY = 1_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export interface EnqueueDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly queue: string;
  /** What the form begins with: JSON. */
  readonly payload: string;
  readonly type?: string;
  readonly priority?: number;
  /** Fields that are sent along and not in the form. */
  readonly others?: Partial<
    Pick<Job, 'maxAttempts' | 'maxCrashes' | 'backoff' | 'timeoutMs' | 'expiresInMs' | 'headers'>
  >;
  readonly note: string;
  /** Stands above the form. */
  readonly warning?: ReactNode;
}

/** A new job, typed by hand or begun from another. Its page is opened once it is accepted. */
export function EnqueueDialog({ open, onOpenChange, title, ...rest }: EnqueueDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} wide>
      <Form {...rest} close={() => onOpenChange(false)} />
    </Dialog>
  );
}

type FormProps = Omit<EnqueueDialogProps, 'open' | 'onOpenChange' | 'title'> & {
  readonly close: () => void;
};

interface Typed {
  readonly payload: string;
  readonly type: string;
  readonly priority: string;
  readonly delay: string;
}

function Form({ queue, others, note, warning, close, ...start }: FormProps) {
  const router = useRouter();
  const [typed, setTyped] = useState<Typed>(() => ({
    payload: indented(start.payload),
    type: start.type ?? 'default',
    priority: String(start.priority ?? 0),
    delay: '0s',
  }));
  const blocked = useBlocked();
  const { mutate, isPending, error } = useAction((answer) => {
    const { id } = JSON.parse(answer) as EnqueueAnswer;
    close();
    router.push(`/queues/${encodeURIComponent(queue)}/jobs/${encodeURIComponent(id)}`);
  });
  const faults = faultsOf(typed);
  const fault = Object.values(faults).find((each) => each !== undefined);
  const change = (field: keyof Typed) => (text: string) => setTyped({ ...typed, [field]: text });
  const enqueue = () =>
    mutate({ path: `${queuePath(queue)}/jobs`, text: requestText(typed, others ?? {}) });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (fault === undefined && blocked === undefined && !isPending) enqueue();
      }}
    >
      {warning && <div className="mb-4">{warning}</div>}
      <JsonField label="Payload" value={typed.payload} onChange={change('payload')} />
      <div className="mt-3 grid gap-3 sm:grid-cols-3">
        <Line label="Type" value={typed.type} fault={faults.type} onChange={change('type')} />
        <Line
          label="Priority"
          value={typed.priority}
          fault={faults.priority}
          onChange={change('priority')}
        />
        <Line label="Delay" value={typed.delay} fault={faults.delay} onChange={change('delay')} />
      </div>
      <p className="mt-3 text-xs text-ink-3">{note}</p>
      <DialogEnd error={error} onCancel={close}>
        <Button type="submit" look="primary" busy={isPending} blocked={blocked ?? fault}>
          Enqueue the job
        </Button>
      </DialogEnd>
    </form>
  );
}

interface LineProps {
  readonly label: string;
  readonly value: string;
  readonly fault: string | undefined;
  readonly onChange: (text: string) => void;
}

function Line({ label, value, fault, onChange }: LineProps) {
  return (
    <Field label={label} fault={fault}>
      {(ids) => (
        <TextInput {...ids} value={value} onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  );
}

function faultsOf({
  payload,
  type,
  priority,
  delay,
}: Typed): Partial<Record<keyof Typed, string | undefined>> {
  const size = new TextEncoder().encode(payload).length;
  const number = Number(priority);
  const sound = /^-?\d+$/.test(priority) && Math.abs(number) <= HIGHEST_PRIORITY;
  return {
    payload: size > MOST_BYTES ? `At most ${bytes(MOST_BYTES)}` : jsonHint(payload),
    type: NAME.test(type) ? undefined : 'Letters, digits, dots, dashes and underscores',
    priority: sound ? undefined : 'A whole number from -1000 to 1000',
    delay: parseDuration(delay) === undefined ? 'A time such as 30s, 10m or 2h' : undefined,
  };
}

/** The payload is sent as the text that it is: numbers keep their digits. */
function requestText(
  { payload, type, priority, delay }: Typed,
  others: NonNullable<EnqueueDialogProps['others']>,
): string {
  const known = Object.entries(others).filter(([, value]) => value !== null);
  const delayMs = parseDuration(delay) ?? 0;
  const rest = JSON.stringify({
    ...Object.fromEntries(known),
    type,
    priority: Number(priority),
    ...(delayMs === 0 ? {} : { delayMs }),
  });
  return `{"payload":${payload},${rest.slice(1)}`;
}
