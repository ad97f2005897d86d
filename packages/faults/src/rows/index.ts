import { CLOCK_ROWS } from './clocks.ts';
import { CLUSTER_ROWS } from './cluster.ts';
import { DAMAGE_ROWS } from './damage.ts';
import { NETWORK_ROWS } from './network.ts';
import type { Row } from './row.ts';
import { SERVICE_ROWS } from './services.ts';
import { STORE_ROWS } from './store.ts';
import { WORKER_ROWS } from './workers.ts';

const number = ({ id }: Row): number => Number(/\d+/.exec(id)?.[0] ?? 0);

/** All rows, in the order of the table of faults. */
export const ROWS: readonly Row[] = [
  ...WORKER_ROWS,
  ...SERVICE_ROWS,
  ...NETWORK_ROWS,
  ...STORE_ROWS,
  ...DAMAGE_ROWS,
  ...CLOCK_ROWS,
  ...CLUSTER_ROWS,
].toSorted((a, b) => number(a) - number(b));
