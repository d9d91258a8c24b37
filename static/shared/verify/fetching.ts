/** Gets documents from a server that may be slow, wrong or hostile: bounded in time and size, and nothing but what was asked for. */

import { concat, type Bytes } from './bytes'

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>

/** The server could not be reached or did not serve what a trust server serves. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError'
}

/** `most`: how many bytes the document may have. */
export interface Wanted {
  readonly path: string
  readonly mediaType: string
  readonly most: number
}

export interface Answer {
  readonly body: Bytes
  readonly etag: string | null
}

/** Milliseconds for one document. */
const TIME_LIMIT = 20_000
const [OK, PARTIAL, NOT_MODIFIED] = [200, 206, 304]

export class Fetcher {
  constructor(
    private readonly base: string,
    private readonly fetch: Fetch,
  ) {}

  get(wanted: Wanted): Promise<Answer> {
    return this.ask(wanted, {}, response => readWhole(response, wanted))
  }

  /** Null where the document still has this entity tag. */
  getUnless(wanted: Wanted, etag: string): Promise<Answer | null> {
    return this.ask(wanted, { 'If-None-Match': etag }, async response =>
      response.status === NOT_MODIFIED ? null : readWhole(response, wanted),
    )
  }

  /** The bytes `first` … `last` (RFC 9110 §14), from a server that knows ranges or cuts nothing. */
  getRange(wanted: Wanted, first: number, last: number): Promise<Bytes> {
    const length = last - first + 1
    return this.ask(wanted, { Range: `bytes=${first}-${last}` }, async response => {
      const body = response.status === OK ? await readWhole(response, wanted) : null
      const part = body?.body.slice(first, last + 1) ?? (await readPart(response, wanted, first, last))
      if (part.length !== length) throw new DownloadError(`${wanted.path}: not the bytes ${first}-${last}`)
      return part
    })
  }

  private async ask<Result>(
    { path, mediaType }: Wanted,
    headers: Record<string, string>,
    read: (response: Response) => Promise<Result>,
  ): Promise<Result> {
    try {
      const response = await this.fetch(this.base + path, {
        headers: { Accept: mediaType, ...headers },
        cache: 'no-cache',
        credentials: 'omit',
        signal: AbortSignal.timeout(TIME_LIMIT),
      })
      return await read(response)
    } catch (error) {
      throw error instanceof DownloadError
        ? error
        : new DownloadError(`${path}: unreachable`, { cause: error })
    }
  }
}

async function readWhole(response: Response, wanted: Wanted): Promise<Answer> {
  check(response, wanted, OK)
  return { body: await readBody(response, wanted), etag: response.headers.get('ETag') }
}

async function readPart(response: Response, wanted: Wanted, first: number, last: number): Promise<Bytes> {
  check(response, wanted, PARTIAL)
  const [, from, to] = /^bytes (\d+)-(\d+)\//.exec(response.headers.get('Content-Range') ?? '') ?? []
  if (Number(from) !== first || Number(to) !== last) throw new DownloadError(`${wanted.path}: another range`)
  return readBody(response, { ...wanted, most: last - first + 1 })
}

function check(response: Response, { path, mediaType }: Wanted, status: number): void {
  if (response.status !== status) throw new DownloadError(`${path}: HTTP ${response.status}`)
  const [found = ''] = (response.headers.get('Content-Type') ?? '').split(';')
  if (found.trim().toLowerCase() !== mediaType)
    throw new DownloadError(`${path}: ${found} where ${mediaType} was expected; a captive portal perhaps`)
}

/** Stops reading at the first byte too many, whatever length the server announced. */
async function readBody(response: Response, { path, most }: Wanted): Promise<Bytes> {
  const reader = response.body?.getReader()
  const parts: Bytes[] = []
  let length = 0
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    length += part.value.length
    if (length > most) {
      await reader?.cancel().catch(() => undefined)
      throw new DownloadError(`${path}: more than ${most} bytes`)
    }
    parts.push(part.value)
  }
  return concat(...parts)
}
