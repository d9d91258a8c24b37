/** What can go wrong between a page and the server, as one typed error (RFC 9457). */

export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    /** Stable name of the problem; its wording stands in `shared/i18n`. */
    readonly code: string,
    /** HTTP status, 0 where there was no answer. */
    readonly status: number,
    /** The server's own sentence, in the language asked for; may be empty. */
    readonly detail = '',
    /** Seconds to wait before another attempt, where the server named them. */
    readonly retryAfter: number | null = null,
    /** Further members of the problem, such as `tries_left`. */
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail || code)
  }

  /** Whether the request may have been carried out all the same: its `Idempotency-Key` must then be kept. */
  get isUncertain(): boolean {
    return this.status === 0 || this.status >= 500 || this.code === 'request_in_progress'
  }

  get isConnection(): boolean {
    return this.status === 0
  }
}

const STANDARD_MEMBERS = new Set(['type', 'title', 'status', 'detail', 'code', 'instance'])

/** Reads a refusal; an answer that is no problem document (a proxy's error page) becomes `http_<status>`. */
export async function readProblem(response: Response): Promise<ApiError> {
  const body = await problemDocument(response)
  const code = typeof body['code'] === 'string' ? body['code'] : `http_${response.status}`
  const detail = [body['detail'], body['title']].find(text => typeof text === 'string' && text !== '')
  const facts = Object.fromEntries(Object.entries(body).filter(([member]) => !STANDARD_MEMBERS.has(member)))
  return new ApiError(code, response.status, String(detail ?? ''), retryAfter(response.headers), facts)
}

async function problemDocument(response: Response): Promise<Record<string, unknown>> {
  if (!response.headers.get('Content-Type')?.includes('json')) return {}
  const body: unknown = await response.json().catch(() => null)
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
}

function retryAfter(headers: Headers): number | null {
  const seconds = Number(headers.get('Retry-After') ?? NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : null
}
