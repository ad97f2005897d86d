'use client';

import type { QueueConfig, QueueDetail } from '@relay/contract';
import { useState } from 'react';
import { useBlocked } from '../../../data/connection.ts';
import { useMay } from '../../../data/session.tsx';
import { Button } from '../../../design/Button.tsx';
import { ChangedMeanwhile } from '../../../design/ChangedMeanwhile.tsx';
import { Choice, Field, TextInput } from '../../../design/Field.tsx';
import { GoneMeanwhile } from '../../../design/GoneMeanwhile.tsx';
import { ErrorState } from '../../../design/states.tsx';
import { Card } from '../../../design/Tile.tsx';
import { between, differences, type Edits, faultOf, textOf } from './change.ts';
import { FIELDS, type FieldGroup, GROUPS, type SettingField } from './fields.ts';
import { ReviewDialog } from './ReviewDialog.tsx';

export interface SettingsTabProps {
  readonly queue: QueueDetail;
  /** The queue has been deleted: why it cannot be read any more. What was typed stays all the same. */
  readonly gone: Error | null;
}

/** The settings of a queue. What is typed is compared with what is stored before it is sent. */
export function SettingsTab({ queue, gone }: SettingsTabProps) {
  const { config } = queue;
  const [edits, setEdits] = useState<Edits>({});
  /** The settings that the first edit saw. */
  const [seen, setSeen] = useState<QueueConfig>();
  const [reviewing, setReviewing] = useState(false);
  const [saved, setSaved] = useState(false);
  const outage = useBlocked();
  const blocked = gone === null ? outage : 'The queue no longer exists';
  const mayChange = useMay()('queues.operate');
  const changes = differences(config, edits).length;
  const fault = FIELDS.some((field) => {
    const typed = edits[field.id];
    return typed !== undefined && faultOf(field, typed) !== undefined;
  });
  const edit = (field: SettingField, text: string) => {
    setSaved(false);
    if (seen === undefined) setSeen(config);
    setEdits({ ...edits, [field.id]: text });
  };
  const reset = () => {
    setEdits({});
    setSeen(undefined);
    setReviewing(false);
  };
  if (gone !== null && seen === undefined) return <ErrorState error={gone} />;
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (changes > 0 && !fault && blocked === undefined) setReviewing(true);
      }}
    >
      {gone !== null && (
        <GoneMeanwhile what="This queue">
          What you typed is still here, but there is nothing to save it to. A new job brings the
          queue back, with the settings of a new one; then it can be saved.
        </GoneMeanwhile>
      )}
      {seen !== undefined && seen.revision !== config.revision && (
        <ChangedMeanwhile
          what="these settings"
          note="What you typed is still here; the other fields show what is stored now."
          rows={between(seen, config)}
        >
          <Button onClick={() => setSeen(config)}>I have seen it</Button>
        </ChangedMeanwhile>
      )}
      <fieldset disabled={!mayChange} className="min-w-0 space-y-4">
        <legend className="sr-only">Settings</legend>
        {GROUPS.map((group) => (
          <Group key={group.title} {...{ group, config, edits }} onEdit={edit} />
        ))}
      </fieldset>
      <div
        className={`sticky bottom-0 -mx-2 flex-wrap items-center justify-end gap-2 border-t border-line bg-canvas px-2 py-3 ${mayChange ? 'flex' : 'hidden'}`}
      >
        <p role="status" className="mr-auto text-[13px] text-ink-2">
          {saved && changes === 0 ? 'Saved. In force at the next claim.' : changesText(changes)}
        </p>
        <Button onClick={reset} blocked={changes === 0 ? 'No changes' : undefined}>
          Discard changes
        </Button>
        <Button
          type="submit"
          look="primary"
          blocked={
            blocked ?? (fault ? 'A field is invalid' : changes === 0 ? 'No changes' : undefined)
          }
        >
          Review changes
        </Button>
      </div>
      <ReviewDialog
        open={reviewing}
        onOpenChange={setReviewing}
        {...{ queue, edits, blocked }}
        onSaved={() => {
          reset();
          setSaved(true);
        }}
      />
    </form>
  );
}

function changesText(count: number): string {
  if (count === 0) return '';
  return count === 1 ? 'One setting will change' : `${count} settings will change`;
}

interface GroupProps {
  readonly group: FieldGroup;
  readonly config: QueueConfig;
  readonly edits: Edits;
  readonly onEdit: (field: SettingField, text: string) => void;
}

function Group({ group: { title, text, fields }, config, edits, onEdit }: GroupProps) {
  return (
    <Card title={title}>
      <p className="-mt-1.5 px-4 text-[13px] text-ink-2">{text}</p>
      <div className="grid gap-x-4 gap-y-3.5 px-4 pt-3.5 pb-4 sm:grid-cols-2 lg:grid-cols-4">
        {fields.map((field) => (
          <Setting
            key={field.id}
            field={field}
            stored={textOf(field, config)}
            edit={edits[field.id]}
            onEdit={(typed) => onEdit(field, typed)}
          />
        ))}
      </div>
    </Card>
  );
}

interface SettingProps {
  readonly field: SettingField;
  readonly stored: string;
  readonly edit: string | undefined;
  readonly onEdit: (text: string) => void;
}

function Setting({ field, stored, edit, onEdit }: SettingProps) {
  const { label, hint, choices, empty } = field;
  const value = edit ?? stored;
  const changed = edit !== undefined && edit !== stored ? 'border-accent' : '';
  return (
    <Field label={label} hint={hint} fault={edit === undefined ? undefined : faultOf(field, edit)}>
      {(ids) =>
        choices === undefined ? (
          <TextInput
            {...ids}
            value={value}
            placeholder={empty}
            className={`tabular-nums placeholder:text-ink-3 ${changed}`}
            onChange={(event) => onEdit(event.target.value)}
          />
        ) : (
          <Choice
            {...ids}
            value={value}
            className={changed}
            options={choices.map((choice) => ({ value: choice, label: choice }))}
            onChange={(event) => onEdit(event.target.value)}
          />
        )
      }
    </Field>
  );
}
