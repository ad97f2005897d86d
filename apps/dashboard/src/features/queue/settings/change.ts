import type { QueueConfig, QueuePatch } from '@relay/contract';
import { durationText, parseDuration } from '../../../data/durations.ts';
import type { Difference } from '../../../design/DifferenceTable.tsx';
import { whole } from '../../../design/format.ts';
import { FIELDS, type FieldId, type SettingField } from './fields.ts';

/** What was typed, of the fields that were touched. */
export type Edits = Readonly<Partial<Record<FieldId, string>>>;

type Value = number | string | null;

/** One setting that will be another. */
interface SettingDifference extends Difference {
  readonly id: FieldId;
}

/** What a field shows. */
export function textOf(field: SettingField, config: QueueConfig): string {
  const value = field.read(config);
  if (value === null) return '';
  return field.kind === 'duration' ? durationText(Number(value)) : String(value);
}

/** What is wrong with a text; undefined: nothing. */
export function faultOf(field: SettingField, text: string): string | undefined {
  const value = typedValue(field, text);
  if (value === null) return field.empty === undefined ? 'Required' : undefined;
  if (typeof value === 'string') return undefined;
  const written = field.kind === 'duration' ? durationText : whole;
  if (value === undefined) {
    return field.kind === 'duration' ? 'A time such as 30s, 10m or 7d' : 'A whole number';
  }
  if (value < field.min) return `At least ${written(field.min)}`;
  return value > field.max ? `At most ${written(field.max)}` : undefined;
}

/** Undefined: the text is no value. */
function typedValue({ kind }: SettingField, text: string): Value | undefined {
  const typed = text.trim();
  if (typed === '') return null;
  if (kind === 'choice') return typed;
  if (kind === 'duration') return parseDuration(typed);
  const digits = typed.replaceAll(',', '');
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

/** What the edits change in these settings. */
export function differences(config: QueueConfig, edits: Edits): SettingDifference[] {
  return FIELDS.flatMap((field) => {
    const edit = edits[field.id];
    if (edit === undefined) return [];
    const before = field.read(config);
    const after = typedValue(field, edit);
    if (after === undefined || after === before) return [];
    return [told(field, before, after)];
  });
}

/** In what two states of the settings differ. */
export function between(before: QueueConfig, after: QueueConfig): SettingDifference[] {
  return FIELDS.flatMap((field) => {
    const [one, other] = [field.read(before), field.read(after)];
    return one === other ? [] : [told(field, one, other)];
  });
}

function told(field: SettingField, before: Value, after: Value): SettingDifference {
  const { id, label } = field;
  return { id, label, before: shown(field, before), after: shown(field, after) };
}

function shown({ kind, empty = 'none' }: SettingField, value: Value): string {
  if (value === null) return empty;
  if (typeof value === 'string') return value;
  return kind === 'duration' ? durationText(value) : whole(value);
}

/** The request for these edits: nothing but what they change. */
export function patchOf(config: QueueConfig, edits: Edits): QueuePatch {
  const changed = new Set(differences(config, edits).map(({ id }) => id));
  const value = (id: FieldId): Value => {
    const field = FIELDS.find((each) => each.id === id);
    if (field === undefined) return null;
    const edit = edits[id];
    return edit === undefined ? field.read(config) : (typedValue(field, edit) ?? null);
  };
  const some = (...ids: FieldId[]) => ids.some((id) => changed.has(id));
  const set = (key: string, id: FieldId) => (changed.has(id) ? { [key]: value(id) } : {});
  return {
    ...(some('rate', 'perMs', 'burst') ? { rateLimit: rateLimit(value) } : {}),
    ...set('concurrency', 'concurrency'),
    ...set('maxReady', 'maxReady'),
    defaults: {
      ...set('maxAttempts', 'maxAttempts'),
      ...set('maxCrashes', 'maxCrashes'),
      ...set('leaseMs', 'leaseMs'),
      ...(some('backoffType', 'backoffBaseMs', 'backoffCapMs', 'backoffJitter')
        ? { backoff: backoff(value) }
        : {}),
    },
    retention: {
      completed: { ...set('maxAgeMs', 'completedAge'), ...set('maxCount', 'completedCount') },
      dead: { ...set('maxAgeMs', 'deadAge'), ...set('maxCount', 'deadCount') },
    },
  };
}

/** A rate alone is one a second; without a rate there is no limit, whatever else is typed. */
function rateLimit(value: (id: FieldId) => Value): NonNullable<QueuePatch['rateLimit']> | null {
  const [rate, perMs, burst] = [value('rate'), value('perMs'), value('burst')];
  if (rate === null) return null;
  return {
    rate: Number(rate),
    perMs: perMs === null ? 1_000 : Number(perMs),
    ...(burst === null ? {} : { burst: Number(burst) }),
  };
}

function backoff(value: (id: FieldId) => Value) {
  return {
    type: value('backoffType') === 'fixed' ? 'fixed' : 'exponential',
    baseMs: Number(value('backoffBaseMs')),
    capMs: Number(value('backoffCapMs')),
    jitter: value('backoffJitter') === 'none' ? 'none' : 'full',
  } as const;
}
