import { ROUTES, type RouteDescriptor, type RouteName } from '@relay/contract';

/** All that the pages need. Leases, for instance, are not for a browser. */
const ALLOWED = [
  'getOverview',
  'streamEvents',
  'listQueues',
  'getQueue',
  'changeQueue',
  'deleteQueue',
  'getSeries',
  'pauseQueue',
  'resumeQueue',
  'purgeQueue',
  'enqueueJob',
  'listJobs',
  'getJob',
  'findJob',
  'cancelJob',
  'retryJob',
  'promoteJob',
  'changeJob',
  'deleteJob',
  'actOnJobs',
  'listDeadLetters',
  'groupDeadLetters',
  'requeueDeadLetter',
  'requeueDeadLetters',
  'purgeDeadLetters',
  'getOperation',
  'cancelOperation',
  'listSchedules',
  'getSchedule',
  'putSchedule',
  'deleteSchedule',
  'runSchedule',
  'pauseSchedule',
  'resumeSchedule',
  'previewTimes',
  'previewSchedule',
  'listWorkers',
  'quietWorker',
  'getVersion',
] as const satisfies readonly RouteName[];

const TABLE = ALLOWED.map((name) => {
  const route: RouteDescriptor = ROUTES[name];
  const pattern = route.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+');
  return { name, route, pattern: new RegExp(`^${pattern}$`) };
});

/** A segment that some server on the way could take for a step upwards, or for two. */
const TRICK = /(^|\/)(\.|%2e){1,2}(\/|$)|%2f|%5c|\\|%00/i;

export interface AllowedRoute {
  readonly name: RouteName;
  readonly route: RouteDescriptor;
}

/** The gateway's route for a request, or undefined where the browser has no business. */
export function allowedRoute(method: string, path: string): AllowedRoute | undefined {
  if (TRICK.test(path)) return undefined;
  return TABLE.find(({ route, pattern }) => route.method === method && pattern.test(path));
}
