type Bytes = Uint8Array<ArrayBuffer>;

const LOOK_MS = 1_000;

/** The same stream, which ends as soon as a look every second finds that it has to. */
export function whileGood(
  source: ReadableStream<Bytes>,
  isGood: () => boolean,
  lookMs = LOOK_MS,
): ReadableStream<Bytes> {
  const reader = source.getReader();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const end = async (reason: unknown) => {
    ended = true;
    clearInterval(timer);
    await reader.cancel(reason);
  };
  return new ReadableStream<Bytes>({
    start(controller) {
      timer = setInterval(() => {
        if (ended || isGood()) return;
        controller.close();
        // What the source says to it is of no interest any more.
        end('the session has ended').catch(() => undefined);
      }, lookMs);
      timer.unref();
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (ended) return;
        if (!done) return controller.enqueue(value);
        ended = true;
        clearInterval(timer);
        controller.close();
      } catch (error) {
        if (ended) return;
        ended = true;
        clearInterval(timer);
        throw error;
      }
    },
    cancel: end,
  });
}
