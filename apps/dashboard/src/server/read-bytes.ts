/** The bytes of a request's body, or undefined for none; no more than `maxBytes` are read. */
export async function readBytes(
  request: Request,
  maxBytes: number,
): Promise<ArrayBuffer | undefined | 'too-large'> {
  if (request.body === null) return undefined;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- a stream is read in order.
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      // oxlint-disable-next-line no-await-in-loop
      await reader.cancel();
      return 'too-large';
    }
    parts.push(value);
  }
  return size === 0 ? undefined : await new Blob(parts).arrayBuffer();
}
