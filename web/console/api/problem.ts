import type { Alert } from './model';

export type ProblemKind =
  | 'network' // no answer at all
  | 'signed_out'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'invalid'
  | 'limited'
  | 'unavailable'
  | 'unexpected';

const KINDS: Readonly<Record<number, ProblemKind>> = {
  401: 'signed_out',
  403: 'forbidden',
  404: 'missing',
  409: 'conflict',
  422: 'invalid',
  429: 'limited',
  503: 'unavailable',
};

/** An answer of the console that is not the one asked for (RFC 9457), or none at all (`network`, status 0). */
export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    readonly status: number,
    readonly detail: string,
    /** Seconds until it makes sense to ask again; undefined where the console did not say. */
    readonly retryAfter_s: number | undefined,
    /** With a conflict: the alert as it is now. */
    readonly alert: Alert | undefined,
  ) {
    super(detail);
  }

  static network(): Problem {
    return new Problem('network', 0, '', undefined, undefined);
  }

  static from(response: Response, body: unknown): Problem {
    const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
    const wait_s = Number(response.headers.get('Retry-After') ?? Number.NaN);
    return new Problem(
      KINDS[response.status] ?? 'unexpected',
      response.status,
      typeof fields['detail'] === 'string' ? fields['detail'] : '',
      Number.isFinite(wait_s) ? wait_s : undefined,
      fields['alert'] as Alert | undefined,
    );
  }
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : Problem.network();
}
