/** One shard of the revocation list: an IETF Token Status List and what changed since (token-format §2.3, §2.4; step T4). */

import { fromBase64url, sha256, utf8, type Bytes } from './bytes'
import { isObject, text, unsigned, type JsonObject } from './json'
import { isSignedBy, parseCompact, type Compact } from './jws'
import { listKey, type KeySet } from './keys'
import type { ShardPin } from './manifest'
import { TrustRefusal, trusted } from './refusal'

export interface ShardFiles {
  readonly snapshot: string
  readonly delta: Bytes
}

const SNAPSHOT_TYPE = 'statuslist+jwt'
const CHANGE_BYTES = 4
const NEW_VALUE_BIT = 0x8000_0000
/** The most indices that are unpacked here: 32 MiB, eight times a city of 33 million. */
const MAX_SIZE = 2 ** 28
const ADLER_MODULUS = 65_521

export class StatusList {
  constructor(
    readonly pin: ShardPin,
    private readonly bitmap: Bytes,
    private readonly changes: ReadonlyMap<number, boolean>,
  ) {}

  has(index: number): boolean {
    return index < this.pin.size
  }

  isRevoked(index: number): boolean {
    const byte = this.bitmap[index >>> 3] ?? 0
    return this.changes.get(index) ?? ((byte >> (index & 7)) & 1) === 1
  }

  /** The list after a longer delta to the same snapshot: nothing is unpacked again. */
  async withDelta(pin: ShardPin, delta: Bytes): Promise<StatusList> {
    if (pin.snapshot !== this.pin.snapshot) throw new TrustRefusal('list_mismatch')
    if (pin.size !== this.pin.size) throw new TrustRefusal('list_untrusted')
    return new StatusList(pin, this.bitmap, await verifyDelta(delta, pin))
  }
}

export const statusUri = (issuer: string, shard: number): string => `${issuer}/trust/status/${shard}`

export async function verifyStatusList(
  shard: number,
  files: ShardFiles,
  pin: ShardPin,
  keys: KeySet,
): Promise<StatusList> {
  const changes = await verifyDelta(files.delta, pin)
  if ((await sha256(utf8(files.snapshot))) !== pin.snapshot) throw new TrustRefusal('list_mismatch')
  const message = trusted(parseCompact(files.snapshot), 'list_untrusted')
  if (message.payload.sub !== statusUri(keys.issuer, shard)) throw new TrustRefusal('list_untrusted')
  await checkSignature(message, keys)
  return new StatusList(pin, await unpack(message.payload, pin.size), changes)
}

async function checkSignature({ header, payload, signature, signed }: Compact, keys: KeySet): Promise<void> {
  const issuedAt = trusted(unsigned(payload.iat), 'list_untrusted')
  const key = trusted(listKey(keys, header, SNAPSHOT_TYPE, issuedAt), 'list_untrusted')
  if (!(await isSignedBy(key, signature, signed))) throw new TrustRefusal('list_untrusted')
}

async function verifyDelta(delta: Bytes, pin: ShardPin): Promise<Map<number, boolean>> {
  if (delta.length !== pin.length || (await sha256(delta)) !== pin.delta)
    throw new TrustRefusal('list_mismatch')
  if (delta.length % CHANGE_BYTES !== 0) throw new TrustRefusal('list_untrusted')
  const words = new DataView(delta.buffer, delta.byteOffset, delta.byteLength)
  const changes = new Map<number, boolean>()
  for (let at = 0; at < delta.length; at += CHANGE_BYTES) {
    const word = words.getUint32(at)
    const index = word % NEW_VALUE_BIT
    if (index >= pin.size) throw new TrustRefusal('list_untrusted')
    changes.set(index, word >= NEW_VALUE_BIT)
  }
  return changes
}

async function unpack(payload: JsonObject, size: number): Promise<Bytes> {
  const list = payload.status_list
  if (!isObject(list) || list.bits !== 1 || size < 1 || size > MAX_SIZE)
    throw new TrustRefusal('list_untrusted')
  const packed = trusted(fromBase64url(text(list.lst) ?? '!'), 'list_untrusted')
  const length = Math.ceil(size / 8)
  const bitmap = trusted(await inflate(packed, length), 'list_untrusted')
  if (bitmap.length !== length || !endsWithChecksum(packed, bitmap)) throw new TrustRefusal('list_untrusted')
  return bitmap
}

/** The zlib stream's content, or null when it is broken or longer than `limit` bytes. */
async function inflate(packed: Bytes, limit: number): Promise<Bytes | null> {
  const whole = new Uint8Array(limit)
  let length = 0
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate')).getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (length + part.value.length > limit) return null
      whole.set(part.value, length)
      length += part.value.length
    }
  } catch (error) {
    if (error instanceof TypeError || isStreamError(error)) return null
    throw error
  } finally {
    await reader.cancel().catch(() => undefined)
  }
  return whole.subarray(0, length)
}

/** A zlib stream ends with the Adler-32 of its content (RFC 1950 §2.2); not every runtime refuses bytes after it. */
function endsWithChecksum(packed: Bytes, content: Bytes): boolean {
  let low = 1
  let high = 0
  for (const byte of content) {
    low = (low + byte) % ADLER_MODULUS
    high = (high + low) % ADLER_MODULUS
  }
  const end = packed.subarray(-4)
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].every((byte, at) => end[at] === byte)
}

/** Node tells a broken stream with a plain Error that carries zlib's code. */
const isStreamError = (error: unknown): boolean => error instanceof Error && 'code' in error
