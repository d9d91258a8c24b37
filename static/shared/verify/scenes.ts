/** The scenes of a key set, and the attributes that a code made for one of them carries (token-format §1.2). */

import { fromBase64url, hex, type Bytes } from './bytes'
import { isBytes, type Cbor } from './cbor'
import { isObject, text, unsigned, type Json, type JsonObject } from './json'
import type { Claims } from './verdict'

export interface Scene {
  readonly id: number
  readonly name: string
  readonly attributes: readonly string[]
}

export type Attributes = Pick<Claims, 'concession' | 'pseudonym' | 'sealed'>

interface AttributeType {
  fromCwt(value: Cbor): number | string | null
  fromJwt(value: Json): number | string | null
}

const MAX_CONCESSION = 255
const PSEUDONYM_BYTES = 8
/** Sealed claims: key id, encapsulated key and authentication tag, around whole blocks. */
const SEALED_OVERHEAD = 4 + 32 + 16
const SEALED_BLOCK = 16
const MAX_SEALED_BLOCKS = 16

const concession = (value: number | null): number | null =>
  value !== null && value <= MAX_CONCESSION ? value : null

const isSealed = ({ length }: Bytes): boolean => {
  const blocks = (length - SEALED_OVERHEAD) / SEALED_BLOCK
  return Number.isInteger(blocks) && blocks >= 1 && blocks <= MAX_SEALED_BLOCKS
}

/** Bytes of an accepted length, in hex. */
const bytesType = (accepts: (bytes: Bytes) => boolean): AttributeType => ({
  fromCwt: value => (isBytes(value) && accepts(value) ? hex(value) : null),
  fromJwt: value => {
    const bytes = fromBase64url(text(value) ?? '!')
    return bytes !== null && accepts(bytes) ? hex(bytes) : null
  },
})

/** The attributes that this verifier knows; a scene that lists another cannot be judged here. */
const ATTRIBUTES: ReadonlyMap<string, AttributeType> = new Map([
  [
    'concession',
    {
      fromCwt: (value: Cbor) => (typeof value === 'bigint' && value >= 0n ? concession(Number(value)) : null),
      fromJwt: (value: Json) => concession(unsigned(value)),
    },
  ],
  ['pseudonym', bytesType(({ length }) => length === PSEUDONYM_BYTES)],
  ['sealed', bytesType(isSealed)],
])

export function parseScene(entry: Json): Scene | null {
  if (!isObject(entry) || !Array.isArray(entry.attributes)) return null
  const id = unsigned(entry.id)
  const name = text(entry.name)
  const attributes = entry.attributes.map(text)
  if (id === null || name === null || !attributes.every(attribute => attribute !== null)) return null
  return { id, name, attributes }
}

/** All of the scene's attributes and nothing else, or null. */
export function readAttributes(scene: Scene, written: readonly Cbor[] | JsonObject): Attributes | null {
  const isArray = isCborArray(written)
  const count = isArray ? written.length : Object.keys(written).length
  if (count !== scene.attributes.length) return null
  const read = scene.attributes.map((name, at) => {
    const type = ATTRIBUTES.get(name)
    const value = isArray ? type?.fromCwt(written[at] ?? []) : type?.fromJwt(written[name] ?? null)
    return [name, value ?? null] as const
  })
  return read.every(([, value]) => value !== null) ? (Object.fromEntries(read) as Attributes) : null
}

const isCborArray = (written: readonly Cbor[] | JsonObject): written is readonly Cbor[] =>
  Array.isArray(written)
