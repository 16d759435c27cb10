import type { Alert } from '../api/model';

/** The part of EventSource that the stream needs, so that a test can stand in for it. */
export interface EventSourceLike {
  readyState: number;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export interface Surroundings {
  open(address: string): EventSourceLike;
  now_ms(): number;
  /** Calls back once after the delay; the answer cancels. */
  later(call: () => void, delay_ms: number): () => void;
}

export interface Listener {
  alert(alert: Alert): void;
  /** The console cannot resume from here: load the list again and follow from its position. */
  reset(): void;
  freshness(freshness: Freshness): void;
}

export type Freshness = 'connecting' | 'live' | 'stale';

/** The console sends a heartbeat every 10 s; one and a half without a word is too long. */
export const STALE_AFTER_MS = 15_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
const CLOSED = 2;

/**
 * Follows the console's stream of alerts from a position on, over every interruption, and tells when it has gone silent.
 *
 * The browser reconnects by itself after a lost connection (with Last-Event-ID); what it gives up on (an answer that is
 * no stream) and what has silently died is opened anew here from the last id seen.
 */
export class AlertStream {
  #source: EventSourceLike | undefined;
  #position: string;
  #lastHeard_ms: number | undefined;
  #retry_ms = FIRST_RETRY_MS;
  #cancelRetry: (() => void) | undefined;
  #cancelWatch: (() => void) | undefined;
  #ended = false;

  constructor(
    position: string,
    private readonly listener: Listener,
    private readonly surroundings: Surroundings = inTheBrowser,
  ) {
    this.#position = position;
  }

  get lastHeard_ms(): number | undefined {
    return this.#lastHeard_ms;
  }

  start(): void {
    this.listener.freshness('connecting');
    this.#connect();
    this.#watchSilence();
  }

  end(): void {
    this.#ended = true;
    this.#source?.close();
    this.#cancelRetry?.();
    this.#cancelWatch?.();
  }

  #connect(): void {
    this.#source?.close();
    const source = this.surroundings.open(`v1/alerts/stream?after=${encodeURIComponent(this.#position)}`);
    this.#source = source;
    // A source that was given up may still deliver what it had queued.
    const current =
      (handle: (event: MessageEvent<string>) => void) =>
      (event: MessageEvent<string>): void => {
        if (this.#source === source && !this.#ended) handle(event);
      };
    source.addEventListener(
      'open',
      current(() => this.#heard()),
    );
    source.addEventListener(
      'heartbeat',
      current(() => this.#heard()),
    );
    source.addEventListener(
      'alert',
      current((event) => {
        this.#heard();
        if (event.lastEventId !== '') this.#position = event.lastEventId;
        this.listener.alert(JSON.parse(event.data) as Alert);
      }),
    );
    source.addEventListener(
      'reset',
      current(() => {
        this.end();
        this.listener.reset();
      }),
    );
    source.addEventListener(
      'error',
      current(() => {
        if (source.readyState === CLOSED) this.#retryLater();
      }),
    );
  }

  #heard(): void {
    this.#lastHeard_ms = this.surroundings.now_ms();
    this.#retry_ms = FIRST_RETRY_MS;
    this.#watchSilence();
    this.listener.freshness('live');
  }

  #watchSilence(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = this.surroundings.later(() => {
      this.listener.freshness('stale');
      this.#retryLater();
      this.#watchSilence();
    }, STALE_AFTER_MS);
  }

  #retryLater(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.surroundings.later(() => this.#connect(), this.#retry_ms);
    this.#retry_ms = Math.min(this.#retry_ms * 2, LONGEST_RETRY_MS);
  }
}

const inTheBrowser: Surroundings = {
  open: (address) => new EventSource(address),
  now_ms: () => Date.now(),
  later: (call, delay_ms) => {
    const timer = setTimeout(call, delay_ms);
    return () => clearTimeout(timer);
  },
};
