/** Fetches what a manifest names and is not held yet: of a list that grew only its changes, the rest whole (token-format §2). */

import { fromUtf8, sha256, type Bytes } from './bytes'
import { DownloadError, Fetcher, type Fetch, type Wanted } from './fetching'
import { MAX_BYTES } from './limits'
import { parseUnverifiedManifest, type Manifest, type ShardPin } from './manifest'
import type { Changes, ManifestEvent } from './manifest-event'
import { TrustRefusal, trusted } from './refusal'
import { CHANGE_BYTES, layOver, type RevokedList } from './revoked-list'
import type { Trust, TrustFiles } from './trust'

/** A manifest names two or three weeks; more lists are not fetched before its signature has been checked. */
const MAX_SHARDS = 8
const MANIFEST: Wanted = { path: '/trust/manifest', mediaType: 'application/jose', most: MAX_BYTES.manifest }
const KEYS: Wanted = { path: '/trust/keys', mediaType: 'application/jose+json', most: MAX_BYTES.keys }
const BINARY = 'application/octet-stream'
const NO_INDICES = new Uint32Array()

const list = (shard: number): Wanted => ({
  path: `/trust/status/${shard}/list`,
  mediaType: BINARY,
  most: MAX_BYTES.list,
})
const changes = (shard: number): Wanted => ({
  path: `/trust/status/${shard}/changes`,
  mediaType: BINARY,
  most: MAX_BYTES.changes,
})

export class TrustServer {
  private etag: string | null = null
  private readonly fetcher: Fetcher

  constructor(base: string, fetch: Fetch = (input, init) => globalThis.fetch(input, init)) {
    this.fetcher = new Fetcher(base, fetch)
  }

  /** The manifest, or null when the one held is still the newest. */
  async manifest(held: Trust | null): Promise<string | null> {
    const isConditional = this.etag !== null && held !== null
    const answer = isConditional
      ? await this.fetcher.getUnless(MANIFEST, this.etag ?? '')
      : await this.fetcher.get(MANIFEST)
    if (answer === null) return null
    this.etag = answer.etag
    return asText(answer.body, MANIFEST)
  }

  /** Forgets what the server said last, so that the next manifest is fetched whole. */
  forget(): void {
    this.etag = null
  }

  /** All files of an event's manifest; `root` is the pinned root file. */
  async files(root: string, event: ManifestEvent, held: Trust | null): Promise<TrustFiles> {
    const manifest = trusted(parseUnverifiedManifest(event.manifest), 'manifest_untrusted')
    if (manifest.shards.size > MAX_SHARDS) throw new TrustRefusal('manifest_untrusted')
    const keys = await this.keys(manifest, held)
    const lists = Array.from(manifest.shards, async ([shard, pin]) => {
      return [shard, await this.list(shard, pin, event.changes.get(shard), held)] as const
    })
    return { root, keys, manifest: event.manifest, lists: new Map(await Promise.all(lists)) }
  }

  private async keys(manifest: Manifest, held: Trust | null): Promise<string> {
    if (held?.manifest.keys.sha256 === manifest.keys.sha256) return held.files.keys
    return asText((await this.fetcher.get(KEYS)).body, KEYS)
  }

  private async list(
    shard: number,
    pin: ShardPin,
    told: Changes | undefined,
    held: Trust | null,
  ): Promise<Bytes> {
    const before = held?.lists.get(shard)
    if (before?.sha256 === pin.sha256) return before.bytes
    const known = before ? (held?.manifest.shards.get(shard)?.changes ?? 0) : 0
    const heard = told?.since(known)
    const grown =
      (heard && (await fitting(before?.indices ?? NO_INDICES, heard, pin))) ??
      (before && (await this.grown(shard, pin, before, known)))
    return grown ?? (await this.fetcher.get(list(shard))).body
  }

  /** The list by its changes since number `known`; null where the whole is the shorter or safer way. */
  private async grown(
    shard: number,
    pin: ShardPin,
    before: RevokedList,
    known: number,
  ): Promise<Bytes | null> {
    const count = pin.changes - known
    if (count <= 0 || count > before.bytes.length) return null // each change adds a byte at least
    const [first, last] = [CHANGE_BYTES * known, CHANGE_BYTES * pin.changes - 1]
    const words = await this.fetcher.getRange(changes(shard), first, last).catch(ignoreDownload)
    return words && fitting(before.indices, words, pin)
  }
}

/** The list after the changes, if it is the one that is pinned. */
async function fitting(indices: Uint32Array, words: Bytes, pin: ShardPin): Promise<Bytes | null> {
  const bytes = layOver(indices, words)
  return bytes !== null && (await sha256(bytes)) === pin.sha256 ? bytes : null
}

function ignoreDownload(error: unknown): null {
  if (error instanceof DownloadError) return null
  throw error
}

function asText(body: Bytes, { path }: Wanted): string {
  const text = fromUtf8(body)
  if (text === null) throw new DownloadError(`${path}: not text`)
  return text
}
