/** Fetches the files that a manifest names and that are not held yet, each by a conditional GET. */

import { fromBase64url, type Bytes } from './bytes'
import { isObject, parseObject, text } from './json'
import { parseUnverifiedManifest, type Manifest, type ShardPin } from './manifest'
import { TrustRefusal, trusted } from './refusal'
import type { ShardFiles } from './status-list'
import type { Trust, TrustFiles } from './trust'

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>

/** The server could not be reached or did not serve what a trust server serves. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError'
}

export interface ManifestEvent {
  readonly manifest: string
  readonly deltas: ReadonlyMap<number, Bytes>
}

/** A manifest names two or three weeks; a longer list is not fetched before its signature has been checked. */
const MAX_SHARDS = 8
const TIME_LIMIT = 20_000

export class TrustServer {
  private etag: string | null = null

  constructor(
    private readonly base: string,
    private readonly fetch: Fetch = (input, init) => globalThis.fetch(input, init),
  ) {}

  /** The manifest, or null when the one held is still the newest. */
  async manifest(held: Trust | null): Promise<string | null> {
    const conditional = this.etag !== null && held !== null ? { 'If-None-Match': this.etag } : {}
    const { response, body } = await this.get('manifest', conditional, answer => answer.text())
    if (response.status === 304) return null
    this.etag = response.headers.get('ETag')
    return body
  }

  /** Forgets what the server said last, so that the next manifest is fetched whole. */
  forget(): void {
    this.etag = null
  }

  async files(
    root: string,
    { manifest: jws, deltas }: ManifestEvent,
    held: Trust | null,
  ): Promise<TrustFiles> {
    const manifest = trusted(parseUnverifiedManifest(jws), 'manifest_untrusted')
    if (manifest.shards.size > MAX_SHARDS) throw new TrustRefusal('manifest_untrusted')
    const shards = Array.from(manifest.shards, async ([shard, pin]) => {
      return [shard, await this.shard(shard, pin, deltas.get(shard), held)] as const
    })
    return {
      root,
      keys: await this.keys(manifest, held),
      manifest: jws,
      shards: new Map(await Promise.all(shards)),
    }
  }

  private async keys(manifest: Manifest, held: Trust | null): Promise<string> {
    if (held?.manifest.keys.sha256 === manifest.keys.sha256) return held.files.keys
    return this.text('keys')
  }

  private async shard(
    shard: number,
    pin: ShardPin,
    inline: Bytes | undefined,
    held: Trust | null,
  ): Promise<ShardFiles> {
    const before = held?.files.shards.get(shard)
    const known = held?.manifest.shards.get(shard)
    const [snapshot, delta] = await Promise.all([
      before && known?.snapshot === pin.snapshot ? before.snapshot : this.text(`status/${shard}`),
      inline ?? (before && known?.delta === pin.delta ? before.delta : this.bytes(`status/${shard}/delta`)),
    ])
    return { snapshot, delta }
  }

  private async text(path: string): Promise<string> {
    return (await this.get(path, {}, response => response.text())).body
  }

  private async bytes(path: string): Promise<Bytes> {
    return new Uint8Array((await this.get(path, {}, response => response.arrayBuffer())).body)
  }

  private async get<Body>(
    path: string,
    headers: Record<string, string>,
    read: (response: Response) => Promise<Body>,
  ): Promise<{ response: Response; body: Body }> {
    try {
      const request = { headers, cache: 'no-cache', signal: AbortSignal.timeout(TIME_LIMIT) } as const
      const response = await this.fetch(`${this.base}/trust/${path}`, request)
      if (!response.ok && response.status !== 304) throw new DownloadError(`${path}: HTTP ${response.status}`)
      return { response, body: await read(response) }
    } catch (error) {
      throw error instanceof DownloadError
        ? error
        : new DownloadError(`${path}: unreachable`, { cause: error })
    }
  }
}

/** The data of a `manifest` event, or null where it is not of that form. */
export function parseManifestEvent(data: string): ManifestEvent | null {
  const event = parseObject(data)
  const manifest = text(event?.manifest)
  if (manifest === null || !isObject(event?.deltas)) return null
  const deltas = new Map<number, Bytes>()
  for (const [shard, written] of Object.entries(event.deltas)) {
    const delta = fromBase64url(text(written) ?? '!')
    if (delta === null || !/^[0-9]{1,9}$/.test(shard)) return null
    deltas.set(Number(shard), delta)
  }
  return { manifest, deltas }
}
