/**
 * The leases of a worker in memory that its heartbeat thread can read while the main thread is held
 * up by a handler: nothing can be asked of the main thread then, and a message a job would cost
 * more than the job. A slot is written when a job is claimed (about 0.3 µs) and freed when its lease
 * is over. The thread writes only fields of its own, marked with the generation they are about, so
 * that a slot that was given to another job meanwhile ignores them.
 */
const HEADER_BYTES = 64;
const SLOT_BYTES = 168;
const TEXT_BYTES = 64;
/** Places in a slot, in units of the view: 4-byte integers, 8-byte floats, bytes. */
const GENERATION = 0;
const QUEUE = 1;
const THREAD_GENERATION = 2;
const LOST_GENERATION = 3;
const DEADLINE = 2;
const THREAD_DEADLINE = 3;
const ID_LENGTH = 32;
const TOKEN_LENGTH = 33;
const ID = 34;
const TOKEN = ID + TEXT_BYTES;
/** In the header: when the main loop turned last, and how many extensions the thread was granted. */
const BEAT = 0;
const EXTENDED = 4;

/** A lease as the thread sees it. Times are in ms of the clock that all threads share. */
export interface BoardEntry {
  readonly slot: number;
  readonly generation: number;
  readonly queue: number;
  readonly id: string;
  readonly token: string;
  readonly deadline: number;
}

/** Where a job stands on the board. */
export interface BoardPlace {
  readonly slot: number;
  readonly generation: number;
}

/** Monotonic ms that mean the same in every thread; `performance.now` counts from a thread's start. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export class LeaseBoard {
  readonly memory: SharedArrayBuffer;
  readonly #capacity: number;
  readonly #bytes: Buffer;
  readonly #ints: Int32Array;
  readonly #floats: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#capacity = Math.floor((memory.byteLength - HEADER_BYTES) / SLOT_BYTES);
    this.#bytes = Buffer.from(memory);
    this.#ints = new Int32Array(memory);
    this.#floats = new Float64Array(memory);
  }

  static memoryFor(slots: number): SharedArrayBuffer {
    return new SharedArrayBuffer(HEADER_BYTES + slots * SLOT_BYTES);
  }

  get capacity(): number {
    return this.#capacity;
  }

  get beatAt(): number {
    return this.#floats[BEAT] ?? 0;
  }

  set beatAt(at: number) {
    this.#floats[BEAT] = at;
  }

  /** Extensions so far. */
  get extended(): number {
    return Atomics.load(this.#ints, EXTENDED);
  }

  addExtended(count: number): void {
    Atomics.add(this.#ints, EXTENDED, count);
  }

  /** Main thread. False when a text is longer than a slot takes. */
  write(slot: number, entry: Omit<BoardEntry, 'slot'>): boolean {
    const { id, token } = entry;
    if (id.length > TEXT_BYTES || token.length > TEXT_BYTES) return false;
    const int = intsOf(slot);
    const byte = bytesOf(slot);
    this.#ints[int + QUEUE] = entry.queue;
    this.#floats[floatsOf(slot) + DEADLINE] = entry.deadline;
    this.#bytes[byte + ID_LENGTH] = id.length;
    this.#bytes[byte + TOKEN_LENGTH] = token.length;
    this.#bytes.write(id, byte + ID, 'latin1');
    this.#bytes.write(token, byte + TOKEN, 'latin1');
    Atomics.store(this.#ints, int + GENERATION, entry.generation);
    return true;
  }

  /** Main thread. */
  free(slot: number): void {
    Atomics.store(this.#ints, intsOf(slot) + GENERATION, 0);
  }

  /** Main thread. */
  setDeadline(slot: number, deadline: number): void {
    this.#floats[floatsOf(slot) + DEADLINE] = deadline;
  }

  /** Main thread: until when the thread extended it; 0: it did not. */
  threadDeadline(slot: number, generation: number): number {
    const known = Atomics.load(this.#ints, intsOf(slot) + THREAD_GENERATION) === generation;
    return known ? (this.#floats[floatsOf(slot) + THREAD_DEADLINE] ?? 0) : 0;
  }

  /** Main thread: the thread was told that the lease has gone. */
  isLost(slot: number, generation: number): boolean {
    return Atomics.load(this.#ints, intsOf(slot) + LOST_GENERATION) === generation;
  }

  /** Thread: null when the slot is free, or changed while it was read. */
  read(slot: number): BoardEntry | null {
    const int = intsOf(slot);
    const generation = Atomics.load(this.#ints, int + GENERATION);
    if (generation === 0) return null;
    const byte = bytesOf(slot);
    const mine = this.threadDeadline(slot, generation);
    const entry = {
      slot,
      generation,
      queue: this.#ints[int + QUEUE] ?? 0,
      id: this.#text(byte + ID, byte + ID_LENGTH),
      token: this.#text(byte + TOKEN, byte + TOKEN_LENGTH),
      deadline: Math.max(mine, this.#floats[floatsOf(slot) + DEADLINE] ?? 0),
    };
    const same = Atomics.load(this.#ints, int + GENERATION) === generation;
    return same && !this.isLost(slot, generation) ? entry : null;
  }

  /** Thread. */
  noteExtended({ slot, generation }: BoardEntry, deadline: number): void {
    this.#floats[floatsOf(slot) + THREAD_DEADLINE] = deadline;
    Atomics.store(this.#ints, intsOf(slot) + THREAD_GENERATION, generation);
  }

  /** Thread. */
  noteLost({ slot, generation }: BoardEntry): void {
    Atomics.store(this.#ints, intsOf(slot) + LOST_GENERATION, generation);
  }

  #text(from: number, lengthAt: number): string {
    return this.#bytes.toString('latin1', from, from + (this.#bytes[lengthAt] ?? 0));
  }
}

const bytesOf = (slot: number) => HEADER_BYTES + slot * SLOT_BYTES;
const intsOf = (slot: number) => bytesOf(slot) / 4;
const floatsOf = (slot: number) => bytesOf(slot) / 8;
