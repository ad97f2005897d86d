export * from './common.ts';
export * from './jobs.ts';
export * from './limits.ts';
export * from './permissions.ts';
export * from './problems.ts';
export * from './queues.ts';
export * from './routes.ts';
