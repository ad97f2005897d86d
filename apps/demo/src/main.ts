import { createLogger, messageOf, packageVersion, StartError } from '@relay/service-kit';
import { RelayApi } from './api.ts';
import { type DemoConfig, readCommand } from './config.ts';
import { listDocuments } from './documents.ts';
import { runGenerator } from './generator.ts';
import { isSound, summaryOf } from './report.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const command = readCommand(process.argv.slice(2), process.env);
    if (command.kind === 'run') return await generate(command.config, command.warnings);
    process.stdout.write(`${command.text}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`demo: ${messageOf(error)}\n`);
    return error instanceof StartError ? error.exitCode : 1;
  }
}

async function generate(config: DemoConfig, warnings: readonly string[]): Promise<number> {
  const version = packageVersion(import.meta.url);
  const logger = createLogger({ name: 'demo', version, level: config.LOG_LEVEL });
  for (const warning of warnings) logger.warn(warning);
  const documents = listDocuments(config.DEMO_FOLDER);
  if (documents.length === 0) {
    throw new StartError(`DEMO_FOLDER ${config.DEMO_FOLDER} holds no text files`);
  }
  const stop = new AbortController();
  for (const name of STOP_SIGNALS) {
    process.once(name, () => stop.abort(new Error(`${name}: stopped before all jobs had ended`)));
  }
  const api = new RelayApi({
    url: config.RELAY_API_URL,
    apiKey: config.RELAY_API_KEY,
    signal: stop.signal,
    onRetry: (reason) => logger.warn({ reason }, 'trying again'),
  });
  logger.info({ url: config.RELAY_API_URL, documents: documents.length }, 'posting jobs');
  try {
    const report = await runGenerator({
      api,
      config,
      documents,
      logger,
      signal: stop.signal,
      onProgress: (progress) => logger.info({ event: 'progress', progress }, 'progress'),
    });
    logger.info({ event: 'report', report }, 'the run is over');
    process.stdout.write(`demo: ${summaryOf(report)}\n`);
    return isSound(report) ? 0 : 1;
  } finally {
    // After a failure other requests may still be under way, and would be tried again.
    stop.abort(new Error('the run is over'));
  }
}
