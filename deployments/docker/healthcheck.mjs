// The images' health check: asks the service of this container whether it is ready, over its own port.
const { HOST = '', PORT = '' } = process.env;
const host = HOST === '' || HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;
const url = `http://${host.includes(':') ? `[${host}]` : host}:${PORT}/readyz`;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  if (!response.ok) {
    console.error(`${url} answers ${response.status}: ${(await response.text()).slice(0, 500)}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(
    `${url} does not answer: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 1;
}
