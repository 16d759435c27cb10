import type {
  AlertDetail,
  AlertPage,
  City,
  DecisionOutcome,
  DecisionRequest,
  Sensor,
  Session,
} from './model';
import { Problem } from './problem';

type Query = Readonly<Record<string, string | undefined>>;

/**
 * The console's HTTP API, every call answering what was asked for or throwing a `Problem`.
 *
 * Addresses are relative to the page, so the console also works below a path of its own.
 */
export class ConsoleApi {
  /** Sent with everything that changes something; comes with the session. */
  #csrfToken = '';
  /** Called when the console no longer knows us. */
  onSignedOut: () => void = () => undefined;

  readonly #fetch: typeof fetch;

  constructor(fetcher: typeof fetch = (input, init) => fetch(input, init)) {
    this.#fetch = fetcher;
  }

  async signIn(username: string, password: string): Promise<Session> {
    const session = await this.#ask<Session>('POST', 'v1/session', { username, password });
    this.#csrfToken = session.csrf_token ?? '';
    return session;
  }

  /** The session that the browser's cookie still opens; a `signed_out` problem when there is none. */
  async resume(): Promise<Session> {
    const session = await this.#ask<Session>('GET', 'v1/session');
    this.#csrfToken = session.csrf_token ?? '';
    return session;
  }

  async signOut(): Promise<void> {
    await this.#ask('DELETE', 'v1/session');
    this.#csrfToken = '';
  }

  alerts(filters: Query): Promise<AlertPage> {
    return this.#ask('GET', `v1/alerts${query(filters)}`);
  }

  alert(id: string): Promise<AlertDetail> {
    return this.#ask('GET', `v1/alerts/${encodeURIComponent(id)}`);
  }

  decide(id: string, decision: DecisionRequest): Promise<{ decision_id: string }> {
    return this.#ask('POST', `v1/alerts/${encodeURIComponent(id)}/decisions`, decision);
  }

  decision(id: string): Promise<DecisionOutcome> {
    return this.#ask('GET', `v1/decisions/${encodeURIComponent(id)}`);
  }

  /** Every sensor: follows the pages to the end. */
  async sensors(): Promise<Sensor[]> {
    const all: Sensor[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#ask<{ sensors: Sensor[]; next_cursor?: string | null }>(
        'GET',
        `v1/sensors${query({ cursor })}`,
      );
      all.push(...page.sensors);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return all;
  }

  city(): Promise<City> {
    return this.#ask('GET', 'v1/city');
  }

  async #ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (method !== 'GET' && this.#csrfToken !== '') headers['X-CSRF-Token'] = this.#csrfToken;
    let response: Response;
    try {
      response = await this.#fetch(path, {
        method,
        headers,
        credentials: 'same-origin',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw Problem.network();
    }
    if (response.status === 204) return undefined as Answer;
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer as Answer;
    const problem = Problem.from(response, answer);
    if (problem.kind === 'signed_out' && path !== 'v1/session') this.onSignedOut();
    throw problem;
  }
}

function query(fields: Query): string {
  const given = Object.entries(fields).filter((field): field is [string, string] => Boolean(field[1]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
